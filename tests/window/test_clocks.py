"""The tempo's menu: whose tempo it is, who is sent ours, Ableton Link; told by the model, switched in the window."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.control.clock_settings import ClockSettings, LinkMode
from app.control.macros import Macro, MacroPart
from app.control.slots import Slot, SlotKind
from app.control.spans import Span
from app.link.service import LinkService, LinkState
from app.midi.clock.clocks import ClockState
from app.midi.clock.outputs import ClockPortState, ClockPortStatus
from app.midi.state import MidiState
from app.models.controllers.api import MidiSnapshot
from app.models.controllers.clocks import MIDI_OFF, NO_OUTPUT, ClockOutput, TempoSource, clock_snapshot
from app.models.controllers.feed import ControllerFeed
from app.theme import TARGET
from app.views.main_window import MainWindow
from app.widgets.popover import Choice
from engine.clock import ManualClock
from engine.messages.commands import Tap
from tests.midi.core_parts import front, store_of
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton
FRONT = front()
STAGE = ClockState(
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
    told = clock_snapshot(FRONT, MidiState(clock=ClockState(followed=followed)), link).followed
    assert (told.source, told.title, told.contested) == (source, title, contested)


def test_outputs_tell_what_can_be_switched_and_why_not() -> None:
    drums, sequencer, synth, desk, lights = clock_snapshot(FRONT, MidiState(clock=STAGE), None).outputs
    assert drums == ClockOutput("Drums", "ON", "Follows our clock.", chosen=True, sends=True)
    assert (sequencer.possible, sequencer.remark) == (False, "NOT POSSIBLE")
    assert sequencer.sentence == "Its clock is followed, so ours is not sent back to it."
    assert synth == ClockOutput("Synth", "OFF", "No clock is sent there.")
    assert (desk.chosen, desk.possible) == (True, False)
    assert desk.sentence == "Chosen by --midi-clock-out for this run."
    assert (lights.hindered, lights.possible) == (True, True)
    assert lights.sentence == "The clock cannot be sent (another program has it); trying again."


def test_what_is_missing_is_told() -> None:
    off = clock_snapshot(FRONT, None, ALONE)
    assert off.hint == MIDI_OFF
    assert off.link.sentence == ALONE.sentence
    assert clock_snapshot(FRONT, MidiState(), None).hint == NO_OUTPUT
    assert clock_snapshot(FRONT, MidiState(fault="There is no MIDI."), None).hint == "There is no MIDI."
    absent = clock_snapshot(FRONT, MidiState(), None).link
    assert (absent.modes, absent.hindered) == ((), False)
    assert "pip install" in absent.sentence
    assert "GPL, version 3 or later" in absent.sentence
    join = replace(FRONT, clock=ClockSettings(link=LinkMode.JOIN))
    wanted = clock_snapshot(join, MidiState(), None).link
    assert (wanted.mode, wanted.modes, wanted.hindered) == (LinkMode.JOIN, (LinkMode.OFF,), True)
    assert wanted.sentence.startswith("It is set to join, but needs an extra")
    fault = "Ableton Link failed: no network. It is started again in 0.5 s."
    failed = clock_snapshot(FRONT, MidiState(), LinkState(fault=fault)).link
    assert (failed.modes, failed.hindered, failed.sentence) == ((), True, fault)
    failed = clock_snapshot(join, MidiState(), LinkState(fault=fault)).link
    assert (failed.mode, failed.modes, failed.sentence) == (LinkMode.JOIN, (LinkMode.OFF,), fault)


def test_the_feed_hands_on_what_is_asked_and_shows_what_came_of_it() -> None:
    store = store_of([])
    feed = ControllerFeed(store, link=LinkService(lambda _: None, ManualClock()))
    first = feed.snapshot()
    assert feed.snapshot() is first
    assert first.clocks.hint == MIDI_OFF
    feed.send_clock("Synth", True)
    feed.set_link(LinkMode.JOIN)
    feed.toggle_macro(2, "field.hue")
    feed.span_macro(2, "field.hue", Span(0.5, 1.0))
    feed.name_macro(2, "Storm")
    assert (store.state.clock, store.state.link) == (ClockSettings(("Synth",), LinkMode.JOIN), LinkMode.JOIN)
    assert store.state.macros == {2: Macro((MacroPart("field.hue", Span(0.5, 1.0)),), "Storm")}
    feed.name_macro(9, "Ninth")
    assert feed.snapshot().trouble.endswith("There is no macro 9. Choose 1 to 8.")


def follow(engine: FakeEngine, window: MainWindow, clock: ClockState, link: LinkState | None) -> None:
    engine.midi = MidiSnapshot(clocks=clock_snapshot(FRONT, MidiState(clock=clock), link))
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
    window.surface.learn_asked.emit((Slot(SlotKind.TAP),), window.surface.transport.tempo)
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
