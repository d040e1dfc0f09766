"""The mean of something that is steady for a while and then at once another: pure arithmetic."""

import statistics
from collections import deque

STEP_SHARE = 0.2
"""A change of the median by so much is a step: with a jitter of 15 %, one in thousands is none."""

STEP_NS = 600_000_000
STEP_LEAST, STEP_MOST = 3, 8
"""A step is seen after so much time, and after so many durations."""


class SteadyMean:
    """The mean of the last durations since their last step.

    A mean over many seconds is even; after a step it would be wrong for as long. Medians are compared, so that
    single long ones, which the mean has to hold, are no steps; those of both halves of the time after it, so that
    nothing from before it stays in the mean.

    Args:
        size: how many durations it goes back at most.
    """

    def __init__(self, size: int) -> None:
        self._values: deque[int] = deque(maxlen=size)

    def add(self, duration_ns: int) -> None:
        """Add a duration >= 0 and forget those before a step."""
        self._values.append(duration_ns)
        recent = min(max(STEP_NS // max(duration_ns, 1), STEP_LEAST), STEP_MOST)
        if len(self._values) < 2 * recent:
            return
        values = list(self._values)
        before, half = statistics.median(values[:-recent]), recent // 2
        first, second = statistics.median(values[-recent:-half]), statistics.median(values[-half:])
        if min(first, second) > (1 + STEP_SHARE) * before or max(first, second) < (1 - STEP_SHARE) * before:
            self._values = deque(values[-recent:], self._values.maxlen)

    @property
    def mean_ns(self) -> float:
        """Return the mean; 0.0 without any."""
        return sum(self._values) / len(self._values) if self._values else 0.0
