"""Timecode: labels HH:MM:SS:FF, the rates at which frames are counted, and the time that a label stands for.

29.97 frames a second with dropped labels: the first two labels of each minute are left out but of every tenth, so that
the label follows the clock on the wall (SMPTE ST 12-1). Counted at 30 without dropping, a code that runs at 29.97 is
0.1 % slow: its labels are the same.
"""

import re
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final

from engine.clock import NS_PER_SECOND

DAY_S: Final = 24 * 60 * 60

_LABEL = re.compile(r"(\d{1,2}):(\d\d):(\d\d)(?:[:;.](\d\d))?")


class TimecodeRate(Enum):
    """How frames are counted."""

    FILM = "24"
    EBU = "25"
    DROP = "29.97df"
    NTSC = "30"

    @property
    def count(self) -> int:
        """Return how many labels a second has, but for those that are dropped."""
        return {TimecodeRate.FILM: 24, TimecodeRate.EBU: 25}.get(self, 30)

    @property
    def per_second(self) -> Fraction:
        """Return how many frames pass in a second at speed 1."""
        return Fraction(30000, 1001) if self is TimecodeRate.DROP else Fraction(self.count)

    @property
    def day_frames(self) -> int:
        """Return how many frames a day of labels has."""
        return 2_589_408 if self is TimecodeRate.DROP else self.count * DAY_S

    def instant_ns(self, frame: float | Fraction) -> int:
        """Return the time from 00:00:00:00 to a frame, counted from 0."""
        return round(frame / self.per_second * NS_PER_SECOND)


@dataclass(frozen=True, slots=True, order=True)
class Timecode:
    """A label: hours 0..23, minutes and seconds 0..59, frames 0..29."""

    hours: int = 0
    minutes: int = 0
    seconds: int = 0
    frames: int = 0

    @property
    def valid(self) -> bool:
        """Return whether some rate has such a label."""
        return 0 <= self.hours < 24 and 0 <= self.minutes < 60 and 0 <= self.seconds < 60 and 0 <= self.frames < 30

    def frame(self, rate: TimecodeRate) -> int:
        """Return the number of the frame, from 0; a label that a rate does not have is that of the frame after it."""
        minutes = 60 * self.hours + self.minutes
        frames = min(self.frames, rate.count - 1)
        counted = (60 * minutes + self.seconds) * rate.count + frames
        if rate is not TimecodeRate.DROP:
            return counted
        if self.minutes % 10 and self.seconds == 0 and frames < 2:
            counted += 2 - frames
        return counted - 2 * (minutes - minutes // 10)

    def instant_ns(self, rate: TimecodeRate) -> int:
        """Return the time from 00:00:00:00 to this label."""
        return rate.instant_ns(self.frame(rate))

    def __str__(self) -> str:
        return f"{self.hours:02}:{self.minutes:02}:{self.seconds:02}:{self.frames:02}"


def label_of(frame: int, rate: TimecodeRate) -> Timecode:
    """Return the label of a frame counted from 0; after a day the labels begin anew."""
    frame %= rate.day_frames
    if rate is TimecodeRate.DROP:
        tens, rest = divmod(frame, 17_982)  # frames in ten minutes
        frame += 18 * tens + 2 * max((rest - 2) // 1798, 0)
    seconds, frames = divmod(frame, rate.count)
    return Timecode(seconds // 3600, seconds // 60 % 60, seconds % 60, frames)


def parse_label(text: str) -> Timecode:
    """Read HH:MM:SS:FF or HH:MM:SS.

    Raises:
        ValueError: it is no label, with a clause that says so.
    """
    found = _LABEL.fullmatch(text.strip())
    label = Timecode(*(int(part or 0) for part in found.groups())) if found is not None else None
    if label is None or not label.valid:
        raise ValueError(f"{text[:40]!r} is no timecode")
    return label


@dataclass(frozen=True, slots=True)
class TimecodeReading:
    """Where a timecode was at an instant, as a reader found it.

    Attributes:
        frame: counted from 00:00:00:00; quarters where the code tells them.
        at_ns: when, on the machine's monotonic clock.
        standing: it was told to be there without running.
    """

    frame: float
    rate: TimecodeRate
    at_ns: int
    standing: bool = False
