"""The composition without any controller: what lies in front has its owner, and its settings are kept."""

from pathlib import Path

import pytest

from app.arguments import parse
from app.control.clock_settings import LinkMode
from app.control.macros import Macro, MacroPart
from app.models.controllers.feed import ControllerFeed
from app.program import Program

ALONE = ("--headless", "--midi", "none", "--osc", "none", "--streamdeck", "off")


def test_macros_and_link_are_kept_without_midi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    program = Program(parse(ALONE))
    assert (program.midi, program.osc, program.decks) == (None, None, None)
    first = next(iter(program.engine.parameters))
    feed = ControllerFeed(program.front, program.midi, program.osc, program.decks, program.link, program.dmx)
    program._keeper.start()
    feed.toggle_macro(3, first)
    feed.set_link(LinkMode.FOLLOW)
    program._keeper.close()
    again = Program(parse(ALONE)).front.state
    assert again.macros == {3: Macro((MacroPart(first),))}
    assert (again.clock.link, again.link) == (LinkMode.FOLLOW, LinkMode.FOLLOW)
    assert feed.snapshot().trouble == "MIDI is off (--midi none): nothing can be learnt."
