"""`hardcut models` as a process: listed, fetched from a hub on loopback, stopped and gone on, checked, converted."""

import io
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from app.commands.models.command import run_models
from app.commands.progress_line import ProgressLine
from engine.clock import ManualClock
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.card_library import load_card, load_cards
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.loading.random_weights import fill_random, in_layout, write_checkpoint
from engine.generators.wan.model.transformer import CausalWan
from tests.cli.program import PATIENCE_S, command, hardcut, told_off
from tests.netns import ROOT
from tests.wan.hub_server import HubServer
from tests.whole_files import contents

NAME = "wan-1.3b"
CARD = load_card(NAME)
HEAVY = CARD.files[0].file
GB = 10**9


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubServer]:
    """A hub with something under every name of the card, and a folder for models that is empty."""
    repositories: dict[str, dict[str, bytes]] = {}
    for file in CARD.files:
        size = 2_000_000 if file.file == HEAVY else 1000
        repositories.setdefault(file.repo, {}).update(contents(file, size))
    with HubServer(repositories, licence="cc-by-nc-4.0") as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path / "models"))
        yield server


def test_a_model_is_shown_then_fetched(server: HubServer, tmp_path: Path) -> None:
    asked = hardcut("models", "fetch", NAME)
    assert asked.returncode == 2 and "Say --yes if you do" in asked.stderr
    for file in CARD.files:
        told = f"{server.endpoint}/{file.repo}, {file.licence}; its page says cc"
        many = f", {len(file.needs)} files" if len(file.needs) > 1 else ""
        assert f"  {file.file}{many}\n            {told}" in asked.stdout
    assert f"into {tmp_path / 'models'} (" in asked.stdout and "2.0 MB in all" in asked.stdout
    assert not (tmp_path / "models").exists()
    done = hardcut("models", "fetch", NAME, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "100 %" in done.stdout and f"there  {HEAVY}  (proved by SHA-256 of the hub)" in done.stdout
    assert done.stdout.endswith(f"{NAME}: every file is there.\n")
    assert not CARD.missing(tmp_path / "models")
    assert "every file is there" in hardcut("models", "fetch", NAME).stdout
    listed = hardcut("models", "list").stdout
    assert f"{NAME}: {CARD.label}" in listed and f"  ready\n  there     2.0 MB  {HEAVY}\n" in listed


def test_ctrl_c_leaves_what_the_same_command_goes_on_from(server: HubServer, tmp_path: Path) -> None:
    server.faults.stall[HEAVY] = 1_500_000
    arguments = command("models", "fetch", NAME, "--yes")
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and server.stalled.wait(PATIENCE_S)
        for line in process.stdout:
            if line.startswith(" 7"):  # seventy and a few per cent: how many depends on the pieces it came in
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (130, "")
    assert "Stopped: 1." in out and "goes on from there" in out
    assert CARD.missing(tmp_path / "models") == CARD.files
    server.faults.stall.clear()
    again = hardcut("models", "fetch", NAME, "--yes")
    assert again.returncode == 0 and "are there from before" in again.stdout
    assert not CARD.missing(tmp_path / "models")
    _, second = server.ranges(HEAVY)
    assert 1_300_000 < int(second.removeprefix("bytes=").rstrip("-")) <= 1_500_000


@pytest.mark.parametrize(("answer", "says", "status"), [("n", "Nothing was fetched", 1), ("y", "every file is", 0)])
def test_a_person_is_asked(server: HubServer, tmp_path: Path, answer: str, says: str, status: int) -> None:
    hand, screen = pty.openpty()
    with subprocess.Popen(command("models", "fetch", NAME), cwd=ROOT, stdin=screen, stdout=screen) as process:
        os.close(screen)
        os.write(hand, f"{answer}\n".encode())
        said = b""
        try:
            while piece := os.read(hand, 4096):
                said += piece
        except OSError:
            """The other side has ended."""
    os.close(hand)
    assert process.returncode == status
    assert b"Fetch them? [y/N]" in said and says.encode() in said
    assert (b"\r\x1b[2K100 %" in said) == (status == 0) == (not CARD.missing(tmp_path / "models"))


def test_a_file_is_converted_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start, end = tmp_path / "model.pt", tmp_path / "model.safetensors"
    model = CausalWan.empty(WAN_TINY, MathAttention(), device=torch.device("cpu"), dtype=torch.float32)
    fill_random(model, 1)
    write_checkpoint(start, in_layout(model, KeyNaming.PREFIXED), wrapping="generator_ema")
    done = hardcut("models", "convert", str(start), str(end), "--to", "diffusers", "--dtype", "bfloat16")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.endswith(f"{end}: written.\n")
    told: list[str] = []
    assert run_models(["check", str(end)], told.append) == 0
    checked = capsys.readouterr().out
    assert checked.startswith(f"{end}: Wan tiny, layout diffusers, ") and "bfloat16" in checked
    assert run_models(["convert", str(start), str(end)], told.append) == 2
    assert told == [f"hardcut: There is something here already ({end}). Name another file."]


MISTAKES = [
    (["fetch", "wan-99b"], ["wan-99b", "wan-1.3b"]),
    (["fetch"], ["NAME"]),
    (["convert", "a", "b", "--to", "gguf"], ["gguf", "diffusers"]),
    (["polish"], ["polish", "convert"]),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=lambda value: " ".join(value))
def test_a_mistake_is_one_sentence(arguments: list[str], words: list[str]) -> None:
    told_off(hardcut("models", *arguments), words)


def test_the_progress_line_tells_rate_and_time_left() -> None:
    clock, shown = ManualClock(), io.StringIO()
    line = ProgressLine(shown, clock, live=True)
    for step in range(11):
        line.show(step * GB, 100 * GB, "a.pt")
        clock.advance(1_000_000_000)
    line.print_line("A sentence.")
    lines = shown.getvalue().split("\r\x1b[2K")
    assert lines[1] == "  0 %  0 B of 100.0 GB  a.pt"
    assert lines[-2] == " 10 %  10.0 GB of 100.0 GB  1.0 GB/s  2 min left  a.pt"
    assert lines[-1] == "A sentence.\n"
    plain = io.StringIO()
    line = ProgressLine(plain, clock, live=False)
    for step in range(101):
        line.show(step, 100, "a.pt")
    assert len(plain.getvalue().splitlines()) == 10


def test_the_list_tells_what_whoever_chooses_should_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_models(["list"], print) == 0
    lines = capsys.readouterr().out.splitlines()
    told = " ".join(" ".join(lines).split())
    for card in load_cards().cards.values():
        assert " ".join(card.note.split()) in told
    assert "sink's positions follow the window" in load_cards().cards["wan-1.3b-longlive"].note
    assert all(len(line) <= 110 for line in lines)
