"""The preflight asks about the show that would be played, or is played, and leaves that alone while it is live."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.commands.doctor import planned as plans
from app.commands.doctor import rehearsal, window
from app.commands.doctor.checks import CHECKS
from app.commands.doctor.finding import Finding, State
from app.commands.doctor.live import check_live, judge_live
from app.commands.doctor.planned import TAKING, check_show, planned, planned_checks
from app.models.checkup import Lamp
from app.settings import AfterEnd, Choices, choices_file, save_choices
from app.show.beginning import begin
from app.show.document import Playing, Sent, Show
from app.show.file import read_show, save_show
from app.show.kept import ShowFolder
from engine.messages.events import ComponentState, Event, SourceState
from engine.messages.picture_format import PictureFormat
from engine.messages.sinks import SinkPhase, SinkReport
from tests.window.fake_engine import FakeEngine

SHOW = Show(
    playing=Playing(source="stage:duo", generator="wan-1.3b", format=PictureFormat.WIDE, depth="motion"),
    sent=Sent(name="Booth", width=1920, height=1080, fps=Fraction(50), sinks=("display:2",)),
)


def keep(show: Show = SHOW) -> None:
    ShowFolder("Hardcut").save(replace(show, sent=replace(show.sent, name="Hardcut")))


def nothing_is_started(*_words: object, **_options: object) -> None:
    raise AssertionError("a process was started")


def test_the_doctor_looks_at_the_show_that_a_start_would_play(monkeypatch: pytest.MonkeyPatch) -> None:
    keep()
    asked: list[str] = []
    monkeypatch.setattr(plans, "check_gpus", lambda name: asked.append(name) or iter(()))
    monkeypatch.setattr(plans, "check_files", lambda name: asked.append(name) or iter(()))
    checks = planned_checks(planned())
    assert [list(checks["gpu"]()), list(checks["files"]()), asked] == [[], [], ["wan-1.3b", "wan-1.3b"]]
    text = next(checks["show"]()).text
    assert all(word in text for word in ("wan-1.3b", "wide", "stage:duo", "motion", "1920×1080", "50 FPS", "display:2"))
    playing = planned(["--generator", "field", "--canvas", "640x360"]).show
    assert (playing.playing.generator, playing.sent.width, playing.sent.fps) == ("field", 640, Fraction(50))
    save_choices(choices_file(), Choices(after_end=AfterEnd.HOME))
    assert planned().show.playing.generator == "field"


def test_to_look_changes_nothing(tmp_path: Path) -> None:
    """No mark of a show that goes on, nothing unpacked into the user's folder."""
    keep()
    file = tmp_path / "night.toml"
    save_show(replace(SHOW, carried=replace(SHOW.carried, files={"scenes/field/mine.toml": 'prompt = "x"\n'})), file)
    before = sorted(Path.home().rglob("*"))
    plan = planned(["--show", str(file)])
    assert (plan.show.sent.name, plan.show.playing.generator) == ("Booth", "wan-1.3b")
    assert "scenes/field/mine.toml" in plan.show.carried.files  # for the rehearsal
    assert sorted(Path.home().rglob("*")) == before


def test_what_the_show_needs_and_is_not_here_is_red(tmp_path: Path) -> None:
    plan = planned(["--show", "none", "--source", f"file:{tmp_path}/gone.mp4", "--sink", "null"])
    assert [one.state for one in check_show(plan)] == [State.OK, State.PROBLEM]


def test_the_rehearsal_plays_the_show_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep()
    played: list[tuple[list[str], Show]] = []

    def play(words: list[str], _length_s: float) -> tuple[bool, list[str]]:
        played.append((words, read_show(Path(words[words.index("--show") + 1]))[0]))
        return True, ["There is no such thing."]

    monkeypatch.setattr(rehearsal, "_played", play)
    found = list(rehearsal.rehearse(planned(["--quality", "full", "--gpus", "2"])))
    assert [one.text for one in found] == ["The rehearsal has failed. There is no such thing."]
    [(words, show)] = played
    assert show.playing == SHOW.playing
    assert (show.sent.width, show.sent.height, show.sent.fps, show.sent.sinks) == (1920, 1080, Fraction(50), ("null",))
    assert words[words.index("--quality") + 1] == "full" and words[words.index("--gpus") + 1] == "2"


def test_beside_a_show_that_is_live_nothing_is_opened_or_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned()
    monkeypatch.setattr(subprocess, "Popen", nothing_is_started)
    monkeypatch.setattr(plans, "live_outputs", lambda: ("Hardcut",))
    monkeypatch.setattr(rehearsal, "live_outputs", lambda: ("Hardcut",))
    assert set(TAKING).isdisjoint(planned_checks(plan))
    assert [one.state for one in rehearsal.rehearse(plan)] == [State.NOTE]


class Night:
    """A show that is live, as the window's page sees it: its events, and the show as it is now."""

    def __init__(self, *events: Event) -> None:
        self.events = events
        self.listeners = 0

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self.listeners += 1
        for event in self.events:
            listener(event)

        def unsubscribe() -> None:
            self.listeners -= 1

        return unsubscribe


def test_the_page_follows_the_show(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, night, shows = FakeEngine(), Night(), [SHOW]
    asked: list[str] = []
    monkeypatch.setattr(window, "CHECKS", dict.fromkeys(TAKING, nothing_is_started) | {"gpu": CHECKS["gpu"]})
    monkeypatch.setattr(window, "check_outputs", lambda own: asked.append(own) or iter(()))
    monkeypatch.setattr(window, "check_files", lambda name: asked.append(name) or iter(()))
    page = window.WindowCheckups(night.subscribe, lambda: shows[-1])
    list(page.look())
    shows.append(replace(SHOW, playing=Playing(generator="field"), sent=Sent(name="Bar")))
    off = SinkReport(sink="display:2", phase=SinkPhase.FAILED, detail="The display has gone.")
    night.events = (
        replace(engine.source("camera:0", SourceState.LIVE), detail="640×480"),
        replace(engine.generator(), name="wan-14b"),
        engine.output(sinks=(off,)),
    )
    lines = [one for one in page.look() if one.subject == "show"]
    assert asked == ["Booth", "wan-1.3b", "Bar", "field"]
    assert [one.lamp for one in lines] == [Lamp.GOOD, Lamp.GOOD, Lamp.GOOD, Lamp.BAD], lines
    assert "camera:0" in lines[0].text and "wan-14b" in lines[1].text and "The display has gone." in lines[3].text
    night.events = (replace(engine.generator(), detail="In place of wan-14b: there is no room."),)
    assert next(iter(page.look())).lamp is Lamp.WATCH
    assert night.listeners == 0


def test_the_page_judges_the_shows_own_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", nothing_is_started)
    engine = FakeEngine()
    state = (engine.generator(), engine.output())
    figures = [engine.stats(second, output_fps=30.0, pipeline_fps=12.0, lagged=second) for second in range(15)]
    night = Night(*state, *figures)
    found = list(judge_live(night.subscribe))
    assert [one.state for one in found] == [State.NOTE, State.NOTE]
    assert "missed 10 of 300 deadlines" in found[0].text and "made 12.0 FPS" in found[1].text
    assert night.listeners == 0
    begun = Night(engine.generator(ComponentState.STARTING), engine.output(), *figures)
    assert [one.text for one in judge_live(begun.subscribe)] == ["The generator is not ready yet."]
    assert [one.state for one in judge_live(Night(*state, figures[0]).subscribe, silence_s=0.01)] == [State.PROBLEM]
    assert [one.text for one in check_live(Night().subscribe)] == ["The show has not begun yet."]


def test_what_the_run_before_left_is_no_news_of_a_show_that_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    keep()
    ShowFolder("Hardcut").begin(0)  # as the show that is live has it
    assert begin(planned().options, AfterEnd.RESUME).resumed
    told: list[Finding] = []
    for names in ((), ("Hardcut",)):
        monkeypatch.setattr(plans, "live_outputs", lambda names=names: names)
        told.append([one for one in planned_checks(planned())["show"]() if "without warning" in one.text])
    assert [len(one) for one in told] == [1, 0]
