"""The arithmetic on the program's own report."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.reading import BenchError, Sample, growth_percent, read_report, window
from engine.clock import NS_PER_SECOND


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
    return Sample(**values | changes)


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


def document() -> dict[str, Any]:
    fields = {name: getattr(sample(1), name) for name in Sample.__dataclass_fields__}
    return {
        "samples": [fields | {"input_fps": 30.0, "later_addition": 1}],
        "cuts": [{"t_s": 3.5, "scene": "Noir", "origin": "midi", "ns": 90_000_000, "armed": True, "late_ns": None}],
        "first_frame_s": 1.5,
        "machine": {"cpu": "any"},
        "told": [[0.5, "source stage: live"]],
        "final": None,
    }


def test_a_report_is_read_whatever_else_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document()))
    report = read_report(path)
    assert report.samples == (sample(1),)
    assert [(cut.scene, cut.ns, cut.armed) for cut in report.cuts] == [("Noir", 90_000_000, True)]
    assert (report.first_frame_s, report.told, report.gui) == (1.5, ("source stage: live",), {})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"samples": [{}], "cuts": []}'])
def test_a_damaged_report_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(BenchError, match=r"report\.json"):
        read_report(path)


def test_a_missing_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="No such file"):
        read_report(tmp_path / "none.json")
