"""Puts the window where it was, and remembers where it is."""

from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QMainWindow

from app.settings import Area, SettingsError, WindowPlace, load_place, placed, save_place
from app.views.windows.screens import displays


class Placing:
    """One window's place, kept in a file; None: nowhere."""

    def __init__(self, window: QMainWindow, file: Path | None) -> None:
        self._window = window
        self._file = file

    def restore(self) -> str:
        """Place the window before it shows; what went wrong, a sentence, or ""."""
        place, trouble = None, ""
        try:
            place = load_place(self._file) if self._file is not None else None
        except SettingsError as error:
            trouble = str(error)
        free = {name: _area(screen.availableGeometry()) for name, screen in displays().items()}
        smallest = self._window.minimumSize()
        area = placed(place, free, (smallest.width(), smallest.height()))
        if area is not None:
            self._window.setGeometry(*area)
        if place is not None and place.maximised and place.screen in free:
            self._window.setWindowState(self._window.windowState() | Qt.WindowState.WindowMaximized)
        return trouble

    def keep(self) -> str:
        """Remember the window's place; what went wrong, a sentence, or ""."""
        if self._file is None:
            return ""
        window = self._window
        screen = next((name for name, one in displays().items() if one is window.screen()), "")
        maximised = window.isMaximized()
        area = window.normalGeometry() if maximised else window.geometry()
        place = WindowPlace(screen=screen, maximised=maximised, **_area(area)._asdict())
        try:
            save_place(self._file, place)
        except SettingsError as error:
            return str(error)
        return ""


def _area(rect: QRect) -> Area:
    return Area(rect.x(), rect.y(), rect.width(), rect.height())
