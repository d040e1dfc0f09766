"""Rates from ticks: exact for a regular signal, honest when it stops."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.metrics.rates import RateMeter


def test_nothing_has_happened_yet() -> None:
    meter = RateMeter()
    assert meter.rate(5) == 0.0
    meter.tick(10)
    assert meter.rate(10) == 0.0


@given(
    interval=st.integers(2 * NS_PER_MS, 400 * NS_PER_MS),
    ticks=st.integers(3, 300),
    count=st.integers(1, 12),
    phase=st.floats(0, 1),
)
def test_a_regular_signal_is_exact_whenever_it_is_asked_for(
    interval: int, ticks: int, count: int, phase: float
) -> None:
    meter = RateMeter()
    for index in range(ticks):
        meter.tick(index * interval, count)
    now_ns = (ticks - 1) * interval + int(phase * interval)
    assert meter.rate(now_ns) == pytest.approx(count * NS_PER_SECOND / interval, rel=1e-6)
    assert meter.total == ticks * count


def test_a_chunk_counts_as_its_frames() -> None:
    meter = RateMeter()
    for index in range(6):
        meter.tick(index * 400 * NS_PER_MS, 12)
    assert meter.rate(2000 * NS_PER_MS) == pytest.approx(30.0)


def test_it_falls_to_nothing_when_ticks_stay_away() -> None:
    meter = RateMeter()
    for index in range(61):
        meter.tick(index * NS_PER_SECOND // 30)
    silence = [meter.rate(2 * NS_PER_SECOND + ms * NS_PER_MS) for ms in range(0, 2200, 100)]
    assert silence[0] == pytest.approx(30.0)
    assert all(later <= earlier for earlier, later in pairwise(silence))
    assert silence[5] < 26.0
    assert silence[10] < 16.0
    assert silence[-1] == 0.0


def test_it_comes_back_after_a_stall() -> None:
    meter = RateMeter()
    for start in (0, 60 * NS_PER_SECOND):
        for index in range(20):
            meter.tick(start + index * 50 * NS_PER_MS)
    assert meter.rate(60 * NS_PER_SECOND + 950 * NS_PER_MS) == pytest.approx(20.0)


def test_a_reset_forgets_ticks_but_not_the_total() -> None:
    meter = RateMeter()
    meter.tick(0)
    meter.tick(NS_PER_MS)
    meter.reset()
    assert (meter.rate(NS_PER_MS), meter.total) == (0.0, 2)
    meter.tick(0)


@given(st.lists(st.integers(0, NS_PER_SECOND), max_size=80), st.integers(0, 4 * NS_PER_SECOND))
def test_any_ticks_give_a_finite_rate(steps: list[int], wait: int) -> None:
    meter = RateMeter()
    now_ns = 0
    for step in steps:
        now_ns += step
        meter.tick(now_ns)
    assert 0.0 <= meter.rate(now_ns + wait) < float("inf")


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError, match="window"):
        RateMeter(0)
    meter = RateMeter()
    meter.tick(5)
    with pytest.raises(ValueError, match="backwards"):
        meter.tick(4)
