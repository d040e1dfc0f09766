"""The tempo's menu: whose tempo it is, who is sent ours, Ableton Link; told by the model, switched in the window."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.control.clock_settings import ClockSettings, LinkMode
from app.control.slots import Assignments, parse_slots
from app.link.service import LinkState
from app.midi.clock.clocks import ClockState, ClockWish, SendClock, SetLink
from app.midi.clock.outputs import ClockPortState, ClockPortStatus
from app.midi.learning.lessons import BindingCommand
from app.midi.state import MidiState
from app.models.controllers.clocks import MIDI_OFF, NO_OUTPUT, ClockOutput, TempoSource, clock_snapshot
from app.models.controllers.feed import ControllerFeed
from app.models.engine_api import MidiSnapshot
from app.theme import TARGET
from app.views.main_window import MainWindow
from app.widgets.popover import Choice
from engine.messages.commands import Tap
from engine.messages.parameters import ParameterTable
from tests.window.fake_engine import PARAMETERS, FakeEngine

LEFT = Qt.MouseButton.LeftButton
STAGE = ClockState(
    settings=ClockSettings(("Drums", "Lights")),
    followed=("Sequencer",),
    asked=("desk",),
    ports=(
        ClockPortStatus("Drums", ClockPortState.SENDING),
        ClockPortStatus("Sequencer", ClockPortState.FOLLOWED, chosen=False),
        ClockPortStatus("Synth", ClockPortState.OFF, chosen=False),
        ClockPortStatus("Mixing desk", ClockPortState.WAITING),
        ClockPortStatus("Lights", ClockPortState.BUSY, detail="another program has it"),
    ),
)
ALONE = LinkState(LinkMode.FOLLOW, 0, 120.0)
JOINED = LinkState(LinkMode.JOIN, 2, 121.53)


@pytest.mark.parametrize(
    ("followed", "link", "source", "title", "contested"),
    [
        ((), None, TempoSource.TAP, "Tapped or typed here", False),
        ((), ALONE, TempoSource.TAP, "Tapped or typed here", False),
        (("Sequencer",), ALONE, TempoSource.MIDI, "MIDI clock of Sequencer", False),
        (("A", "B"), None, TempoSource.MIDI, "2 MIDI clocks at once", True),
        ((), replace(ALONE, peers=1), TempoSource.LINK, "Ableton Link with 1 peer", False),
        ((), JOINED, TempoSource.LINK, "Ableton Link with 2 peers", False),
        (("Sequencer",), JOINED, TempoSource.BOTH, "Two clocks at once", True),
    ],
)
def test_the_clock_in_force(
    followed: tuple[str, ...], link: LinkState | None, source: TempoSource, title: str, contested: bool
) -> None:
    told = clock_snapshot(MidiState(clock=ClockState(followed=followed)), link).followed
    assert (told.source, told.title, told.contested) == (source, title, contested)


def test_outputs_tell_what_can_be_switched_and_why_not() -> None:
    drums, sequencer, synth, desk, lights = clock_snapshot(MidiState(clock=STAGE), None).outputs
    assert drums == ClockOutput("Drums", "ON", "Follows our clock.", chosen=True, sends=True)
    assert (sequencer.possible, sequencer.remark) == (False, "NOT POSSIBLE")
    assert sequencer.sentence == "Its clock is followed, so ours is not sent back to it."
    assert synth == ClockOutput("Synth", "OFF", "No clock is sent there.")
    assert (desk.chosen, desk.possible) == (True, False)
    assert desk.sentence == "Chosen by --midi-clock-out for this run."
    assert (lights.hindered, lights.possible) == (True, True)
    assert lights.sentence == "The clock cannot be sent (another program has it); trying again."


def test_what_is_missing_is_told() -> None:
    off = clock_snapshot(None, ALONE)
    assert off.hint == MIDI_OFF
    assert off.link.sentence.endswith("With MIDI off the choice is not remembered.")
    assert clock_snapshot(MidiState(), None).hint == NO_OUTPUT
    assert clock_snapshot(MidiState(fault="There is no MIDI."), None).hint == "There is no MIDI."
    absent = clock_snapshot(MidiState(), None).link
    assert (absent.modes, absent.hindered) == ((), False)
    assert "pip install" in absent.sentence
    assert "GPL, version 3 or later" in absent.sentence
    wanted = clock_snapshot(MidiState(clock=ClockState(settings=ClockSettings(link=LinkMode.JOIN))), None).link
    assert (wanted.mode, wanted.modes, wanted.hindered) == (LinkMode.JOIN, (LinkMode.OFF,), True)
    assert wanted.sentence.startswith("It is set to join, but needs an extra")
    failed = clock_snapshot(MidiState(), LinkState(fault="Ableton Link has stopped: no network.")).link
    assert (failed.modes, failed.hindered) == ((), True)
    assert failed.sentence == "Ableton Link has stopped: no network. Restart Hardcut to use it again."


class _Clocks:
    """A MIDI service and a Link service that stand still."""

    def __init__(self) -> None:
        self.wishes: list[BindingCommand | ClockWish] = []
        self.modes: list[LinkMode] = []
        self.link = ALONE

    def give(self, wish: BindingCommand | ClockWish) -> None:
        self.wishes.append(wish)

    def set_assignments(self, assignments: Assignments, table: ParameterTable | None = None) -> None: ...

    def set_mode(self, mode: LinkMode) -> None:
        self.modes.append(mode)


class _Midi(_Clocks):
    def state(self) -> MidiState:
        return MidiState(clock=STAGE)


class _Link(_Clocks):
    def state(self) -> LinkState:
        return self.link


def test_the_feed_hands_wishes_on_and_follows_the_session() -> None:
    midi, link = _Midi(), _Link()
    feed = ControllerFeed(midi, lambda: PARAMETERS, link=link)
    first = feed.snapshot()
    assert feed.snapshot() is first
    link.link = JOINED
    assert feed.snapshot().clocks.link.mode is LinkMode.JOIN
    feed.send_clock("Synth", True)
    feed.set_link(LinkMode.OFF)
    assert midi.wishes == [SendClock("Synth", True), SetLink(LinkMode.OFF)]
    assert link.modes == [LinkMode.OFF]  # also where the command line outranks what is kept
    without = ControllerFeed(None, lambda: PARAMETERS, link=link)
    without.set_link(LinkMode.FOLLOW)
    assert link.modes[-1] is LinkMode.FOLLOW
    assert without.snapshot().clocks.hint == MIDI_OFF


def follow(engine: FakeEngine, window: MainWindow, clock: ClockState, link: LinkState | None) -> None:
    engine.midi = MidiSnapshot(clocks=clock_snapshot(MidiState(clock=clock), link))
    window.models.follow(engine.midi)


def shown(window: MainWindow) -> dict[str, Choice]:
    return {one.accessibleName(): one for one in window.overlays.popover.findChildren(Choice) if one.isVisible()}


def test_the_menu_switches_outputs_and_link(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    follow(engine, window, STAGE, ALONE)
    qtbot.mousePress(window.surface.transport.tempo, LEFT)
    QApplication.processEvents()
    choices = shown(window)
    assert min(one.height() for one in choices.values()) >= TARGET
    for name in ("Drums", "Synth", "Sequencer", "Mixing desk", "Join"):
        qtbot.mousePress(choices[name], LEFT)
    assert engine.lessons == ["clock to Drums off", "clock to Synth on", "link join"]
    follow(engine, window, STAGE, JOINED)  # the menu stays, and stays true
    QApplication.processEvents()
    assert "Two clocks at once" in shown(window)
    assert any("2 others, 121.5 bpm" in one.text() for one in window.overlays.popover.findChildren(QLabel))
    qtbot.keyClick(window.surface, Qt.Key.Key_Space)  # and lets tap
    assert engine.posted == [Tap(stamp_ns=engine.time_ns)]
    qtbot.mousePress(shown(window)["Type a tempo"], LEFT)
    assert not window.overlays.popover.isVisible()
    assert window.surface.transport.tempo._editor is not None
    window.surface.learn_asked.emit(parse_slots("tap"), window.surface.transport.tempo)
    follow(engine, window, STAGE, ALONE)
    assert window.overlays.popover.accessibleName() == "Learn MIDI: Tap"  # the same owner, another menu


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_pictures(
    window: MainWindow,
    engine: FakeEngine,
    qtbot: QtBot,
    artefacts: Callable[[str], Path],
    size: tuple[int, int],
) -> None:
    window.resize(*size)
    window.surface.transport.tempo.pressed.emit()
    for name, clock, link in (
        ("stage", STAGE, ALONE),
        ("contested", STAGE, JOINED),
        ("link", replace(STAGE, followed=(), ports=STAGE.ports[:1]), JOINED),
        ("none", ClockState(), None),
    ):
        follow(engine, window, clock, link)
        qtbot.wait(40)
        assert window.surface.rect().contains(window.overlays.popover.geometry())
        assert window.grab().save(str(artefacts(f"window/clocks-{name}-{size[0]}x{size[1]}.png")))
