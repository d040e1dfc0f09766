"""Sliding statistics over the last values."""

from collections import deque


class SlidingWindow:
    """The last `size` integers.

    Args:
        size: how many are kept, >= 1.
    """

    def __init__(self, size: int) -> None:
        self._values: deque[int] = deque(maxlen=size)

    def add(self, value: int) -> None:
        """Add a value; drop the oldest."""
        self._values.append(value)

    def percentile(self, percent: int) -> int:
        """Return the `percent`-th percentile, 0..100, by nearest rank; 0 if there is no value."""
        ordered = sorted(self._values)
        return ordered[max(-(-len(ordered) * percent // 100), 1) - 1] if ordered else 0

    def maximum(self) -> int:
        """Return the largest value; 0 if there is none."""
        return max(self._values, default=0)
