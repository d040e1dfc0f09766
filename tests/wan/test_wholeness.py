"""Weights that are there and not whole: told wherever weights are told of, and fetched again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub.utils import close_session
from safetensors.torch import save_file

from app.commands.models.command import run_models
from engine.errors import DepthError
from engine.generators.registry import find_generator
from engine.generators.wan.card_library import load_card
from engine.generators.wan.library.fetching import fetch, plan_fetch
from engine.generators.wan.library.hub import HuggingFaceHub
from engine.preprocess.learned.cards import depth_cards
from engine.wholeness import fault_at
from tests.wan.hub_server import HubServer
from tests.whole_files import contents, put_whole

NAME = "wan-1.3b-longlive"
CARD = load_card(NAME)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    repositories: dict[str, dict[str, bytes]] = {}
    for file in CARD.files:
        repositories.setdefault(file.repo, {}).update(contents(file, 3000))
    with HubServer(repositories) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.endpoint)
        pattern = f"{server.endpoint}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", pattern)
        monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
        yield server
        close_session()


def damage(folder: Path) -> None:
    """A transformer cut short, a page of a web site, an encoder with its config alone, an empty tokenizer."""
    put_whole(CARD, folder)
    transformer, depth, _, text, tokenizer, _ = (file.path(folder) for file in CARD.files)
    transformer.write_bytes(transformer.read_bytes()[:-100])
    depth.write_bytes(b"<html>".ljust(1024))
    (text / "model.safetensors").unlink()
    (tokenizer / "tokenizer.json").unlink()


def test_what_is_not_whole_is_told_and_fetched_again(
    server: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put_whole(CARD, tmp_path)
    assert CARD.is_playable(tmp_path)
    damage(tmp_path)
    assert CARD.broken(tmp_path) == (CARD.transformer, CARD.depth, CARD.text, CARD.tokenizer)
    hindrance = find_generator(NAME).hindrance()
    assert hindrance.startswith("models/longlive_base.pt is cut short, and 3 more of its files are damaged.")
    assert f": hardcut models fetch {NAME}" in hindrance
    assert run_models(["list"], print) == 0
    listed = capsys.readouterr().out.partition(f"{NAME}: ")[2].partition("\n\n")[0]
    assert (
        f"4 damaged of 6 are to be fetched (at least 24.2 GB): hardcut models fetch {NAME}" in listed
        and "ready" not in listed
    )
    assert "it lacks tokenizer.json or spiece.model" in listed and "it is cut short" in listed
    assert run_models(["fetch", NAME, "--yes"], print) == 0
    assert "in place of one that is cut short" in capsys.readouterr().out
    assert CARD.is_playable(tmp_path) and not list(tmp_path.rglob(".*"))
    for file in CARD.files[:2]:
        assert file.path(tmp_path).read_bytes() == server.repositories[file.repo][file.file]
    assert run_models(["fetch", NAME], print) == 0
    assert "every file is there and looks whole" in capsys.readouterr().out


def test_what_is_there_stays_until_the_new_one_is_whole(server: HubServer, tmp_path: Path) -> None:
    damage(tmp_path)
    hub = HuggingFaceHub(server.endpoint)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    steps = fetch(plan_fetch(CARD, tmp_path, hub), hub)
    next(steps)
    steps.close()
    assert all(path.read_bytes() == content for path, content in before.items())


def test_a_model_is_offered_without_its_lora(server: HubServer, tmp_path: Path) -> None:
    put_whole(CARD, tmp_path)
    lora = CARD.loras[0].file.path(tmp_path)
    lora.write_bytes(b"x")
    assert CARD.broken(tmp_path) == (CARD.loras[0].file,) and "lora" not in find_generator(NAME).hindrance()
    lora.unlink()
    assert CARD.missing(tmp_path) == (CARD.loras[0].file,) and "lora" not in find_generator(NAME).hindrance()
    CARD.require_files(tmp_path)


def test_a_file_is_broken_by_a_glance_only_if_no_loader_takes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"x": torch.arange(8.0), "y": torch.zeros(2)}, path)
    whole = path.read_bytes()
    assert fault_at(path) == ""
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert fault_at(path) in ("is empty", "is cut short", "is cut short or damaged", "is no file of weights")
    for legacy in (False, True):
        torch.save({"x": torch.arange(8.0)}, tmp_path / "b.pt", _use_new_zipfile_serialization=not legacy)
        assert fault_at(tmp_path / "b.pt") == ""
    assert "8 bytes" in (path.write_bytes(bytes(8)), fault_at(path, 9))[1]
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"x": "1.safetensors"}}')
    assert fault_at(tmp_path / "model.safetensors.index.json") == "names 1.safetensors, which is not there"
    (tmp_path / "a.json").write_text("{")
    assert fault_at(tmp_path / "a.json") == "is no JSON"
    words = f'{{"words": "{"a" * (5 << 20)}"}}\n'  # as large as a tokenizer's
    for text, fault in ((words, ""), (words[:-3], "is cut short")):
        (tmp_path / "a.json").write_text(text)
        assert fault_at(tmp_path / "a.json") == fault
    (tmp_path / "b.pt").write_bytes(b"version https://git-lfs.github.com/spec/v1")
    assert fault_at(tmp_path / "b.pt") == "is no file of weights"


def test_a_broken_depth_model_is_told_too(tmp_path: Path) -> None:
    card = depth_cards()[0]["video-depth-anything-small"]
    path = card.files[0].path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"<html>".ljust(1024))
    assert card.broken(tmp_path) == card.files
    with pytest.raises(DepthError, match=r"is no file of weights.*hardcut models fetch video-depth-anything-small"):
        card.require_files(tmp_path)
