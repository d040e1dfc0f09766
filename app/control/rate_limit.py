"""How much may come in a second: a bucket that fills evenly and holds a second's worth. Pure."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from engine.clock import NS_PER_SECOND

MAX_SENDERS: Final = 256
"""Remembered; the one not heard of for longest makes room."""


class RateLimit:
    """So many units a second, and as many at once after a pause; full at first."""

    def __init__(self, units: int) -> None:
        self._per_second = units
        self._units = float(units)
        self._at_ns: int | None = None

    def takes(self, units: int, now_ns: int) -> bool:
        """Whether so many units may come now; they count as come then."""
        since_ns = 0 if self._at_ns is None else max(now_ns - self._at_ns, 0)
        self._units = min(self._units + since_ns * self._per_second / NS_PER_SECOND, float(self._per_second))
        self._at_ns = now_ns
        if units > self._units:
            return False
        self._units -= units
        return True


class SenderLimits:
    """A limit for each sender, so that none is read less for what another sends; MAX_SENDERS are remembered.

    A sender that was forgotten begins with a full bucket: a flood under many names takes no name's room away.
    """

    def __init__(self) -> None:
        self._buckets: OrderedDict[Hashable, RateLimit] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def takes(self, sender: Hashable, per_second: int, units: int, now_ns: int) -> bool:
        """Whether so many units of this sender, which may send per_second, may come now; they count as come then."""
        bucket = self._buckets.get(sender)
        if bucket is None:
            bucket = self._buckets[sender] = RateLimit(per_second)
            if len(self._buckets) > MAX_SENDERS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(sender)
        return bucket.takes(units, now_ns)
