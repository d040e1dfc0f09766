"""How many frames per second arrive."""

from collections import deque

from engine.clock import NS_PER_SECOND


class ArrivalRate:
    """The rate over the last second, from the intervals between arrivals. Not thread-safe."""

    def __init__(self) -> None:
        self._instants: deque[int] = deque()

    def note(self, now_ns: int) -> None:
        """A frame has arrived."""
        self._instants.append(now_ns)
        self._forget(now_ns)

    def per_second(self, now_ns: int) -> float:
        """Frames per second; falls towards 0 from the moment an expected frame does not come."""
        self._forget(now_ns)
        if len(self._instants) < 2:
            return 0.0
        first, last = self._instants[0], self._instants[-1]
        intervals = len(self._instants) - 1
        interval = (last - first) / intervals
        span = max(last - first, now_ns - interval - first)
        return intervals * NS_PER_SECOND / span if span > 0 else 0.0

    def _forget(self, now_ns: int) -> None:
        while self._instants and self._instants[0] < now_ns - NS_PER_SECOND:
            self._instants.popleft()
