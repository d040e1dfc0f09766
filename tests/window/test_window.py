"""The window offscreen: mouse and keys post exactly the commands they should, and states are seen."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.models.port import MidiPortState, MidiPortStatus, MidiSnapshot
from app.views.main_window import MainWindow
from app.widgets.chip import Tone
from app.widgets.popover import Choice
from engine.commands import (
    CancelQueued,
    HardCut,
    Launch,
    Panic,
    SelectGenerator,
    SelectSource,
    SetBlackout,
    SetCanvas,
    SetFreeze,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    Tap,
)
from engine.events import CutQueued, SourceState, StageState
from tests.window.fake_engine import SCENES, SECOND, FakeEngine, library, picture

LEFT = Qt.MouseButton.LeftButton
MORPH = 5
"""Chunks in the two seconds of a morph at the fake engine's pace."""


def choose(window: MainWindow, qtbot: QtBot, title: str) -> None:
    """Press a line of the open menu."""
    choices = [choice for choice in window.popover.findChildren(Choice) if choice.accessibleName() == title]
    qtbot.mousePress(choices[-1], LEFT)


# -- pads and keys ----------------------------------------------------------------------------


def test_the_sixteen_keys_are_the_sixteen_pads(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    for letter in "1234qwerasdfzxcv":
        qtbot.keyClick(window.surface, letter)
    names = [name for name, _ in SCENES[:16]]
    assert engine.posted == [HardCut(stamp_ns=engine.time_ns, scene=name) for name in names]


def test_a_pad_acts_on_the_way_down(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.pads[5], LEFT)
    assert engine.posted == [HardCut(stamp_ns=engine.time_ns, scene="Deep Sea")]
    qtbot.mouseRelease(window.surface.pads[5], LEFT)
    assert len(engine.posted) == 1


def test_morph_and_quantise_shape_what_a_pad_does(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    surface = window.surface
    qtbot.mousePress(surface.mode, LEFT, pos=surface.mode.key_rect(1).center())
    qtbot.mousePress(surface.launch, LEFT, pos=surface.launch.key_rect(2).center())
    qtbot.mousePress(surface.morph, LEFT, pos=QPoint(5, 20))
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
    for key in (surface.tap, surface.blackout, surface.freeze, surface.panic):
        qtbot.mousePress(key, LEFT)
    assert engine.posted == [
        Tap(stamp_ns=now),
        SetBlackout(stamp_ns=now, on=True),
        SetFreeze(stamp_ns=now, on=True),
        Panic(stamp_ns=now),
    ]


def test_keys_play_wherever_the_focus_is(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    for part in (window.surface.knobs[0], window.surface.blackout, window.surface.pads[3], window.surface.source_chip):
        part.setFocus()
        qtbot.keyClick(part, "q")
        qtbot.keyClick(part, Qt.Key.Key_Space)
    now = engine.time_ns
    assert engine.posted == [HardCut(stamp_ns=now, scene="Paper Theatre"), Tap(stamp_ns=now)] * 4


def test_banks_turn_by_key_and_mouse(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.keyClick(window.surface, Qt.Key.Key_PageDown)
    qtbot.keyClick(window.surface, "1")
    qtbot.mousePress(window.surface.banks, LEFT, pos=window.surface.banks.key_rect(0).center())
    qtbot.keyClick(window.surface, "1")
    now = engine.time_ns
    assert engine.posted == [HardCut(stamp_ns=now, scene="Solar Wind"), HardCut(stamp_ns=now, scene="Molten Gold")]


def test_a_queued_cut_is_seen_and_can_be_forgotten(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(CutQueued(at_ns=engine.time_ns, scene="Neon Rain", due_ns=engine.time_ns + SECOND))
    qtbot.waitUntil(lambda: window.surface.pads[2].pad.state.value == "queued")
    qtbot.mousePress(window.surface.cancel, LEFT)
    assert engine.posted == [CancelQueued(stamp_ns=engine.time_ns)]


# -- knobs ------------------------------------------------------------------------------------


def set_energy(engine: FakeEngine, value: float) -> SetParameter:
    return SetParameter(stamp_ns=engine.time_ns, parameter="field.energy", value=pytest.approx(value))


def test_a_knob_is_dragged_and_shift_is_fine(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(engine.committed())
    QApplication.processEvents()
    knob = window.surface.knobs[0]
    start = QPoint(20, 40)
    qtbot.mousePress(knob, LEFT, pos=start)
    qtbot.mouseMove(knob, start - QPoint(0, 18))
    qtbot.mouseRelease(knob, LEFT, pos=start)
    assert engine.posted == [set_energy(engine, 0.7)]


def test_a_knob_by_wheel_keys_and_double_click(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(engine.committed())
    QApplication.processEvents()
    knob = window.surface.knobs[0]
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
    knob = window.surface.knobs[0]
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
    pages = window.surface.knob_pages
    qtbot.mousePress(pages, LEFT, pos=pages.key_rect(1).center())
    names = [knob.accessibleName() for knob in window.surface.knobs]
    assert names == ["Structure", "Depth", "Grain", "Speed", "", "", "", ""]
    assert window.surface.knobs[0].isEnabled()
    assert not window.surface.knobs[4].isEnabled()


def test_the_master_fader(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    master = window.surface.master
    qtbot.mousePress(master, LEFT, pos=QPoint(master.width() // 2, 40))
    qtbot.mouseRelease(master, LEFT)
    assert engine.posted == [SetParameter(stamp_ns=engine.time_ns, parameter="output.level", value=pytest.approx(0.5))]


# -- prompt and tempo -------------------------------------------------------------------------


def test_the_prompt_takes_letters_and_gives_the_keys_back(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    prompt = window.surface.prompt
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
    prompt = window.surface.prompt
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
    qtbot.mousePress(window.surface.tempo, LEFT)
    editor = window.surface.tempo._editor
    assert editor is not None
    qtbot.keyClicks(editor, "140")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert engine.posted == [SetTempo(stamp_ns=engine.time_ns, bpm=140.0)]


# -- choosers ---------------------------------------------------------------------------------


def test_the_source_menu(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    now = engine.time_ns
    for title in ("Stage", "2", "BOOTH (Camera 1)"):
        qtbot.mousePress(window.surface.source_chip, LEFT)
        qtbot.waitUntil(lambda: not window._finder.busy)
        QApplication.processEvents()
        choose(window, qtbot, title)
        assert not window.popover.isVisible()
    assert engine.posted == [
        SelectSource(stamp_ns=now, spec="stage"),
        SelectSource(stamp_ns=now, spec="camera:2"),
        SelectSource(stamp_ns=now, spec="ndi:BOOTH (Camera 1)"),
    ]


def test_the_generator_and_output_menus(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.generator_chip, LEFT)
    choose(window, qtbot, "Wan")
    qtbot.mousePress(window.surface.output_chip, LEFT)
    choose(window, qtbot, "1920 × 1080")
    now = engine.time_ns
    assert engine.posted == [
        SelectGenerator(stamp_ns=now, name="wan"),
        SetCanvas(stamp_ns=now, width=1920, height=1080),
    ]


def test_an_open_menu_leaves_the_pads_playable(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.output_chip, LEFT)
    assert window.popover.isVisible()
    qtbot.keyClick(window.surface, "2")
    qtbot.mousePress(window.surface.pads[15], LEFT)
    qtbot.waitUntil(lambda: not window.popover.isVisible())
    qtbot.mousePress(window.surface.output_chip, LEFT)
    qtbot.keyClick(window.surface, Qt.Key.Key_Escape)
    assert not window.popover.isVisible()
    now = engine.time_ns
    assert engine.posted == [
        HardCut(stamp_ns=now, scene="Ice Cathedral"),
        HardCut(stamp_ns=now, scene="Night Drive"),
    ]


def test_a_pad_is_given_another_scene(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.surface.pads[0].assign_asked.emit(0)
    choose(window, qtbot, "Ash")
    qtbot.keyClick(window.surface, "1")
    assert engine.posted == [HardCut(stamp_ns=engine.time_ns, scene="Ash")]


def test_a_dropped_file_becomes_the_source(window: MainWindow, engine: FakeEngine, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "clip.mp4"))])
    drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(drop)
    assert engine.posted == [SelectSource(stamp_ns=engine.time_ns, spec=f"file:{tmp_path / 'clip.mp4'}")]


# -- what is seen -----------------------------------------------------------------------------


def test_chips_follow_the_chain(window: MainWindow, engine: FakeEngine) -> None:
    engine.emit(
        engine.source("ndi:CAM", SourceState.LOST),
        engine.generator(StageState.STARTING, 0.43),
        engine.output(tally=True),
    )
    QApplication.processEvents()
    surface = window.surface
    assert (surface.source_chip.face.name, surface.source_chip.face.tone) == ("CAM", Tone.FAULT)
    assert (surface.generator_chip.face.number, surface.generator_chip.face.progress) == ("43", 0.43)
    assert (surface.output_chip.face.tone, surface.lamp.text) == (Tone.ON_AIR, "ON AIR")
    assert surface.event_line.text == "CAM is lost, its last picture stays"


def test_events_come_from_any_thread_in_their_order(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    heard: list[str] = []
    window.show_model.pads.changed.connect(lambda: heard.append(threading.current_thread().name))
    scenes = [name for name, _ in SCENES[2:12]]

    def tell() -> None:
        for scene in scenes:
            engine.emit(engine.committed(scene))

    worker = threading.Thread(target=tell)
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: len(heard) == len(scenes))
    assert set(heard) == {threading.main_thread().name}
    assert window.show_model.pads.playing == scenes[-1]


def test_only_new_pictures_are_painted(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    view = window.surface.programme
    qtbot.wait(150)
    before = view.paints
    qtbot.wait(200)
    assert view.paints == before
    engine.pixels = picture(8)
    engine.sequence += 1
    qtbot.waitUntil(lambda: view.paints > before)
    assert view.image.pixelColor(224, 224).red() == int(engine.pixels[224, 224, 0])


def test_a_scene_gets_its_picture_once_it_has_settled(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    assert window.pictures.picture("Neon Rain") is None
    engine.emit(engine.committed("Neon Rain"))
    qtbot.waitUntil(lambda: window.pictures.picture("Neon Rain") is not None, timeout=4000)


def test_controllers_are_followed_and_told(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.midi = MidiSnapshot(
        ports=(MidiPortStatus("APC mini mk2", MidiPortState.OPEN),), ghosts={"field.energy": 0.9}
    )
    qtbot.waitUntil(lambda: window.surface.midi_chip.face.name == "APC mini mk2")
    assert window.show_model.knobs.knobs["field.energy"].ghost == 0.9
    qtbot.keyClick(window.surface, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: bool(engine.played))
    assert engine.played[-1].pads[0] == "Solar Wind"


def test_another_library_is_taken_when_the_generator_is_ready(
    open_window: Callable[[FakeEngine], MainWindow], qtbot: QtBot
) -> None:
    engine = FakeEngine(library(0))
    window = open_window(engine)
    engine._scenes = library(3)
    engine.emit(engine.generator(StageState.STARTING, 0.5), engine.generator())
    qtbot.waitUntil(lambda: window.surface.pads[0].pad.scene == "Molten Gold")


def test_help_shows_and_leaves(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.keyClicks(window.surface, "?")
    assert window.help.isVisible()
    qtbot.keyClick(window.surface, Qt.Key.Key_Escape)
    assert not window.help.isVisible()
    assert engine.posted == []


def test_every_part_has_a_name_and_one_line_of_help(window: MainWindow) -> None:
    parts = [part for part in window.surface.children() if isinstance(part, QWidget) and part.focusPolicy()]
    named = [part for part in parts if part not in (window.popover, window.help)]
    assert len(named) > 40
    assert [part for part in named if part.isEnabled() and not (part.accessibleName() and part.toolTip())] == []


# -- displays and the end ---------------------------------------------------------------------


def test_without_a_second_display_f11_says_so(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    if len(QGuiApplication.screens()) > 1:
        pytest.skip("this machine has a second display")
    qtbot.keyClick(window.surface, Qt.Key.Key_F11)
    assert not window.output_window.isVisible()
    assert window.surface.event_line.text.startswith("There is no second display")


def test_the_output_covers_a_display_and_leaves(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    screen = window.screen()
    window.show_output_on(window.menus.screens.present[0])
    output = window.output_window
    qtbot.waitUntil(output.isVisible)
    assert output.geometry() == screen.geometry()
    assert output.cursor().shape() == Qt.CursorShape.BlankCursor
    assert output.picture_rect.width() == output.picture_rect.height() == screen.geometry().height()
    qtbot.keyClick(output, "1")
    qtbot.keyClick(output, Qt.Key.Key_Escape)
    assert not output.isVisible()
    assert engine.posted == [HardCut(stamp_ns=engine.time_ns, scene="Molten Gold")]


def test_closing_lets_go_of_the_engine(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    release = threading.Event()
    engine.list_sources = lambda: (release.wait(5.0), ())[1]  # type: ignore[method-assign]
    qtbot.mousePress(window.surface.source_chip, LEFT)
    release.set()
    with qtbot.waitSignal(window.closing):
        window.close()
    assert engine.listeners == 0
    assert not window._finder.busy
    engine.emit(engine.output())
    QApplication.processEvents()


def test_ticks_are_watched(window: MainWindow, qtbot: QtBot) -> None:
    window.stalls.reset()
    qtbot.wait(120)
    assert window.stalls.ticks > 0
    assert window.stalls.longest_ns > 0
