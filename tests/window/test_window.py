"""The window offscreen: what is seen of the engine, displays, and the end."""

import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.control.intents import StepBank
from app.midi.ports.port import PortState
from app.models.controllers.api import ControllerStatus, MidiSnapshot
from app.views.main_window import MainWindow
from app.views.sections.section import Section
from app.widgets.chip import Tone
from app.widgets.popover import Choice
from engine.messages.commands import Origin
from engine.messages.events import ComponentState, Level, Notice, SourceState
from engine.messages.output_commands import SwitchSink
from engine.messages.sinks import SinkPhase, SinkReport
from tests.window.fake_engine import SCENES, SECOND, FakeEngine, library, picture

LEFT = Qt.MouseButton.LeftButton


def test_chips_follow_the_chain(window: MainWindow, engine: FakeEngine) -> None:
    engine.emit(
        engine.source("ndi:CAM", SourceState.LOST),
        engine.generator(ComponentState.STARTING, 0.43),
        engine.output(tally=True),
    )
    QApplication.processEvents()
    surface = window.surface
    assert (surface.chain.source_chip.face.name, surface.chain.source_chip.face.tone) == ("CAM", Tone.FAULT)
    assert (surface.chain.generator_chip.face.number, surface.chain.generator_chip.face.progress) == ("43", 0.43)
    assert (surface.chain.output_chip.face.tone, surface.pictures.lamp.text) == (Tone.ON_AIR, "ON AIR")
    assert surface.strip.newest.text == "CAM is lost, its last picture stays"


def test_events_come_from_any_thread_in_their_order(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    heard: list[str] = []
    window.models.pads.changed.connect(lambda: heard.append(threading.current_thread().name))
    scenes = [name for name, _ in SCENES[2:12]]

    def tell() -> None:
        for scene in scenes:
            engine.emit(engine.committed(scene))

    worker = threading.Thread(target=tell)
    worker.start()
    worker.join()
    qtbot.waitUntil(lambda: len(heard) == len(scenes))
    assert set(heard) == {threading.main_thread().name}
    assert window.models.pads.playing == scenes[-1]


def test_only_new_pictures_are_painted(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    view = window.surface.pictures.programme
    qtbot.wait(150)
    before = view.paints
    qtbot.wait(200)
    assert view.paints == before
    engine.pixels = picture(8)
    engine.sequence += 1
    qtbot.waitUntil(lambda: view.paints > before)
    assert view.image.pixelColor(224, 224).red() == int(engine.pixels[224, 224, 0])


def test_a_scene_gets_its_picture_once_it_has_settled(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    assert window.surface.scene_pictures.picture("Neon Rain") is None
    engine.emit(engine.committed("Neon Rain"))
    qtbot.waitUntil(lambda: window.surface.scene_pictures.picture("Neon Rain") is not None, timeout=4000)


def test_controllers_are_followed_and_told(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.midi = MidiSnapshot(ports=(ControllerStatus("APC mini mk2", PortState.OPEN),), ghosts={"field.energy": 0.9})
    qtbot.waitUntil(lambda: window.surface.chain.controllers_chip.face.name == "APC mini mk2")
    assert window.models.knobs.knobs["field.energy"].ghost == 0.9
    qtbot.keyClick(window.surface, Qt.Key.Key_PageDown)
    assert engine.front.state.pad(1) == "Solar Wind"
    engine.front.send(StepBank(-1), Origin.MIDI)
    qtbot.waitUntil(lambda: window.surface.pads.pads[0].pad.scene == "Molten Gold")


def test_another_library_is_taken_when_the_generator_is_ready(
    open_window: Callable[[FakeEngine], MainWindow], qtbot: QtBot
) -> None:
    engine = FakeEngine(library(0))
    window = open_window(engine)
    engine._scenes = library(3)
    engine.emit(engine.generator(ComponentState.STARTING, 0.5), engine.generator())
    qtbot.waitUntil(lambda: window.surface.pads.pads[0].pad.scene == "Molten Gold")


def test_help_shows_and_leaves(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.keyClicks(window.surface, "?")
    assert window.overlays.help.isVisible()
    qtbot.keyClick(window.surface, Qt.Key.Key_Escape)
    assert not window.overlays.help.isVisible()
    assert engine.posted == []


def test_every_part_has_a_name_and_one_line_of_help(window: MainWindow) -> None:
    sections = window.surface.findChildren(Section)
    parts = [one for section in sections for one in section.findChildren(QWidget)]
    named = [part for part in parts if part.focusPolicy()]
    assert len(named) > 40
    assert [part for part in named if part.isEnabled() and not (part.accessibleName() and part.toolTip())] == []


def test_without_a_second_display_f11_says_so(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    if len(QGuiApplication.screens()) > 1:
        pytest.skip("this machine has a second display")
    qtbot.keyClick(window.surface, Qt.Key.Key_F11)
    assert engine.posted == []
    assert window.surface.strip.newest.text.startswith("There is no second display")


def test_the_output_menu_covers_displays_and_leaves_them(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    own = window.displays.screens.present[0]
    chip = window.surface.chain.output_chip
    for on in (True, False):
        qtbot.mousePress(chip, LEFT)
        choices = [one for one in window.overlays.popover.findChildren(Choice) if one.isVisible()]
        choice = next(one for one in choices if one.accessibleName().startswith(own.name))
        qtbot.mousePress(choice, LEFT)
        assert engine.posted.pop() == SwitchSink(stamp_ns=engine.time_ns, sink=own.sink, on=on)
        report = SinkReport(sink=own.sink, phase=SinkPhase.ON, name=own.name, remark="1920×1080, vsync")
        engine.emit(engine.output(sinks=(report,) if on else ()))
        QApplication.processEvents()
        assert window.surface.chain.full_screen.lit is on


def test_closing_lets_go_of_the_engine(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    release = threading.Event()
    engine.source_offers = lambda: (release.wait(5.0), ())[1]  # type: ignore[method-assign]
    qtbot.mousePress(window.surface.chain.source_chip, LEFT)
    release.set()
    with qtbot.waitSignal(window.closing):
        window.close()
    assert engine.listeners == 0
    assert not window.overlays.finder.busy
    engine.emit(engine.output())
    QApplication.processEvents()


def test_ticks_are_watched(window: MainWindow, qtbot: QtBot) -> None:
    window.stalls.reset()
    qtbot.wait(120)
    assert window.stalls.ticks > 0
    assert window.stalls.longest_ns > 0


def test_why_no_picture_comes_in_stands_where_it_would_be(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    words = "The camera cannot be opened (camera 3)."
    engine.emit(engine.source("stage", SourceState.FAILED, words), engine.generator())
    qtbot.waitUntil(lambda: window.surface.pictures.input_picture._words == words)
    engine.emit(engine.source())
    qtbot.waitUntil(lambda: window.surface.pictures.input_picture._words == "")


def test_a_fault_stands_before_what_came_after_it(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    stand_in = engine.generator(detail="In place of wan-14b: 30 GiB are wanted.")
    engine.emit(
        Notice(at_ns=engine.time_ns, level=Level.ERROR, text="A stage was compiled again: 900 ms."),
        engine.generator(ComponentState.STARTING, 0.5),
        stand_in,
    )
    chip = window.surface.chain.generator_chip
    qtbot.waitUntil(lambda: chip.face.remark == "INSTEAD")
    assert window.surface.strip.newest.text == "A stage was compiled again: 900 ms."
    engine.time_ns += 7 * SECOND
    qtbot.mousePress(window.surface.strip.newest, LEFT)  # now it is seen
    qtbot.waitUntil(
        lambda: window.surface.strip.newest.text.startswith("Generator field is ready: In place of wan-14b")
    )
