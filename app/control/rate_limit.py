"""How much may come in a second: a bucket that fills evenly and holds a second's worth. Pure."""

from engine.clock import NS_PER_SECOND


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
