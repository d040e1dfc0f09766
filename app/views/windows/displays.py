"""Full screen: which displays the output covers. The output process covers them; this asks it to."""

from PySide6.QtWidgets import QWidget

from app.models.console import Console
from app.models.screens import Screens
from app.models.sinks import SinksModel
from app.views.windows.screens import screens_of
from engine.messages.sinks import DISPLAY


class OutputDisplays:
    """The displays beside the window, and the sinks that cover them."""

    def __init__(self, window: QWidget, sinks: SinksModel, console: Console) -> None:
        self._window = window
        self._sinks = sinks
        self._console = console

    @property
    def screens(self) -> Screens:
        """The displays as they are now."""
        return screens_of(self._window)

    def toggle(self) -> None:
        """Cover the second display, or leave every display that is covered."""
        covered = [one.sink for one in self._sinks.reports if one.id == DISPLAY]
        second = self.screens.second
        for sink in covered:
            self._console.output.switch_sink(sink, False)
        if not covered and second is not None:
            self._console.output.switch_sink(second.sink, True)
        elif not covered:
            self._console.warn("There is no second display: connect one, or choose this one under Output")
