"""When the sound is analysed: just before a boundary takes what was heard, and seldom in between. Pure.

Waking costs the processor more than analysing some hops more at once. So the hops are taken together, and the last of
them are told just before they are asked for.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from engine.audio.spectrum import HOP_NS
from engine.clock import NS_PER_MS

MOST_HOPS: Final = 4
"""Analysed at once: more would be seen in a meter that stands still."""

USUAL_HOPS: Final = 3
"""While no boundaries are known."""

_LEAD_NS: Final = 6 * NS_PER_MS
"""Analysing and telling take this long on a busy machine."""

_SAME_NS: Final = 3 * NS_PER_MS
"""A boundary trembles by less."""

_STRETCH: Final = 17
"""Boundaries of which the pace is the mean."""

_FEWEST: Final = 5
"""Boundaries that tell of a pace at least."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One of the boundaries, and how far apart they are; every_ns above 0."""

    at_ns: int
    every_ns: int

    def apart_ns(self, now_ns: int) -> int:
        """Return how far an instant is from the nearest boundary, below 0 before it."""
        half = self.every_ns // 2
        return (now_ns - self.at_ns + half) % self.every_ns - half


class PaceWatch:
    """Learns the pace of the boundaries; whoever has it guards it by a lock."""

    def __init__(self) -> None:
        self._passed: deque[int] = deque(maxlen=_STRETCH)
        self._told: Pace | None = None

    def forget(self) -> None:
        """Whoever was told of the pace is gone."""
        self._told = None

    def passed(self, now_ns: int) -> Pace | None:
        """Take in a boundary; return the pace if boundaries come otherwise than was returned last."""
        passed = self._passed
        if len(passed) > 1:
            every_ns = (passed[-1] - passed[0]) // (len(passed) - 1)
            if abs(now_ns - passed[-1] - every_ns) > every_ns // 8 + _SAME_NS:
                passed.clear()  # a cut, or one was left out: their pace is learnt anew
        passed.append(now_ns)
        if len(passed) < _FEWEST:
            return None
        every_ns = max(1, (passed[-1] - passed[0]) // (len(passed) - 1))
        # Where they have come on the mean: the newest alone may have trembled.
        apart_ns = sum(Pace(now_ns, every_ns).apart_ns(one) for one in passed) // len(passed)
        pace, told = Pace(now_ns + apart_ns, every_ns), self._told
        if told is not None and abs(told.apart_ns(pace.at_ns)) < _SAME_NS:
            return None
        self._told = pace
        return pace


def hops_next(heard_ns: int, pace: Pace | None) -> int:
    """Return how many hops to take together next, 1..MOST_HOPS.

    Args:
        heard_ns: when the newest hop that was analysed ended.
        pace: of the boundaries; None while there are none.
    """
    if pace is None:
        return USUAL_HOPS
    left = (pace.at_ns - _LEAD_NS - heard_ns) % pace.every_ns // HOP_NS
    if left < 1:  # the next one cannot be met any more
        left = max(1, (left * HOP_NS + pace.every_ns) // HOP_NS)
    times = -(-left // MOST_HOPS)
    return -(-left // times)
