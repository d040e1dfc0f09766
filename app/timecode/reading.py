"""One place of a timecode, as a reader found it."""

from dataclasses import dataclass

from engine.messages.timecode import TimecodeRate


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a timecode was at an instant.

    Attributes:
        frame: counted from 00:00:00:00; quarters where the code tells them.
        at_ns: when, on the machine's monotonic clock.
        standing: it was told to be there without running.
    """

    frame: float
    rate: TimecodeRate
    at_ns: int
    standing: bool = False
