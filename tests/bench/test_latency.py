"""Matching what was sent with what was seen."""

import pytest

from bench.harness.picture_code import NUMBERS
from bench.measures.latency import SETTLE_S, match
from bench.reading import BenchError
from engine.clock import NS_PER_MS, NS_PER_SECOND

PERIOD_NS = NS_PER_SECOND // 30
DELAY_NS = 120 * NS_PER_MS
FRAMES = 3000
"""More than there are numbers: they wrap."""

SENT = [number * PERIOD_NS for number in range(FRAMES)]
RECEIVED = [at_ns + DELAY_NS for at_ns in SENT]
SEEN: list[int | None] = [number % NUMBERS for number in range(FRAMES)]


def test_each_number_is_timed_once_after_the_warm_up() -> None:
    latencies, share = match(SENT, RECEIVED, SEEN)
    assert set(latencies) == {120.0}
    assert len(latencies) == pytest.approx(FRAMES - SETTLE_S * 30, abs=1)
    assert share == 1


def test_a_repeated_picture_is_timed_when_it_first_came() -> None:
    received = sorted([*RECEIVED, *(at_ns + PERIOD_NS // 2 for at_ns in RECEIVED)])
    seen = [number for number in SEEN for _ in range(2)]
    latencies, _ = match(SENT, received, seen)
    assert set(latencies) == {120.0}


def test_unreadable_pictures_are_counted_and_left_out() -> None:
    seen = [None if index % 4 == 0 else number for index, number in enumerate(SEEN)]
    latencies, share = match(SENT, RECEIVED, seen)
    assert set(latencies) == {120.0}
    assert share == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("seen", [[], [None] * FRAMES, SEEN[:30]])
def test_no_reading_is_no_measurement(seen: list[int | None]) -> None:
    with pytest.raises(BenchError):
        match(SENT, RECEIVED[: len(seen)], seen)
