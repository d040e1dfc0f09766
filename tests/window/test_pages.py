"""Pages and lines of the window that stay open while it plays: OSC addresses, lists, macros."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.control.macros import Macro, MacroPart
from app.control.spans import Span
from app.models.controllers.api import MidiSnapshot
from app.views.main_window import MainWindow
from app.views.requests import Request
from app.widgets.control import Control
from app.widgets.fields import Field
from app.widgets.popover import Choice
from app.widgets.span import SpanRow
from engine.messages.commands import HardCut, SetParameter
from engine.messages.events import ComponentState
from engine.messages.list_commands import StepCues, StepPlaylist
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.parameters import OUTPUT_PARAMETERS
from tests.window.fake_engine import SECOND, FakeEngine

Artefacts = Callable[[str], Path]
LEFT = Qt.MouseButton.LeftButton
LISTENING = MidiSnapshot(osc="OSC listens on 127.0.0.1:9000.")


def test_addresses_are_found_and_copied_while_the_pads_play(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, artefacts: Artefacts
) -> None:
    engine.midi = LISTENING
    window.models.follow(LISTENING)
    qtbot.keyClick(window.surface, "o")
    page = window.overlays.osc
    assert page.isVisible() and page._place.text() == LISTENING.osc
    assert not page.geometry().intersects(window.surface.pads.geometry())
    takes = {line.path: line.takes for line in page.list.lines}
    assert takes["/hardcut/parameter/field/hue"] == "f  -180 to 180"
    qtbot.keyClicks(page.filter, "HUE parameter")
    assert [line.path for line in page.list.lines] == ["/hardcut/parameter/field/hue"]
    qtbot.mousePress(page.list, LEFT, pos=QPoint(40, 20))
    assert QApplication.clipboard().text() == "/hardcut/parameter/field/hue"
    assert window.surface.strip.newest.text == "Copied /hardcut/parameter/field/hue"
    window.grab().save(str(artefacts("window/osc-page.png")))
    qtbot.keyClick(page.filter, Qt.Key.Key_Escape)
    qtbot.keyClick(page, "1")
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: page.geometry().bottom() == window.surface.pictures.geometry().bottom())
    qtbot.keyClick(window.surface, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert engine.posted == [HardCut(stamp_ns=engine.time_ns, scene="Molten Gold")]  # that Esc was not the panic key


def test_a_list_takes_its_place_and_moves_nothing(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, artefacts: Artefacts
) -> None:
    surface, now = window.surface, engine.time_ns
    places = [part.geometry() for part in surface.findChildren(Control)]
    assert surface.lists.playlist.face.line == "Drop a .txt file, one prompt a line."
    engine.emit(
        PlaylistChanged(
            at_ns=now, name="set.txt", number=2, count=9, prompt="ice", loop=True, shuffled=False, next_prompt="fire"
        )
    )
    qtbot.waitUntil(lambda: surface.lists.playlist.face.place != "")
    assert [part.geometry() for part in surface.findChildren(Control)] == places
    face = surface.lists.playlist.face
    assert (face.place, face.line, face.below) == ("2 / 9", "ice", "Next: fire (looped)")
    assert surface.lists.cues.face.place == ""
    qtbot.mousePress(surface.lists.cues, LEFT, pos=surface.lists.cues.key_rect(1).center())
    later = now + 2 * SECOND
    cue = CueChanged(
        at_ns=now,
        name="a.toml",
        number=1,
        count=3,
        scene="Ash",
        next_scene="Pearl",
        follow_ns=later,
        note="!",
    )
    engine.emit(cue)
    qtbot.waitUntil(lambda: surface.lists.cues.face.line == "Ash – !")
    assert surface.lists.cues.face.below == "Next: Pearl, by itself in 2.0 s"
    for card in (surface.lists.playlist, surface.lists.cues):
        for step in (1, -1):
            assert min(card.key_rect(step).size().toTuple()) >= 44
            qtbot.mousePress(card, LEFT, pos=card.key_rect(step).center())
    assert engine.posted == [
        StepPlaylist(stamp_ns=now, steps=1, chunks=5),
        StepPlaylist(stamp_ns=now, steps=-1, chunks=5),
        StepCues(stamp_ns=now, steps=1),
        StepCues(stamp_ns=now, steps=-1),
    ]
    window.grab().save(str(artefacts("window/lists.png")))


def test_a_macro_is_put_together_and_played(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, artefacts: Artefacts
) -> None:
    surface = window.surface
    qtbot.keyClick(surface, "k")
    assert [knob.accessibleName() for knob in surface.knobs.knobs] == [f"Macro {number}" for number in range(1, 9)]
    assert engine.front.state.macros_shown
    qtbot.mousePress(surface.knobs.knobs[2], LEFT)  # empty: a press asks what it is to move

    def choose(title: str) -> None:
        next(one for one in window.overlays.popover.findChildren(Choice) if one.accessibleName() == title).chosen.emit()

    choose("Energy")
    macro = Macro((MacroPart("field.energy", Span(0.0, 0.5)), MacroPart("field.hue")), "Storm")
    engine.put_macros({3: macro})
    engine.midi = replace(LISTENING, ghosts={"macro.3": 0.8})
    window.models.refresh_front()
    window.models.follow(engine.midi)
    assert window.overlays.popover.accessibleName() == "Storm"
    [energy, hue] = [
        row for row in window.overlays.popover.findChildren(SpanRow) if row.isVisibleTo(window.overlays.popover)
    ]
    track = hue.track
    qtbot.mousePress(hue, LEFT, pos=QPoint(round(track.right()), round(track.center().y())))
    qtbot.mouseMove(hue, QPoint(round(track.center().x()), round(track.center().y())))
    qtbot.mouseRelease(hue, LEFT)
    qtbot.mousePress(energy, LEFT, pos=energy.key_rect(0).center())
    qtbot.mousePress(energy, LEFT, pos=energy.key_rect(1).center())
    name = next(one for one in window.overlays.popover.findChildren(Field) if one.isVisibleTo(window.overlays.popover))
    name.setText("Weather")
    qtbot.keyClick(name, Qt.Key.Key_Return)
    window.grab().save(str(artefacts("window/macro.png")))
    choose("Learn MIDI")
    assert engine.lessons == [
        "macro 3 field.energy",
        "macro 3 field.hue 0.00 to 0.50",
        "macro 3 field.energy 0.00 to 0.50 inverted",
        "macro 3 field.energy",
        "macro 3 is Weather",
        "learn macro.3",
    ]
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    knob = surface.knobs.knobs[2]
    QApplication.sendEvent(
        knob, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(9, 9), knob.mapToGlobal(QPoint(9, 9)))
    )
    assert window.overlays.popover.accessibleName() == "Modulate Storm"
    choose("What it moves")
    assert window.overlays.popover.accessibleName() == "Storm"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    knob.setFocus()
    qtbot.keyClick(knob, Qt.Key.Key_End)
    assert [(one.parameter, one.value) for one in engine.posted if isinstance(one, SetParameter)] == [
        ("field.energy", 0.5),
        ("field.hue", 180.0),
    ]
    qtbot.mousePress(surface.knobs.pages, LEFT, pos=surface.knobs.pages.key_rect(0).center())
    assert surface.knobs.knobs[0].accessibleName() == "Energy"


def test_the_addresses_follow_the_generator(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.overlays.toggle(Request.OSC)
    window.overlays.osc.filter.setText("parameter")
    before = len(window.overlays.osc.list.lines)
    engine.parameters_now = OUTPUT_PARAMETERS
    engine.emit(engine.generator(ComponentState.STARTING, 0.5), engine.generator())
    qtbot.waitUntil(lambda: not [line.path for line in window.overlays.osc.list.lines if "/field/" in line.path])
    after = [line.path for line in window.overlays.osc.list.lines]
    assert "/hardcut/parameter/output/level" in after and len(after) < before
