"""Mouse and keys offscreen: pads, keys, knobs, prompt and tempo post exactly the commands they should."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.main_window import MainWindow
from engine.messages.commands import (
    ArmBank,
    CancelQueued,
    HardCut,
    Panic,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    Tap,
)
from engine.messages.events import CutQueued
from engine.messages.output_commands import SetBlackout, SetFreeze
from engine.messages.transitions import Launch
from tests.window.fake_engine import SCENES, SECOND, FakeEngine

LEFT = Qt.MouseButton.LeftButton
MORPH = 5
"""Chunks in the two seconds of a morph at the fake engine's pace."""


def test_the_sixteen_keys_are_the_sixteen_pads(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    for letter in "1234qwerasdfzxcv":
        qtbot.keyClick(window.surface, letter)
    names = [name for name, _ in SCENES[:16]]
    assert engine.posted == [HardCut(stamp_ns=engine.time_ns, scene=name) for name in names]


def test_a_pad_acts_on_the_way_down(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.pads.pads[5], LEFT)
    assert engine.posted == [HardCut(stamp_ns=engine.time_ns, scene="Deep Sea")]
    qtbot.mouseRelease(window.surface.pads.pads[5], LEFT)
    assert len(engine.posted) == 1


def test_morph_and_quantise_shape_what_a_pad_does(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    surface = window.surface
    qtbot.mousePress(surface.pads.mode, LEFT, pos=surface.pads.mode.key_rect(1).center())
    qtbot.mousePress(surface.pads.launch, LEFT, pos=surface.pads.launch.key_rect(2).center())
    qtbot.mousePress(surface.transport.morph, LEFT, pos=QPoint(5, 20))
    qtbot.keyClick(surface, "1")
    assert engine.posted == [SoftCut(stamp_ns=engine.time_ns, scene="Molten Gold", chunks=2, launch=Launch.BAR)]


def test_control_keys(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    surface, now = window.surface, engine.time_ns
    for key in (Qt.Key.Key_Space, Qt.Key.Key_B, Qt.Key.Key_G, Qt.Key.Key_Escape):
        qtbot.keyClick(surface, key)
    assert engine.posted == [
        Tap(stamp_ns=now),
        SetBlackout(stamp_ns=now, on=True),
        SetFreeze(stamp_ns=now, on=True),
        Panic(stamp_ns=now),
    ]


def test_control_keys_by_mouse(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    surface, now = window.surface, engine.time_ns
    for key in (surface.transport.tap, surface.transport.blackout, surface.transport.freeze, surface.transport.panic):
        qtbot.mousePress(key, LEFT)
    assert engine.posted == [
        Tap(stamp_ns=now),
        SetBlackout(stamp_ns=now, on=True),
        SetFreeze(stamp_ns=now, on=True),
        Panic(stamp_ns=now),
    ]


def test_keys_play_wherever_the_focus_is(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    for part in (
        window.surface.knobs.knobs[0],
        window.surface.transport.blackout,
        window.surface.pads.pads[3],
        window.surface.chain.source_chip,
    ):
        part.setFocus()
        qtbot.keyClick(part, "q")
        qtbot.keyClick(part, Qt.Key.Key_Space)
    now = engine.time_ns
    assert engine.posted == [HardCut(stamp_ns=now, scene="Paper Theatre"), Tap(stamp_ns=now)] * 4


def test_banks_turn_by_key_and_mouse(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.keyClick(window.surface, Qt.Key.Key_PageDown)
    qtbot.keyClick(window.surface, "1")
    qtbot.mousePress(window.surface.pads.banks, LEFT, pos=window.surface.pads.banks.key_rect(0).center())
    qtbot.keyClick(window.surface, "1")
    now = engine.time_ns
    names = tuple(engine.scenes)
    assert engine.posted == [
        ArmBank(stamp_ns=now, scenes=names[16:]),
        HardCut(stamp_ns=now, scene="Solar Wind"),
        ArmBank(stamp_ns=now, scenes=names[:16]),
        HardCut(stamp_ns=now, scene="Molten Gold"),
    ]


def test_a_queued_cut_is_seen_and_can_be_forgotten(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(CutQueued(at_ns=engine.time_ns, scene="Neon Rain", due_ns=engine.time_ns + SECOND))
    qtbot.waitUntil(lambda: window.surface.pads.pads[2].pad.state.value == "queued")
    qtbot.mousePress(window.surface.pads.cancel, LEFT)
    assert engine.posted == [CancelQueued(stamp_ns=engine.time_ns)]


def set_energy(engine: FakeEngine, value: float) -> SetParameter:
    return SetParameter(stamp_ns=engine.time_ns, parameter="field.energy", value=pytest.approx(value))


def test_a_knob_is_dragged_and_shift_is_fine(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(engine.committed())
    QApplication.processEvents()
    knob = window.surface.knobs.knobs[0]
    start = QPoint(20, 40)
    qtbot.mousePress(knob, LEFT, pos=start)
    qtbot.mouseMove(knob, start - QPoint(0, 18))
    qtbot.mouseRelease(knob, LEFT, pos=start)
    assert engine.posted == [set_energy(engine, 0.7)]


def test_a_knob_by_wheel_keys_and_double_click(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(engine.committed())
    QApplication.processEvents()
    knob = window.surface.knobs.knobs[0]
    wheel = QWheelEvent(
        QPointF(20, 40),
        QPointF(knob.mapToGlobal(QPoint(20, 40))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(knob, wheel)
    knob.setFocus()
    qtbot.keyClick(knob, Qt.Key.Key_Up)
    qtbot.keyClick(knob, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(knob, Qt.Key.Key_End)
    qtbot.mouseDClick(knob, LEFT)
    expected = [set_energy(engine, value) for value in (0.62, 0.64, 0.642, 1.0, 0.6)]
    assert engine.posted == expected


def test_a_value_is_typed_and_the_pads_keep_silent(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    knob = window.surface.knobs.knobs[0]
    knob.setFocus()
    qtbot.keyClick(knob, Qt.Key.Key_Return)
    editor = knob._editor
    assert editor is not None
    qtbot.keyClicks(editor, "0,25")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert engine.posted == [set_energy(engine, 0.25)]
    knob.open_editor()
    editor = knob._editor
    assert editor is not None
    qtbot.keyClicks(editor, "1")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert len(engine.posted) == 1


def test_knob_pages(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    pages = window.surface.knobs.pages
    qtbot.mousePress(pages, LEFT, pos=pages.key_rect(1).center())
    names = [knob.accessibleName() for knob in window.surface.knobs.knobs]
    assert names == ["Structure", "Depth", "Grain", "Speed", "", "", "", ""]
    assert window.surface.knobs.knobs[0].isEnabled()
    assert not window.surface.knobs.knobs[4].isEnabled()


def test_the_master_fader(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    master = window.surface.transport.master
    qtbot.mousePress(master, LEFT, pos=QPoint(master.width() // 2, 40))
    qtbot.mouseRelease(master, LEFT)
    assert engine.posted == [SetParameter(stamp_ns=engine.time_ns, parameter="output.level", value=pytest.approx(0.5))]


def test_the_prompt_takes_letters_and_gives_the_keys_back(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    prompt = window.surface.transport.prompt
    qtbot.keyClick(window.surface, Qt.Key.Key_Slash)
    assert prompt.hasFocus()
    qtbot.keyClicks(prompt, "sea qwer 1234")
    qtbot.keyClick(prompt, Qt.Key.Key_Return)
    assert not prompt.hasFocus()
    qtbot.keyClick(window.surface, "1")
    now = engine.time_ns
    assert engine.posted == [
        SetPrompt(stamp_ns=now, text="sea qwer 1234", chunks=MORPH),
        HardCut(stamp_ns=now, scene="Molten Gold"),
    ]


def test_escape_leaves_the_prompt_without_panic(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    prompt = window.surface.transport.prompt
    prompt.setFocus()
    qtbot.keyClicks(prompt, "never mind")
    qtbot.keyClick(prompt, Qt.Key.Key_Escape)
    assert not prompt.hasFocus()
    assert prompt.text() == "glacial ice, pale cyan light, crystal columns"
    assert engine.posted == []


def test_undo_takes_back_a_prompt(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.console.enter_prompt("something else")
    engine.posted.clear()
    qtbot.keyClick(window.surface, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    before = "glacial ice, pale cyan light, crystal columns"
    assert engine.posted == [SetPrompt(stamp_ns=engine.time_ns, text=before, chunks=MORPH)]


def test_a_tempo_is_typed(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mouseDClick(window.surface.transport.tempo, LEFT)
    assert not window.overlays.popover.isVisible()
    editor = window.surface.transport.tempo._editor
    assert editor is not None
    qtbot.keyClicks(editor, "140")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert engine.posted == [SetTempo(stamp_ns=engine.time_ns, bpm=140.0)]
