"""Deadlines of output frames in exact arithmetic, and the wait for them."""

import sys
import time
from fractions import Fraction

from engine.clock import NS_PER_SECOND

FINE_WAIT_NS = 2_000_000 if sys.platform == "win32" else 100_000
"""The last stretch before a deadline is waited in small yields: a sleep may overshoot by the timer's
tick (1 ms on Windows once asked for, some 60 µs of timer slack on Linux)."""


class Cadence:
    """Deadlines anchor + k / rate seconds, k = 0, 1, 2 …, rounded down to a nanosecond, without drift.

    Args:
        rate: deadlines per second, exact.
        anchor_ns: the instant of deadline 0.
    """

    def __init__(self, rate: Fraction, anchor_ns: int) -> None:
        self._step = Fraction(NS_PER_SECOND) / rate
        self._anchor_ns = anchor_ns
        self._index = 0
        self.lagged = 0
        """Deadlines that went by whole, with nothing sent for them."""

    @property
    def deadline_ns(self) -> int:
        """Return the current deadline."""
        return self._at(self._index)

    @property
    def period_ns(self) -> int:
        """Return the distance of two deadlines, rounded down."""
        return int(self._step)

    def advance(self) -> None:
        """Go on to the next deadline."""
        self._index += 1

    def catch_up(self, now_ns: int) -> bool:
        """Skip deadlines that have passed by a whole period; return whether there were any.

        Less than a period late, a frame is still worth sending. Later than that, every deadline in the
        past counts as lagged, and the next one in the future follows: the phase is kept.
        """
        if now_ns < self._at(self._index + 1):
            return False
        ahead = (now_ns - self._anchor_ns) * self._step.denominator // self._step.numerator + 1
        while self._at(ahead) <= now_ns:
            ahead += 1
        self.lagged += ahead - self._index
        self._index = ahead
        return True

    def _at(self, index: int) -> int:
        return self._anchor_ns + index * self._step.numerator // self._step.denominator


def sleep_until(instant_ns: int) -> None:
    """Return at instant_ns of the monotonic clock, give or take the timer's tick, or at once if it is past."""
    time.sleep(max(instant_ns - time.monotonic_ns(), 0) / NS_PER_SECOND)


def wait_until(instant_ns: int) -> None:
    """Return at instant_ns of the monotonic clock, to some microseconds, or at once if it is past."""
    while (left_ns := instant_ns - time.monotonic_ns()) > 0:
        time.sleep(max(left_ns - FINE_WAIT_NS, 0) / NS_PER_SECOND)
