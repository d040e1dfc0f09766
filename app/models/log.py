"""What happened, in lines; faults stand until they are seen or cured."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from app.models.signal import Signal
from engine.clock import NS_PER_SECOND
from engine.messages.events import Level
from engine.plain_text import cleaned

LOG_LENGTH: Final = 1000
HOLD_NS: Final = 6 * NS_PER_SECOND
"""Long enough to look up from the pads and read a sentence."""
REPEAT_NS: Final = 60 * NS_PER_SECOND
"""What is said again within this time is one line with a count."""

_LOUDNESS: Final = {Level.INFO: 0, Level.WARNING: 1, Level.ERROR: 2}


class Topic(Enum):
    """What a line is about, where a later event can cure it."""

    SOURCE = "source"
    DEPTH = "depth"
    GENERATOR = "generator"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log.

    Attributes:
        topic: what it is about; None: nothing that heals.
        times: how often it was said, the last time at at_ns.
    """

    at_ns: int
    level: Level
    text: str
    topic: Topic | None = None
    times: int = 1

    @property
    def is_fault(self) -> bool:
        """It stands until it is seen or cured: an error, or a source that is lost."""
        return self.level is Level.ERROR or (self.level is Level.WARNING and self.topic is Topic.SOURCE)


class Log:
    """What happened, newest last."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.entries: deque[Entry] = deque(maxlen=LOG_LENGTH)
        self._standing: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Add a line; one that says what was said lately takes the place of that one and counts."""
        entry = replace(entry, text=cleaned(entry.text))
        for one in reversed(self.entries):
            if entry.at_ns - one.at_ns > REPEAT_NS:
                break
            if (one.level, one.text) == (entry.level, entry.text):
                self.entries.remove(one)
                entry = replace(entry, times=one.times + 1)
                break
        self.entries.append(entry)
        if entry.is_fault:
            self._standing = [one for one in self._standing if one.topic is None or one.topic is not entry.topic]
            self._standing.append(entry)
        self.changed.emit()

    def withdraw(self, text: str) -> None:
        """A line announced what is over now, or will not come."""
        text = cleaned(text)
        kept = [entry for entry in self.entries if entry.text != text]
        if len(kept) < len(self.entries):
            self.entries.clear()
            self.entries.extend(kept)
            self.changed.emit()

    def cure(self, topic: Topic) -> None:
        """What a line was about is well again."""
        self._drop(lambda one: one.topic is topic)

    def see(self) -> None:
        """Somebody reads the lines: no fault needs to stand any longer."""
        self._drop(lambda _: True)

    def _drop(self, over: Callable[[Entry], bool]) -> None:
        standing = [one for one in self._standing if not over(one)]
        if standing != self._standing:
            self._standing = standing
            self.changed.emit()

    @property
    def fault(self) -> Entry | None:
        """The newest fault that nobody has seen and nothing has cured."""
        return self._standing[-1] if self._standing else None

    def prominent(self, now_ns: int) -> Entry | None:
        """Return the line for the strip.

        A standing fault; a warning or error that came after it covers it for HOLD_NS. Without a fault: the loudest line
        of the last HOLD_NS, or the last line.
        """
        fault = self.fault
        recent = [entry for entry in self.entries if now_ns - entry.at_ns <= HOLD_NS]
        if fault is not None:
            later = [one for one in recent if one.at_ns > fault.at_ns and one.level is not Level.INFO]
            return later[-1] if later else fault
        return max(reversed(recent), key=lambda one: _LOUDNESS[one.level], default=self.last)

    @property
    def last(self) -> Entry | None:
        """The newest line."""
        return self.entries[-1] if self.entries else None
