"""`hardcut midi` and `hardcut osc`: lists, explanations, checks, and where OSC listens."""

from pathlib import Path

import pytest

from app.arguments import parse
from app.options.controllers import OSC_DEFAULT
from tests.cli.program import Running, hardcut, told_off
from tests.midi.jack import Controller, JackServer


def test_profiles_are_listed_and_explained() -> None:
    listed = hardcut("midi", "profiles").stdout
    assert "Akai APC mini mk2" in listed
    assert "medium  lights" in listed
    told = hardcut("midi", "profiles", "x-touch").stdout
    assert "Behringer X-Touch Mini: confidence medium." in told
    assert "knob.1       CC 1, channel 11, absolute" in told


def test_a_profile_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('port = "X"\n[[controls]]\nslots = "knob.1"\ncc = 5\n')
    assert hardcut("midi", "profiles", "--check", str(file)).stdout == "mine.toml is sound: 1 learnt controls of X.\n"
    file.write_text('confidence = "total"\n')
    told_off(hardcut("midi", "profiles", "--check", str(file)), ["mine.toml", "'confidence' must be one of"])


def test_what_was_learnt_is_exported_and_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "there"))
    file, copy = tmp_path / "box.toml", tmp_path / "copy.toml"
    file.write_text('port = "Box A"\n[[controls]]\nslots = "freeze"\nnote = 5\nmode = "toggle"\n')
    told_off(hardcut("midi", "export", "box", str(copy)), ["Nothing was learnt for such a controller (box)."])
    taken = hardcut("midi", "import", str(file)).stdout
    assert taken == "Box A: 1 learnt control taken; in use from the next start of Hardcut on.\n"
    assert hardcut("midi", "export", "box", str(copy)).stdout == f"Box A: 1 learnt control in {copy}.\n"
    assert copy.read_text() == (tmp_path / "there/hardcut/midi/box-a.toml").read_text()
    file.write_text("port = 3\n")
    told_off(hardcut("midi", "import", str(file)), ["box.toml", "'port' needs a text"])


@pytest.mark.jack
def test_the_monitor_prints_what_controllers_send() -> None:
    with JackServer(), Controller() as controller:
        controller.plug("APC mini mk2 Control")
        with Running("midi", "monitor", "apc") as monitor:
            assert monitor.line() == "JACK: printing what arrives; Ctrl-C ends it."
            assert monitor.line() == "APC mini mk2 Control: listening (Akai APC mini mk2)"
            controller.send("APC mini mk2 Control", [(0xF8,), (0xB0, 48, 9), (0x90, 56), (100,), (0xE0, 0, 64)])
            told = [monitor.line().partition(" s  ")[2] for _ in range(3)]
            controller.unplug("APC mini mk2 Control")
            gone = monitor.line()
    assert told == [
        "APC mini mk2 Control: CC 48 = 9, channel 1",
        "APC mini mk2 Control: note 56 on, velocity 100, channel 1",
        "APC mini mk2 Control: pitch bend +0, channel 1",
    ]
    assert gone == "APC mini mk2 Control: unplugged"


def test_addresses_are_listed() -> None:
    listed = hardcut("osc", "addresses").stdout
    assert "/hardcut/parameter/output/level" in listed
    assert "/hardcut/pad/1 … /64" in listed


@pytest.mark.parametrize(
    ("text", "place"),
    [("none", None), ("8000", ("127.0.0.1", 8000)), ("0.0.0.0:9001", ("0.0.0.0", 9001)), ("[::1]:1", ("::1", 1))],
)
def test_where_osc_listens(text: str, place: tuple[str, int] | None) -> None:
    assert parse(["--osc", text]).osc == place
    assert parse([]).osc == OSC_DEFAULT
