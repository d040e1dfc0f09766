"""Learning from the window: where it begins, what it shows, what it asks, how it ends."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.midi.macros import Macro, MacroPart
from app.models.port import Answer, LearnSnapshot, LearnStep, MidiPortState, MidiPortStatus, MidiSnapshot
from app.views.main_window import MainWindow
from app.widgets.popover import Choice
from tests.window.fake_engine import FakeEngine

Artefacts = Callable[[str], Path]
PLUGGED = MidiSnapshot(ports=(MidiPortStatus("APC mini mk2", MidiPortState.OPEN),))
ENERGY = "parameter:field.energy"


def shown(window: MainWindow) -> list[str]:
    return [one.accessibleName() for one in window.popover.findChildren(Choice) if one.isVisibleTo(window.popover)]


def choose(window: MainWindow, title: str) -> None:
    next(
        one
        for one in window.popover.findChildren(Choice)
        if one.accessibleName() == title and one.isVisibleTo(window.popover)
    ).chosen.emit()


def learning(step: LearnStep, words: str = "", **more: object) -> MidiSnapshot:
    return replace(PLUGGED, learn=LearnSnapshot(step, ENERGY, 0, words), **more)  # type: ignore[arg-type]


def follow(engine: FakeEngine, window: MainWindow, midi: MidiSnapshot) -> None:
    engine.midi = midi
    window.show_model.follow(midi)


def test_a_knob_is_learnt_and_put_under_a_macro(engine: FakeEngine, window: MainWindow, qtbot: QtBot) -> None:
    follow(engine, window, PLUGGED)
    window.surface.knobs[0].learn_asked.emit(ENERGY)
    assert engine.lessons == [f"learn {ENERGY}"]
    assert window.popover.accessibleName() == "Learn MIDI: Energy"
    follow(engine, window, learning(LearnStep.WAITING))
    assert shown(window)[0] == "Move a control"
    follow(engine, window, learning(LearnStep.LISTENING))
    assert shown(window)[0] == "Listening…"
    follow(engine, window, learning(LearnStep.LEARNT, "CC 20: absolute", learnt={ENERGY: ("APC, CC 20",)}))
    assert shown(window)[:3] == ["Learnt", "Learn another", "Forget"]
    choose(window, "Learn another")
    choose(window, "Forget")
    choose(window, "3")
    assert engine.lessons[1:] == [f"learn {ENERGY}", f"unlearn {ENERGY}", "macro 3 field.energy"]
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert engine.lessons[-1] == "stop"
    assert not window.popover.isVisible()
    assert engine.posted == []  # that Esc was not the panic key


def test_a_conflict_is_asked_and_nothing_stops(engine: FakeEngine, window: MainWindow) -> None:
    window.surface.learn_asked.emit("freeze", window.surface.freeze)
    follow(engine, window, learning(LearnStep.ASKING, "note 36 already does pad.1."))
    assert shown(window)[1:4] == ["Replace", "Keep both", "Cancel"]
    choose(window, "Keep both")
    assert engine.lessons[-1] == Answer.KEEP_BOTH.value
    window.console.press_pad(0)
    assert len(engine.posted) == 1


@pytest.mark.parametrize("name", ["tap", "freeze", "blackout", "panic", "cancel", "mode", "master"])
def test_every_key_has_its_menu(engine: FakeEngine, window: MainWindow, name: str) -> None:
    part = getattr(window.surface, name)
    QApplication.sendEvent(
        part, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(2, 2), part.mapToGlobal(QPoint(2, 2)))
    )
    assert len(engine.lessons) == (1 if part.isEnabled() else 0)


def test_a_pad_and_a_device_are_learnt_from_their_menus(engine: FakeEngine, window: MainWindow) -> None:
    follow(engine, window, PLUGGED)
    window.surface.assign_asked.emit(2)
    choose(window, "Learn MIDI")
    window.surface.midi_pressed.emit()
    window.midi_panel.more_key.pressed.emit()
    choose(window, "A whole device")
    assert engine.lessons == ["learn pad.3", "stop", "learn knob.1-8 pad.1-16"]


def test_pictures(engine: FakeEngine, window: MainWindow, qtbot: QtBot, artefacts: Artefacts) -> None:
    window.resize(1280, 800)
    follow(engine, window, replace(PLUGGED, osc="OSC listens on 127.0.0.1:9000."))
    steps = {
        "waiting": learning(LearnStep.WAITING, "CC 48, channel 1: absolute"),
        "asking": learning(LearnStep.ASKING, "CC 48, channel 1 already does knob.1. Replace it, keep both, or cancel?"),
        "learnt": learning(
            LearnStep.LEARNT,
            "CC 48, channel 1: absolute",
            learnt={ENERGY: ("APC mini mk2, CC 48, channel 1: absolute",)},
            macros={2: Macro((MacroPart("field.energy"),))},
        ),
    }
    window.surface.learn_asked.emit(ENERGY, window.surface.knobs[0])
    for name, midi in steps.items():
        follow(engine, window, midi)
        qtbot.wait(30)
        window.grab().save(str(artefacts(f"window/learn-{name}.png")))
    window.surface.midi_pressed.emit()
    window.midi_panel.more_key.pressed.emit()
    qtbot.wait(30)
    window.grab().save(str(artefacts("window/learn-controllers.png")))
