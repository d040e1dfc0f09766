"""What the page of the preflight shows: lines in three lamps, what to do about each, what the program does itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from app.models.signal import Signal


class Lamp(Enum):
    """Green, amber and red."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One finding.

    Attributes:
        subject: what was looked at, a word; remedy: what to do, "" for nothing.
        mend: the words of a button that does it, "" for none; act: what that button does, on a worker; it returns what
            was done.
    """

    subject: str
    lamp: Lamp
    text: str
    remedy: str = ""
    mend: str = ""
    act: Callable[[], str] | None = None


class Checkups(Protocol):
    """What looks and writes. Every call takes seconds: call it on a worker."""

    def look(self) -> Iterable[CheckLine]:
        """Check everything, and yield each line as it is found."""
        ...

    def rehearse(self) -> Iterable[CheckLine]:
        """Judge the next ten seconds of the show."""
        ...

    def write_report(self) -> Path:
        """Write the file for a bug report; AppError if it cannot be written."""
        ...


class Checkup:
    """The lines found so far, the worst first; its owner calls it from one thread.

    Attributes:
        running: more may be found.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.running = False
        self._lines: list[CheckLine] = []

    @property
    def lines(self) -> tuple[CheckLine, ...]:
        """Red before amber before green, in the order of the checks."""
        order = (Lamp.BAD, Lamp.WATCH, Lamp.GOOD)
        return tuple(sorted(self._lines, key=lambda line: order.index(line.lamp)))

    @property
    def verdict(self) -> str:
        """All of it in a sentence."""
        count = {lamp: sum(line.lamp is lamp for line in self._lines) for lamp in Lamp}
        if self.running:
            return f"Looking: {len(self._lines)} found so far."
        if not self._lines:
            return "Nothing has been looked at yet."
        bad, watch = count[Lamp.BAD], count[Lamp.WATCH]
        if bad:
            return f"{bad} to be put right, {watch} to be watched."
        return f"Ready. {watch} to be watched." if watch else "Ready. All is well."

    def begin(self, *, keep: bool = False) -> None:
        """A look begins; keep: what was found before stays."""
        self.running = True
        if not keep:
            self._lines.clear()
        self.changed.emit()

    def take(self, line: CheckLine) -> None:
        """One more was found."""
        self._lines.append(line)
        self.changed.emit()

    def end(self) -> None:
        """The look is over."""
        self.running = False
        self.changed.emit()
