"""Quantiles of the last measurements."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.quantiles import Quantiles, RollingQuantile


def test_without_measurements_all_is_nothing() -> None:
    assert RollingQuantile().summary() == Quantiles(0, 0, 0, 0, 0)
    assert RollingQuantile().median() == 0


def test_a_hundred_measurements() -> None:
    ring = RollingQuantile()
    for value in reversed(range(1, 101)):
        ring.add(value)
    assert ring.summary() == Quantiles(count=100, median=50, p95=95, p99=99, maximum=100)
    assert ring.quantile(0.0) == 1


def test_the_oldest_leaves() -> None:
    ring = RollingQuantile(capacity=3)
    for value in (1000, 1, 2, 3):
        ring.add(value)
    assert ring.summary() == Quantiles(count=3, median=2, p95=3, p99=3, maximum=3)
    ring.reset()
    assert len(ring) == 0


@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=60), st.integers(1, 40), st.floats(0, 1))
def test_it_is_the_nearest_rank_of_what_is_kept(values: list[int], capacity: int, share: float) -> None:
    ring = RollingQuantile(capacity)
    for value in values:
        ring.add(value)
    kept = sorted(values[-capacity:])
    assert ring.quantile(share) == kept[max(math.ceil(share * len(kept)) - 1, 0)]


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="capacity"):
        RollingQuantile(0)
    with pytest.raises(ValueError, match="share"):
        RollingQuantile().quantile(1.5)
