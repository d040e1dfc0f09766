"""The last events, which the strip's line opens."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.models.text import Log
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover
from engine.clock import NS_PER_SECOND
from engine.messages.events import Level

SHOWN: Final = 10
_TINTS: Final = {Level.INFO: theme.FAINT, Level.WARNING: theme.AMBER, Level.ERROR: theme.RED}


class EventsMenu(PopoverMenu):
    """Reads the log when it is opened; now_ns tells the time on the log's clock."""

    def __init__(self, popover: Popover, log: Log, now_ns: Callable[[], int]) -> None:
        super().__init__(popover)
        self._log = log
        self._now_ns = now_ns

    def fill(self, owner: QWidget) -> None:
        self.popover.begin("Last events", owner)
        now = self._now_ns()
        for entry in list(self._log.entries)[-SHOWN:][::-1]:
            age = (now - entry.at_ns) // NS_PER_SECOND
            ago = f"{age} s ago" if age < 120 else f"{age // 60} min ago"
            self.popover.add_choice(Choice(entry.text, remark=ago, tint=_TINTS[entry.level], inert=True))
        self.popover.open_beside(owner, 640)
