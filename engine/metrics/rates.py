"""Measure how often something happens, from the instants at which it happened."""

from collections import deque

from engine.clock import NS_PER_SECOND

WINDOW_NS = 2 * NS_PER_SECOND
"""Long enough to hold several chunks at the slowest playable speed, short enough to follow a stall."""


class RateMeter:
    """Events per second over a sliding window, by the intervals between ticks and not by counting them.

    Counting the ticks of a window is off by one tick as the window slides; intervals are exact for a
    regular signal, whenever they are asked for. When ticks stay away the rate falls, and is 0 once
    fewer than two are left in the window. One thread owns it; rates below 2 / window read as 0.

    Args:
        window_ns: how far back ticks count.
    """

    def __init__(self, window_ns: int = WINDOW_NS) -> None:
        if window_ns <= 0:
            raise ValueError(f"the window must be positive: {window_ns} ns")
        self._window_ns = window_ns
        self._ticks: deque[tuple[int, int]] = deque()
        self._total = 0

    @property
    def total(self) -> int:
        """Return the number of events since the start."""
        return self._total

    def tick(self, now_ns: int, count: int = 1) -> None:
        """Count events (a chunk's frames, say) that were finished at now_ns, not before the last tick."""
        if self._ticks and now_ns < self._ticks[-1][0]:
            raise ValueError(f"ticks must not run backwards: {now_ns} after {self._ticks[-1][0]}")
        self._total += count
        self._ticks.append((now_ns, count))
        self._forget(now_ns)

    def rate(self, now_ns: int) -> float:
        """Return the events per second as of now_ns."""
        self._forget(now_ns)
        if len(self._ticks) < 2:
            return 0.0
        first_ns, last_ns = self._ticks[0][0], self._ticks[-1][0]
        # What the first tick brought was made before the window.
        events = sum(count for _, count in self._ticks) - self._ticks[0][1]
        usual_ns = (last_ns - first_ns) / (len(self._ticks) - 1)
        # A tick is overdue after the usual interval; from then on the silence counts too.
        span_ns = max(float(last_ns), now_ns - usual_ns) - first_ns
        return events * NS_PER_SECOND / span_ns if span_ns > 0 else 0.0

    def reset(self) -> None:
        """Drop the ticks; the total stays."""
        self._ticks.clear()

    def _forget(self, now_ns: int) -> None:
        begin_ns = now_ns - self._window_ns
        while self._ticks and self._ticks[0][0] < begin_ns:
            self._ticks.popleft()
