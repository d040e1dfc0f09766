"""The arithmetic on the program's own report."""

from dataclasses import fields
from typing import Any

import pytest

from app.report_schema import Sample
from bench.reading import BenchError, growth_percent, window
from engine.clock import NS_PER_SECOND
from engine.messages.stats import Stats

ZERO: dict[str, Any] = {
    name: 0.0 if name.endswith("fps") else 0 for name in (one.name for one in fields(Stats)) if name != "at_ns"
}


def sample(second: int, **changes: int) -> Sample:
    """A steady program: 28 frames made, 30 sent, one repeated a second."""
    values: dict[str, Any] = {
        "t_s": float(second),
        "at_ns": 100 * NS_PER_SECOND + second * NS_PER_SECOND,
        "frames": 28 * second,
        "output_frames": 30 * second,
        "lagged": 0,
        "repeated": second,
        "skipped": 0,
        "deadline_error_ns": 100_000,
        "latency_ns": 120_000_000,
        "chunk_ns": 30_000_000,
        "memory_bytes": 1 << 28,
    }
    return Sample(**ZERO | values | changes)


def test_rates_come_from_counts_and_real_time() -> None:
    seen = window([sample(second) for second in range(100)], 10, 70)
    assert (seen.seconds, seen.pipeline_fps, seen.output_fps) == (60, 28, 30)
    assert (seen.repeated, seen.output_frames) == (60, 1800)
    assert seen.repeated_percent == pytest.approx(100 / 30)
    assert (seen.latency_ms, seen.chunk_ms) == (120, 30)


def test_what_happened_while_warming_up_does_not_count() -> None:
    samples = [sample(0), *(sample(second, lagged=7) for second in range(1, 20))]
    assert window(samples, 5, 20).lagged == 0


def test_the_error_is_the_worst_of_the_half_minutes() -> None:
    samples = [sample(second, deadline_error_ns=9_000_000 if 25 <= second <= 45 else 1) for second in range(71)]
    assert window(samples, 10, 70).deadline_error_p99_ms == 9


def test_an_error_of_the_warm_up_is_left_out_as_soon_as_it_can_be() -> None:
    samples = [sample(second, deadline_error_ns=9_000_000 if second < 35 else 1) for second in range(71)]
    assert window(samples, 5, 70).deadline_error_p99_ms < 1


@pytest.mark.parametrize("seconds", [[], [12]])
def test_a_run_that_ended_too_early_is_no_measurement(seconds: list[int]) -> None:
    with pytest.raises(BenchError, match="before there was anything"):
        window([sample(second) for second in seconds], 10, 20)


def test_growth_is_taken_between_medians() -> None:
    series = [(float(second), 100.0) for second in range(30)] + [(float(second), 104.0) for second in range(30, 63)]
    series[60] = (60.0, 500.0)
    assert growth_percent(series, 10, 60) == pytest.approx(4)
    assert growth_percent(series, 10, 90) is None
