"""Help stands in the strip: nothing pops up over the pictures."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from app.midi.ports.port import PortState
from app.models.controllers.api import ControllerStatus, MidiSnapshot
from app.views.main_window import MainWindow
from app.widgets.chip import Tone


def ask(part: QWidget) -> None:
    place = part.rect().center()
    QApplication.sendEvent(part, QHelpEvent(QEvent.Type.ToolTip, place, part.mapToGlobal(place)))


def test_help_stands_in_the_strip(window: MainWindow) -> None:
    strip = window.surface.strip
    strip.toggle_numbers()
    for part, text in (
        (window.surface.transport.freeze, "Hold the picture on air (G)."),
        (window.surface.chain.source_chip, "Where pictures come from. Click to choose."),
        (window.surface.pads.pads[0], "Molten Gold · molten gold, slow heavy glow · Press to play this scene."),
    ):
        ask(part)
        assert strip.hint.text == text
        assert strip.hint.isVisible() and not strip.backend.isVisible()
        assert not QToolTip.isVisible()
        QApplication.sendEvent(part, QEvent(QEvent.Type.Leave))
        assert not strip.hint.isVisible() and strip.backend.isVisible()


def test_no_midi_is_no_trouble_for_who_plays_without(window: MainWindow) -> None:
    chip = window.surface.chain.controllers_chip
    fault = "There is no MIDI system on this machine."
    window.models.follow(MidiSnapshot(fault=fault))
    assert (chip.face.name, chip.face.remark, chip.face.tone) == ("Keys, mouse", "", Tone.OFF)
    window.models.follow(MidiSnapshot(ports=(ControllerStatus("APC", PortState.OPEN),)))
    window.models.follow(MidiSnapshot(fault="MIDI has stopped."))
    assert (chip.face.remark, chip.face.tone) == ("FAULT", Tone.WAITING)
