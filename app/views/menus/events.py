"""The events so far, which the strip's line opens."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from typing import Final

from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.models.log import Entry, Log
from app.views.menus.menu import PopoverMenu
from app.widgets.event_list import EventLine, EventList
from app.widgets.popover import Choice, Popover
from engine.messages.events import Level

WIDTH: Final = 760
_LAMPS: Final = {Level.INFO: None, Level.WARNING: theme.AMBER, Level.ERROR: theme.RED}


class Filter(Enum):
    """Which lines are shown."""

    ALL = "All"
    TROUBLE = "Warnings"
    FAULTS = "Faults"


_LEVELS: Final = {
    Filter.ALL: frozenset(Level),
    Filter.TROUBLE: frozenset({Level.WARNING, Level.ERROR}),
    Filter.FAULTS: frozenset({Level.ERROR}),
}


def _wall_clock() -> datetime:
    return datetime.now(UTC).astimezone()


class EventsMenu(PopoverMenu):
    """Reads the log when it is opened, newest first; what is read is seen.

    Args:
        now_ns: tells the time on the log's clock; wall_clock: the time of day.
        preflight: opens that page; report: writes the file for a bug report.
    """

    def __init__(
        self,
        popover: Popover,
        log: Log,
        now_ns: Callable[[], int],
        preflight: Callable[[], None],
        report: Callable[[], None],
        wall_clock: Callable[[], datetime] = _wall_clock,
    ) -> None:
        super().__init__(popover)
        self._log = log
        self._now_ns = now_ns
        self._wall_clock = wall_clock
        self._filter = Filter.ALL
        self._offers = {"Preflight: is all well?": ("F2", preflight), "Save a report of this run": ("", report)}

    def fill(self, owner: QWidget) -> None:
        popover = self.popover
        popover.begin("Events", owner)
        now, clock = self._now_ns(), self._wall_clock()
        chosen = [entry for entry in reversed(self._log.entries) if entry.level in _LEVELS[self._filter]]
        lines = tuple(_line(entry, now, clock) for entry in chosen)
        choices = []
        for one in Filter:
            count = sum(entry.level in _LEVELS[one] for entry in self._log.entries)
            choice = Choice(one.value, remark=str(count), current=one is self._filter)
            choice.chosen.connect(partial(self._choose, one, owner))
            choices.append(choice)
        copy = Choice("Copy", remark=f"{len(lines)} LINES", inert=not lines)
        copy.chosen.connect(self.pick(self._copy, lines))
        popover.add_grid([*choices, copy], len(choices) + 1)
        if not lines:
            popover.add_words("Nothing of that kind has happened.")
        for words, (remark, act) in self._offers.items():
            popover.add_choice(Choice(words, remark=remark)).chosen.connect(self.pick(act))
        events = EventList(lines)
        events.set_unit(popover.unit)
        events.fit(popover.inner_width(WIDTH))
        popover.add_part(events)
        popover.open_beside(owner, WIDTH)
        self._log.see()

    def _choose(self, one: Filter, owner: QWidget) -> None:
        self._filter = one
        self.fill(owner)

    @staticmethod
    def _copy(lines: tuple[EventLine, ...]) -> None:
        QApplication.clipboard().setText("\n".join(str(line) for line in reversed(lines)))


def _line(entry: Entry, now_ns: int, clock: datetime) -> EventLine:
    at = clock - timedelta(microseconds=(now_ns - entry.at_ns) // 1000)
    text = f"{entry.text} (×{entry.times})" if entry.times > 1 else entry.text
    return EventLine(f"{at:%H:%M:%S}", text, _LAMPS[entry.level])
