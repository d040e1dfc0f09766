"""14-bit pairs of controllers, whose halves come in either order.

MIDI 1.0: controller n (0 to 31) is the coarse half of a value, n + 32 the fine one; a coarse half that comes alone sets
the fine one to 0, a fine half alone leaves the coarse one as it is (Detailed Specification 4.2, page 12). Devices exist
that send the fine half first. Which half belongs to which is not written in the bytes: the first half ever heard tells
the order, and so does the pause between them, as soon as it is clear. Until a fine half was ever heard the coarse one
has the whole way to itself: a seven-bit device reaches the top.
"""

from typing import Final

FINE: Final = 32
"""Controllers 0 to 31 have their fine halves 32 above (specification, table III)."""

CLEARLY: Final = 2
"""Halves of one value follow each other at once: the other pause is at least so many times as long."""

TOP: Final = (1 << 14) - 1


class Pair:
    """One pair of one controller; every half that comes is told at once, so that what is heard last is where it rests.

    Each call takes the half, 0..127, and its arrival in nanoseconds (all 0: not known).
    """

    def __init__(self) -> None:
        self._coarse: int | None = None
        self._coarse_ns = 0
        self._fine = 0
        self._fine_ns = 0
        self._fine_ever = False
        self._fine_waits = False
        self._fine_first: bool | None = None

    def coarse(self, value: int, stamp_ns: int) -> float:
        """Take in a coarse half; return the position, 0..1."""
        if self._fine_first is None:
            self._fine_first = self._fine_waits
        elif self._fine_waits and self._coarse is not None:
            self._compare(before_ns=self._fine_ns - self._coarse_ns, after_ns=stamp_ns - self._fine_ns)
        fine = self._fine if self._fine_first and self._fine_waits else 0
        self._fine_waits = False
        self._coarse, self._coarse_ns = value, stamp_ns
        return (value << 7 | fine) / TOP if self._fine_ever else value / 127

    def fine(self, value: int, stamp_ns: int) -> float | None:
        """Take in a fine half; return the position, None before the first coarse half."""
        self._fine, self._fine_ns = value, stamp_ns
        self._fine_ever = self._fine_waits = True
        return None if self._coarse is None else (self._coarse << 7 | value) / TOP

    def _compare(self, before_ns: int, after_ns: int) -> None:
        """A fine half came so long after one coarse half and before another: it belongs to the nearer."""
        if before_ns > CLEARLY * after_ns:
            self._fine_first = True
        elif after_ns > CLEARLY * before_ns:
            self._fine_first = False
