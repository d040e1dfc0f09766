"""Sliding measurements over the last so many values."""

from collections import deque


class Window:
    """The last `size` integers.

    Args:
        size: how many are kept, >= 1.
    """

    def __init__(self, size: int) -> None:
        self._values: deque[int] = deque(maxlen=size)

    def add(self, value: int) -> None:
        """Take one more; the oldest falls out."""
        self._values.append(value)

    def percentile(self, percent: int) -> int:
        """The smallest kept value that `percent` of them do not exceed (nearest rank); 0 if there is none."""
        ordered = sorted(self._values)
        return ordered[max(-(-len(ordered) * percent // 100), 1) - 1] if ordered else 0

    def maximum(self) -> int:
        """The largest kept value; 0 if there is none."""
        return max(self._values, default=0)
