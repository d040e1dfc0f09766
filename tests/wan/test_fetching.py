"""Fetching: resumed where broken off, proved before it is put in place, and a sentence for everything else."""

import dataclasses
import random
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from huggingface_hub.utils import close_session

from engine.errors import GeneratorError
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.library.fetching import Fetching, FetchStep, Placed, Proving, fetch, plan_fetch
from engine.generators.wan.library.hub import HuggingFaceHub
from engine.model_files import ModelFile
from tests.netns import isolated
from tests.wan.hub_server import HubServer
from tests.whole_files import noise

REPO = "someone/model"
WEIGHTS = noise("weights.pt", 3_000_000)
FOLDER = {"text/model.safetensors": noise("model.safetensors", 70_000), "text/config.json": b"{}", "text/empty": b""}


@pytest.fixture
def server() -> Iterator[HubServer]:
    with HubServer({REPO: {"a/weights.pt": WEIGHTS, **FOLDER, "README.md": b"# mine"}}) as server:
        yield server
        close_session()


def card(*, sha256: str = "") -> ModelCard:
    return dataclasses.replace(
        load_card("wan-tiny"),
        transformer=ModelFile(REPO, "a/weights.pt", "Apache-2.0", sha256=sha256),
        text=ModelFile(REPO, "text", "Apache-2.0"),
    )


def fetched(server: HubServer, folder: Path, wanted: ModelCard | None = None) -> list[FetchStep]:
    hub = HuggingFaceHub(server.endpoint)
    return list(fetch(plan_fetch(wanted or card(), folder, hub), hub))


def refused(server: HubServer, folder: Path, wanted: ModelCard | None = None) -> str:
    with pytest.raises(GeneratorError) as caught:
        fetched(server, folder, wanted)
    return str(caught.value)


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


WHOLE = {f"{REPO}/{path}": content for path, content in {"a/weights.pt": WEIGHTS, **FOLDER}.items()}


def test_files_and_folders_arrive_whole_and_nothing_else(server: HubServer, tmp_path: Path) -> None:
    hub = HuggingFaceHub(server.endpoint)
    plan = plan_fetch(card(), tmp_path, hub)
    assert (plan.size, plan.left) == (3_070_002, 3_070_002) and not list(tmp_path.iterdir())
    assert [parcel.licence for parcel in plan.parcels] == ["apache-2.0", "apache-2.0"]
    steps = list(fetch(plan, hub))
    assert files_in(tmp_path) == WHOLE
    counted = [step.done for step in steps if isinstance(step, Fetching)]
    assert counted == sorted(counted) and counted[-1] == plan.size
    assert [type(step) for step in steps if not isinstance(step, Fetching)] == [Proving, Placed, *3 * [Proving], Placed]
    proofs = [str(file.checksum) for parcel in plan.parcels for file in parcel.files]
    assert proofs[:3] == ["SHA-256 of the hub", "SHA-256 of the hub", "git's SHA-1 of the hub"]
    assert not card().missing(tmp_path) and plan_fetch(card(), tmp_path, hub).parcels == ()


def test_a_connection_that_breaks_is_taken_up_where_it_broke(server: HubServer, tmp_path: Path) -> None:
    server.faults.cuts["a/weights.pt"] = [1_000_000, 500_000]
    fetched(server, tmp_path)
    assert files_in(tmp_path) == WHOLE
    assert server.ranges("a/weights.pt") == ["", "bytes=1000000-", "bytes=1500000-"]


def test_a_later_fetch_goes_on_from_an_earlier_one(server: HubServer, tmp_path: Path) -> None:
    server.faults.cuts["a/weights.pt"] = [2_000_000, 0]
    assert "connection failed" in refused(server, tmp_path)
    assert card().missing(tmp_path) == card().files
    plan = plan_fetch(card(), tmp_path, HuggingFaceHub(server.endpoint))
    assert plan.left == plan.size - 2_000_000
    fetched(server, tmp_path)
    assert files_in(tmp_path) == WHOLE
    assert server.ranges("a/weights.pt")[-1] == "bytes=2000000-"


def test_a_server_without_ranges_is_followed_from_the_start(server: HubServer, tmp_path: Path) -> None:
    server.faults.no_ranges = True
    server.faults.cuts["a/weights.pt"] = [2_000_000]
    fetched(server, tmp_path)
    assert files_in(tmp_path) == WHOLE


def test_another_version_is_never_continued(server: HubServer, tmp_path: Path) -> None:
    server.faults.cuts["a/weights.pt"] = [2_000_000, 0]
    refused(server, tmp_path)
    newer = random.Random(3).randbytes(3_000_000)
    server.repositories = {REPO: {**server.repositories[REPO], "a/weights.pt": newer}}
    fetched(server, tmp_path)
    assert files_in(tmp_path)[f"{REPO}/a/weights.pt"] == newer


@pytest.mark.parametrize("path", ["a/weights.pt", "text/config.json"])
def test_a_damaged_file_is_removed_and_the_others_stay_hidden(server: HubServer, tmp_path: Path, path: str) -> None:
    true = server.repositories[REPO][path]
    server.faults.damaged[path] = bytes(len(true))
    assert f"{path} arrived damaged" in refused(server, tmp_path)
    assert ("text" in path) == (f"{REPO}/a/weights.pt" in files_in(tmp_path))
    assert f"{REPO}/{path}" not in files_in(tmp_path) and not (tmp_path / REPO / "text").exists()
    server.faults.damaged.clear()
    fetched(server, tmp_path)
    assert files_in(tmp_path) == WHOLE


def test_the_cards_own_checksum_goes_first(server: HubServer, tmp_path: Path) -> None:
    known = card(sha256=sha256(WEIGHTS).hexdigest())
    plan = plan_fetch(known, tmp_path, HuggingFaceHub(server.endpoint))
    assert str(plan.parcels[0].files[0].checksum) == "SHA-256 of the model card"
    assert "is not the file any more" in refused(server, tmp_path, card(sha256="0" * 64))
    assert not server.ranges("a/weights.pt")


def test_what_the_hub_refuses_is_a_sentence(server: HubServer, tmp_path: Path) -> None:
    server.faults.gated = {REPO}
    assert "agreed to its terms" in refused(server, tmp_path)
    server.faults.gated, server.faults.missing = set(), {REPO}
    assert "no such repository" in refused(server, tmp_path)
    server.faults.missing = set()
    other = dataclasses.replace(card(), transformer=ModelFile(REPO, "b/weights.pt", "none"))
    assert "holds no b/weights.pt any more" in refused(server, tmp_path, other)
    server.repositories = {REPO: {"text/../../../evil": b"x"}}
    outside = dataclasses.replace(card(), transformer=None)
    assert "a file outside itself" in refused(server, tmp_path, outside)
    server.faults.down = True
    assert "answered 503, Service Unavailable" in refused(server, tmp_path)
    assert not list(tmp_path.iterdir())


def test_without_a_network_or_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with HubServer({}) as gone:
        endpoint = gone.endpoint
    hub = HuggingFaceHub(endpoint)
    with pytest.raises(GeneratorError, match="The connection failed"):
        plan_fetch(card(), tmp_path, hub)
    close_session()
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(GeneratorError, match=r"pip install 'hardcut\[wan\]'"):
        HuggingFaceHub()


def test_two_fetches_do_not_write_over_each_other(server: HubServer, tmp_path: Path) -> None:
    hub = HuggingFaceHub(server.endpoint)
    plan = plan_fetch(card(), tmp_path, hub)
    first = fetch(plan, hub)
    next(first)
    assert "Another fetch" in refused(server, tmp_path)
    list(first)
    assert files_in(tmp_path) == WHOLE


@isolated()
def test_a_full_disk_is_said_before_and_on_the_way(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True)
    try:
        with HubServer({REPO: {"a/weights.pt": WEIGHTS, **FOLDER}}) as server:
            hub = HuggingFaceHub(server.endpoint)
            plan = plan_fetch(card(), disk, hub)
            (disk / "filler").write_bytes(bytes(2_000_000))
            assert "GiB are to come" in refused(server, disk)
            with pytest.raises(GeneratorError, match="The disk is full"):
                list(fetch(plan, hub))
            (disk / "filler").unlink()
            assert plan_fetch(card(), disk, hub).left < plan.left
            fetched(server, disk)
            assert files_in(disk) == WHOLE
            close_session()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
