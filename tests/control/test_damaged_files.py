"""Whatever lies in place of a small file that is read at the start, the program starts, and says what is wrong."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import pytest

from app.arguments import parse
from app.cli import _begun
from app.program import Program
from app.show.kept import MARK, ShowFolder
from engine.folders import user_folder
from engine.generators.wan.card_library import load_cards
from engine.messages.events import Event, Level, Notice
from engine.preprocess.learned.cards import depth_cards

ARGUMENTS = ("--headless", "--streamdeck", "off", "--sink", "null", "--osc", "47123", "--midi", "no such port")
TOLD = (
    "osc.toml",
    "dmx.toml",
    "emergency.toml",
    "midi/macros.toml",
    "midi/clock.toml",
    "midi/audio.toml",
    "profiles/mine.toml",
    "scenes/field/mine.toml",
)
"""Of the user's, told while the show runs; what else there is is told elsewhere."""

OTHERS = ("settings.toml", "window.toml", "cards/mine.toml", "cards/depth/mine.toml")

KEPT = ("show.toml", MARK)
"""Of the show that is kept."""

_KEYS = ("allow", "listen", "universes", "channel", "shows", "send_to", "macro", "input", "name", "prompt", "crashes")
_WRONG = "\n".join(f"{key} = {{ a = [1979-05-27] }}" for key in _KEYS)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)  # nobody may read it, root included


NONSENSE: dict[str, Callable[[Path], object]] = {
    "no TOML": lambda path: path.write_text('allow = ["192.168.1.20"\n[[channel\n'),
    "wrong types": lambda path: path.write_text(_WRONG),
    "other keys": lambda path: path.write_text("alow = 1\n"),
    "no UTF-8": lambda path: path.write_bytes('allow = "é"\n'.encode("latin-1")),
    "2 MB": lambda path: path.write_bytes(b"#" * (2 << 20) + b"\nallow = ["),
    "a folder": lambda path: path.mkdir(),
    "unreadable": _loop,
}


def _place(name: str) -> Path:
    return ShowFolder("Hardcut").file.with_name(name) if name in KEPT else user_folder() / name


def _damage(name: str, how: str) -> None:
    path = _place(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    NONSENSE[how](path)


def _composed() -> Program:
    options = parse(ARGUMENTS)
    return Program(options, _begun(options))


@pytest.mark.parametrize("how", NONSENSE)
def test_every_small_file_may_be_nonsense(how: str) -> None:
    for name in (*TOLD, *OTHERS, *KEPT):
        _damage(name, how)
    program = _composed()
    program._close_services()
    assert program.osc is not None
    assert not program.osc._peers.admits(ip_address("192.168.1.20"))
    assert "osc.toml" in program.osc._newest().trouble
    assert len(load_cards().faults) == len(depth_cards()[1]) == 1


def test_each_is_told_while_the_show_runs() -> None:
    for name in (*TOLD, *OTHERS, *KEPT):
        _damage(name, "wrong types")
    program = _composed()
    heard: list[Event] = []
    program.engine.subscribe(heard.append)
    try:
        program.start()
    finally:
        program.stop()
    told = [one.text for one in heard if isinstance(one, Notice) and one.level is not Level.INFO]
    for name in (*TOLD, KEPT[0]):
        assert any(f"{_place(name).name})" in text for text in told), (name, told)
