"""The page of the preflight: a press that mends a line, and what is seen then."""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.errors import AppError
from app.models.checkup import CheckLine, Lamp
from app.views.main_window import MainWindow
from app.views.requests import Request
from tests.window.fake_engine import FakeEngine


class Room:
    """Checkups of a room that is dark until somebody switches the light on."""

    def __init__(self) -> None:
        self.light = self.broken = False

    def look(self) -> Iterator[CheckLine]:
        if self.light:
            yield CheckLine("light", Lamp.GOOD, "There is light.")
        else:
            yield CheckLine("light", Lamp.BAD, "It is dark.", "Switch it on.", "Switch it on", self.switch)

    def switch(self) -> str:
        if self.broken:
            raise AppError("The switch is broken")
        self.light = True
        return "It is on."

    def rehearse(self) -> Iterator[CheckLine]:
        return iter(())

    def write_report(self) -> Path:
        raise NotImplementedError


def test_what_was_mended_is_looked_at_again(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp)
    engine, room = FakeEngine(), Room()
    window = MainWindow(engine, engine.front, engine, checkups=room)
    window.resize(1280, 800)
    window.show()
    window.overlays.toggle(Request.PREFLIGHT)
    page = window.overlays.preflight
    qtbot.waitUntil(lambda: page.model.verdict == "1 to be put right, 0 to be watched.")
    room.broken = True
    page.list.mend_asked.emit(page.model.lines[0])
    qtbot.waitUntil(lambda: any("The switch is broken" in one.text for one in window.models.log.entries))
    qtbot.waitUntil(lambda: page.model.verdict == "1 to be put right, 0 to be watched.")
    room.broken = False
    page.list.mend_asked.emit(page.model.lines[0])
    qtbot.waitUntil(lambda: page.model.verdict == "Ready. All is well.")
    assert "It is on." in [one.text for one in window.models.log.entries]
    window.close()
    window.deleteLater()
    qapp.processEvents()
