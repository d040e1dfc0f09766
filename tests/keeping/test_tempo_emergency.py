"""Where tempo comes from and what an emergency shows are of the show: kept, written, opened again."""

from pathlib import Path

import pytest

from app.arguments import parse
from app.control.clock_settings import ClockSettings, LinkMode
from app.control.reducer import apply
from app.settings import AfterEnd
from app.show import opening as opening_module
from app.show.beginning import begin
from app.show.document import Beat, Front, Sent, Show
from app.show.file import parse_show, save_show, show_text
from app.show.keeper import EmergencyFollower, after
from app.show.opening import open_on, open_over
from engine.generators.registry import find_generator
from engine.messages.commands import Origin
from engine.messages.emergency import EmergencyKind
from engine.messages.output_commands import ChooseEmergency
from engine.messages.scenes import SceneLibrary
from tests.control.parts import state

TABLE = find_generator("field").describe().parameters
PADS = Front(pads=("Gold",))


@pytest.mark.parametrize("mode", LinkMode)
def test_the_tempo_comes_from_where_it_came(mode: LinkMode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_module, "link_installed", lambda: True)
    show, _ = parse_show(show_text(after(Show(), state(link=mode))), "a")
    here = state(clock=ClockSettings(link=LinkMode.JOIN), link=LinkMode.JOIN)
    for opening in (open_on(show, TABLE, SceneLibrary({}), 0), open_over(show, TABLE, SceneLibrary({}), 0)):
        assert opening.front is not None
        opened = apply(here, opening.front, 0, Origin.CLI).state
        assert (opened.link, opened.clock) == (mode, here.clock)  # what this machine has set is not written over
    silent = open_over(Show(front=PADS), TABLE, SceneLibrary({}), 0)  # an older show does not say
    assert silent.front is not None
    assert apply(here, silent.front, 0, Origin.CLI).state.link is LinkMode.JOIN


def test_a_tempo_that_cannot_be_had_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_module, "link_installed", lambda: False)
    show = Show(front=PADS, beat=Beat(source="Ableton Link (follow)"))
    opening = open_over(show, TABLE, SceneLibrary({}), 0)
    assert opening.front is not None
    assert opening.front.link is None
    [told] = [one for one in opening.faults if "Ableton Link" in one]
    assert "not installed" in told


def test_the_emergency_is_what_it_was(tmp_path: Path) -> None:
    file = tmp_path / "night.hardcut"
    save_show(Show(sent=Sent(emergency="black:4")), file)
    begun = begin(parse(["--show", str(file)]), AfterEnd.RESUME, tmp_path / "shows", tmp_path / "user")
    assert str(begun.options.emergency) == begun.show.sent.emergency == "black:4"
    by_hand = begin(parse(["--show", str(file), "--emergency", "hold"]), AfterEnd.RESUME, tmp_path, tmp_path)
    assert str(by_hand.options.emergency) == "hold"
    [asked] = [
        one for one in open_over(begun.show, TABLE, SceneLibrary({}), 0).commands if isinstance(one, ChooseEmergency)
    ]
    assert (asked.kind, asked.fade_s, asked.origin) == (EmergencyKind.BLACK, 4.0, Origin.CLI)
    save_show(Show(sent=Sent(emergency="fireworks")), file)
    wrong = begin(parse(["--show", str(file)]), AfterEnd.RESUME, tmp_path / "shows", tmp_path / "user")
    assert wrong.options.emergency is None
    assert any("fireworks" in one for one in wrong.told)


def test_a_clip_that_is_still_decoded_is_what_is_wanted() -> None:
    wanted = EmergencyFollower("loop:/calm.mp4")
    for told in ("hold", "hold"):
        wanted = wanted.after(told)
        assert wanted.wanted == "loop:/calm.mp4"
    assert wanted.after("black:2").wanted == "black:2"  # a hand was faster
    assert wanted.after("loop:/calm.mp4").after("hold").wanted == "hold"
    assert EmergencyFollower("").after("breathe").wanted == "breathe"
