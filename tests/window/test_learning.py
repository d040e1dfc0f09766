"""Learning from the window: where it begins, what it shows, what it asks, how it ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.control.slots import Slot, SlotKind, parse_slots
from app.midi.bindings import Resolution
from app.midi.learning.learn import LearnPhase
from app.midi.ports.port import PortState
from app.models.controllers.api import ControllerStatus, LearnSnapshot, MidiSnapshot
from app.models.targets import Targets, target_groups
from app.views.main_window import MainWindow
from app.views.sections.section import Section
from app.widgets.fields import Field
from app.widgets.keys import KeyRow, PushKey
from app.widgets.knob import KnobWidget
from app.widgets.lists import ListCard
from app.widgets.pad import PadWidget
from app.widgets.panels import Fader, NowCard, Stepper, TempoDial
from app.widgets.popover import Choice
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.modulation import AudioFollower, Modulator
from engine.messages.modulation_events import ModulationChanged
from tests.window.fake_engine import FakeEngine

Artefacts = Callable[[str], Path]
PLUGGED = MidiSnapshot(ports=(ControllerStatus("APC mini mk2", PortState.OPEN),))
ENERGY = Slot(SlotKind.PARAMETER, name="field.energy")


def shown(window: MainWindow) -> list[str]:
    return [
        one.accessibleName()
        for one in window.overlays.popover.findChildren(Choice)
        if one.isVisibleTo(window.overlays.popover)
    ]


def choose(window: MainWindow, title: str) -> None:
    next(
        one
        for one in window.overlays.popover.findChildren(Choice)
        if one.accessibleName() == title and one.isVisibleTo(window.overlays.popover)
    ).chosen.emit()


def learning(step: LearnPhase, words: str = "", *existing: Slot, **more: object) -> MidiSnapshot:
    return replace(PLUGGED, learn=LearnSnapshot(step, ENERGY, 0, words, existing), **more)  # type: ignore[arg-type]


def follow(engine: FakeEngine, window: MainWindow, midi: MidiSnapshot) -> None:
    engine.midi = midi
    window.models.follow(midi)


def test_a_knob_is_learnt_and_put_under_a_macro(engine: FakeEngine, window: MainWindow, qtbot: QtBot) -> None:
    follow(engine, window, PLUGGED)
    window.surface.knobs.knobs[0].menu_asked.emit("field.energy")
    choose(window, "Learn MIDI")
    assert engine.lessons == [f"learn {ENERGY}"]
    assert window.overlays.popover.accessibleName() == "Learn MIDI: Energy"
    follow(engine, window, learning(LearnPhase.WAITING))
    assert shown(window)[0] == "Move a control"
    follow(engine, window, learning(LearnPhase.LISTENING))
    assert shown(window)[0] == "Listening…"
    follow(engine, window, learning(LearnPhase.LEARNT, "CC 20: absolute", learnt={ENERGY: ("APC, CC 20",)}))
    assert shown(window)[:3] == ["Learnt", "Learn another", "Forget"]
    choose(window, "Learn another")
    choose(window, "Forget")
    choose(window, "3")
    assert engine.lessons[1:] == [f"learn {ENERGY}", f"unlearn {ENERGY}", "macro 3 field.energy"]
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert engine.lessons[-1] == "stop"
    assert not window.overlays.popover.isVisible()
    assert engine.posted == []  # that Esc was not the panic key


def test_a_conflict_is_asked_and_nothing_stops(engine: FakeEngine, window: MainWindow) -> None:
    window.surface.learn_asked.emit(parse_slots("freeze"), window.surface.transport.freeze)
    follow(engine, window, learning(LearnPhase.ASKING, "note 36", Slot(SlotKind.PAD, 1), Slot(SlotKind.FREEZE)))
    words = [one.text() for one in window.overlays.popover.findChildren(QLabel)]
    assert "note 36 does Pad 1: Molten Gold and Freeze. Replace that, keep both, or cancel?" in words
    assert shown(window)[1:4] == ["Replace", "Keep both", "Cancel"]
    choose(window, "Keep both")
    assert engine.lessons[-1] == Resolution.KEEP_BOTH.value
    window.console.press_pad(0)
    assert len(engine.posted) == 1


def right_click(part: QWidget, place: QPoint) -> None:
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(part, QContextMenuEvent(reason, place, part.mapToGlobal(place)))


def learnt_at(window: MainWindow, engine: FakeEngine, part: QWidget, place: QPoint) -> list[str]:
    """What a right click there leads to, from each line of its menu if it has one."""
    before = len(engine.lessons)
    right_click(part, place)
    for menu in part.findChildren(QMenu):
        for action in menu.actions():
            if action.text().startswith("Learn"):
                action.trigger()
        menu.close()
        menu.deleteLater()
    if window.overlays.popover.isVisible():
        for choice in window.overlays.popover.findChildren(Choice):
            if choice.accessibleName().startswith("Learn MIDI") and choice.isVisibleTo(window.overlays.popover):
                choice.chosen.emit()
                break
        window.overlays.popover.dismiss()
    return [one.removeprefix("learn ") for one in engine.lessons[before:] if one.startswith("learn ")]


def test_whatever_can_be_played_can_be_learnt_where_it_lies(engine: FakeEngine, window: MainWindow) -> None:
    """Walks every part that takes a press or a turn; what is left out here opens a page or a menu."""
    follow(engine, window, PLUGGED)
    engine.emit(PlaylistChanged(at_ns=0, name="a.txt", number=1, count=3, prompt="one", loop=False, shuffled=False))
    cue = CueChanged(at_ns=0, name="b.toml", number=2, count=9, scene="Ash", next_scene="", follow_ns=0)
    engine.emit(cue)
    QApplication.processEvents()
    surface = window.surface
    pages = {*surface.chain.chips, surface.chain.osc, surface.chain.full_screen, surface.chain.help}
    takes_hands = (KnobWidget, PadWidget, PushKey, KeyRow, Fader, Stepper, TempoDial, ListCard, Field, NowCard)
    kinds: set[SlotKind] = set()
    sections = surface.findChildren(Section)
    for part in (one for section in sections for one in section.findChildren(QWidget)):
        if not isinstance(part, takes_hands) or part in pages:
            continue
        points = 9 if isinstance(part, KeyRow | ListCard | Stepper) else 1
        rows, columns = (points, 1) if part.height() > part.width() else (1, points)
        found = {
            target
            for x in range(columns)
            for y in range(rows)
            for target in learnt_at(
                window,
                engine,
                part,
                QPoint((2 * x + 1) * part.width() // (2 * columns), (2 * y + 1) * part.height() // (2 * rows)),
            )
        }
        assert found, part.accessibleName()
        if isinstance(part, KeyRow) and part is not surface.pads.mode:
            assert len(found) == len(part.labels)
        kinds |= {parse_slots(target)[0].kind for target in found}
    controllers_own = {SlotKind.BANK, SlotKind.BANK_NEXT, SlotKind.BANK_PREVIOUS, SlotKind.NONE}
    # Under the MIDI chip, a pad's scene, a macro's knob.
    menus = {SlotKind.KNOB, SlotKind.SCENE, SlotKind.SINK, SlotKind.MACRO, SlotKind.LOGO}
    menus |= {SlotKind.QUALITY_FULL, SlotKind.QUALITY_AUTO, SlotKind.CORNER}
    menus |= {SlotKind.AUTO_BARS, SlotKind.AUTO_TIME, SlotKind.AUTO_WAY, SlotKind.AUTO_THROUGH, SlotKind.DEPTH}
    assert kinds == set(SlotKind) - controllers_own - menus


def test_every_target_can_be_written_down(engine: FakeEngine, window: MainWindow) -> None:
    kick = Modulator(source=AudioFollower(feature="kick"), depth=0.4)
    engine.emit(ModulationChanged(at_ns=engine.time_ns, on=True, scene={"field.energy": (kick, kick)}, everywhere={}))
    QApplication.processEvents()
    offered = [slot for group in target_groups(window.models) for slot in group.targets]
    assert [parse_slots(str(slot)) for slot in offered] == [(slot,) for slot in offered]
    assert {slot.kind for slot in offered} == set(SlotKind) - {SlotKind.NONE}
    targets = Targets(window.models)
    assert len({targets.label(slot) for slot in offered if slot.kind is not SlotKind.SCENE}) == len(
        [slot for slot in offered if slot.kind is not SlotKind.SCENE]
    )


def test_a_pad_and_a_device_are_learnt_from_their_menus(engine: FakeEngine, window: MainWindow) -> None:
    follow(engine, window, PLUGGED)
    window.surface.pads.pads[2].menu_asked.emit(2)
    choose(window, "Learn MIDI")
    window.surface.chain.controllers_chip.pressed.emit()
    window.overlays.panel.more_key.pressed.emit()
    choose(window, "A whole device")
    knobs, pads = (f"knob.{number}" for number in range(1, 9)), (f"pad.{number}" for number in range(1, 17))
    whole = f"learn {' '.join((*knobs, *pads))}"
    assert engine.lessons == ["learn pad.3", "stop", whole]


def test_pictures(engine: FakeEngine, window: MainWindow, qtbot: QtBot, artefacts: Artefacts) -> None:
    window.resize(1280, 800)
    follow(engine, window, replace(PLUGGED, osc="OSC listens on 127.0.0.1:9000."))
    steps = {
        "waiting": learning(LearnPhase.WAITING, "CC 48, channel 1: absolute"),
        "asking": learning(LearnPhase.ASKING, "CC 48, channel 1", Slot(SlotKind.KNOB, 1)),
        "learnt": learning(
            LearnPhase.LEARNT,
            "CC 48, channel 1: absolute",
            learnt={ENERGY: ("APC mini mk2, CC 48, channel 1: absolute",)},
        ),
    }
    window.surface.learn_asked.emit((ENERGY,), window.surface.knobs.knobs[0])
    for name, midi in steps.items():
        follow(engine, window, midi)
        qtbot.wait(30)
        window.grab().save(str(artefacts(f"window/learn-{name}.png")))
    window.surface.chain.controllers_chip.pressed.emit()
    window.overlays.panel.more_key.pressed.emit()
    qtbot.wait(30)
    window.grab().save(str(artefacts("window/learn-controllers.png")))
