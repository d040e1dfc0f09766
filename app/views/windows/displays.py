"""The output's own window: which display it covers as displays come and go."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QWidget

from app.models.console import Console
from app.models.screens import OutputScreen
from app.views.windows.output import OutputWindow, displays


class OutputDisplays(QObject):
    """Owns the output's window.

    Signals:
        changed: it is wanted on another display, or on none.
        key_pressed: a key went down there that is not its own.
    """

    changed = Signal()
    key_pressed = Signal(QKeyEvent)

    def __init__(self, window: QWidget, console: Console) -> None:
        super().__init__(window)
        self._window = window
        self._console = console
        self.screens = OutputScreen()
        self.output = OutputWindow()
        self.output.left.connect(lambda: self.show_on(""))
        self.output.key_pressed.connect(self.key_pressed)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenAdded.connect(self.refresh)
        application.screenRemoved.connect(self.refresh)

    @property
    def shown(self) -> bool:
        """The output covers a display."""
        return self.output.isVisible()

    def toggle(self) -> None:
        """Put the output on the second display, or take it away."""
        self.refresh()
        if self.screens.wanted:
            self.show_on("")
        elif self.screens.second:
            self.show_on(self.screens.second)
        else:
            self._console.warn("There is no second display: connect one, or choose this one under Output")

    def show_on(self, screen: str) -> None:
        """Cover a display by name; "" leaves it."""
        self.refresh()
        self._take(self.screens.asked(screen))
        self.changed.emit()

    def refresh(self) -> None:
        """Take the displays as they are now, the window's own first."""
        own = self._window.screen()
        names = displays()
        present = sorted(names, key=lambda name: names[name] is not own)
        self._take(self.screens.seen(tuple(present)))

    def show_pixels(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Show the next picture, an RgbxImage."""
        self.output.show_pixels(pixels)

    def close(self) -> None:
        """Let go of the display."""
        self.output.hide()
        self.output.deleteLater()

    def _take(self, screens: OutputScreen) -> None:
        before, self.screens = self.screens, screens
        if screens.shown_on != before.shown_on:
            self.output.cover(screens.shown_on)
        if screens.waiting and not before.waiting:
            self._console.warn(f"The display {screens.wanted} is gone; the output returns with it")
