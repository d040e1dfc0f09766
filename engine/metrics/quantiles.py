"""Compute medians and tails of the last measurements."""

import math
from dataclasses import dataclass

import numpy as np

CAPACITY = 1024
"""Half a minute at 30 a second: the 99th percentile then stands on ten values."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A summary of count measurements, in their own unit; all 0 when there were none."""

    count: int = 0
    median: int = 0
    p95: int = 0
    p99: int = 0
    maximum: int = 0


class RollingQuantile:
    """Quantiles of the last measurements, whole numbers such as nanoseconds, in a ring of fixed size.

    A quantile is the nearest rank: a value that was measured, never one between two. One thread owns it.

    Args:
        capacity: how many measurements are kept.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity <= 0:
            raise ValueError(f"the capacity must be positive: {capacity}")
        self._ring = np.zeros(capacity, np.int64)
        self._added = 0

    def __len__(self) -> int:
        return min(self._added, len(self._ring))

    def add(self, value: int) -> None:
        """Add a measurement; a full ring drops its oldest."""
        self._ring[self._added % len(self._ring)] = value
        self._added += 1

    def quantile(self, share: float) -> int:
        """Return the smallest measurement that `share` (0..1) of all do not exceed; 0 without measurements."""
        return self._ranks((share,))[0]

    def median(self) -> int:
        """Return the quantile of one half."""
        return self.quantile(0.5)

    def summary(self) -> Quantiles:
        """Return count, median and tails at once."""
        return Quantiles(len(self), *self._ranks((0.5, 0.95, 0.99, 1.0)))

    def reset(self) -> None:
        """Drop all measurements."""
        self._added = 0

    def _ranks(self, shares: tuple[float, ...]) -> list[int]:
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ValueError(f"a share lies between 0 and 1: {shares}")
        count = len(self)
        if count == 0:
            return [0] * len(shares)
        ranks = [max(math.ceil(share * count) - 1, 0) for share in shares]
        ordered = np.partition(self._ring[:count], sorted(set(ranks)))
        return [int(ordered[rank]) for rank in ranks]
