"""The sound's chip and its menu."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.main_window import MainWindow
from app.widgets.chip import Tone
from app.widgets.popover import Choice
from engine.messages.audio import AudioFeatures, AudioState
from engine.messages.audio_events import AudioChanged
from engine.messages.input_commands import SelectAudio, SetAudioGain
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton


def choices(window: MainWindow) -> dict[str, Choice]:
    popover = window.overlays.popover
    return {one.accessibleName(): one for one in popover.findChildren(Choice) if one.isVisibleTo(popover)}


def test_an_input_and_its_gain_are_chosen_by_name(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    chip = window.surface.chain.sound_chip
    assert (chip.face.name, chip.face.tone) == ("None", Tone.OFF)
    qtbot.mousePress(chip, LEFT)
    qtbot.waitUntil(lambda: "Microphone" in choices(window))
    qtbot.mousePress(choices(window)["Microphone"], LEFT)
    qtbot.mousePress(chip, LEFT)
    qtbot.mousePress(choices(window)["+6"], LEFT)
    names = [(type(one), getattr(one, "name", ""), getattr(one, "gain_db", 0)) for one in engine.posted]
    assert (SelectAudio, "Microphone", 0) in names
    assert (SetAudioGain, "", 6.0) in names
    qtbot.mousePress(chip, LEFT)
    qtbot.waitUntil(lambda: "Monitor of Speakers" in choices(window))


def test_the_chip_shows_how_loud_it_is_and_what_is_wrong_without_alarm(window: MainWindow, engine: FakeEngine) -> None:
    chip = window.surface.chain.sound_chip
    engine.emit(AudioChanged(at_ns=engine.time_ns, name="Microphone", state=AudioState.LIVE))
    QApplication.processEvents()
    window.surface.show_sound(AudioFeatures(at_ns=0, level=0.5))
    assert (chip.face.tone, chip.face.meter) == (Tone.LIVE, 0.5)
    for state in (AudioState.NONE, AudioState.NO_SIGNAL, AudioState.CLIPPING, AudioState.GONE):
        engine.emit(AudioChanged(at_ns=engine.time_ns, name="Microphone", state=state))
        QApplication.processEvents()
        assert chip.face.tone is not Tone.FAULT
        assert chip.face.remark
