"""Reads the program's report, by the types it is written by, and does arithmetic on it: rates from counts alone."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.report_schema import ReportDocument, Sample, load_report
from engine.clock import NS_PER_SECOND
from engine.documents import is_missing
from engine.errors import EngineError

ERROR_MEMORY_NS = 30 * NS_PER_SECOND
"""How far back a sample's deadline_error_ns looks; see engine.output.status."""


class BenchError(EngineError):
    """A measurement that could not be made."""


class MissingPartError(BenchError):
    """A measurement needs something that this machine does not have."""


def read_report(path: Path) -> ReportDocument:
    """Read a report.

    Raises:
        BenchError: it is not there.
        ReportError: it is not as it should be, or of another version of the program.
    """
    if is_missing(path):
        raise BenchError("The program left no report", where=str(path))
    return load_report(path)


@dataclass(frozen=True, slots=True)
class Window:
    """Figures between two samples.

    Attributes:
        deadline_error_p99_ms: the largest 99th percentile of the half minutes in between; that of the
            whole cannot be larger.
    """

    seconds: float
    pipeline_fps: float
    output_fps: float
    lagged: int
    repeated: int
    output_frames: int
    deadline_error_p99_ms: float
    latency_ms: float
    chunk_ms: float

    @property
    def repeated_percent(self) -> float:
        """Return the output frames that were repeated for want of a new one, in percent."""
        return 100.0 * self.repeated / self.output_frames if self.output_frames else 0.0


def window(samples: Sequence[Sample], begin_s: float, end_s: float) -> Window:
    """Return the figures from the first sample at or after begin_s to the last at or before end_s.

    Raises:
        BenchError: fewer than two samples lie in between.
    """
    inside = [sample for sample in samples if begin_s <= sample.t_s <= end_s]
    if len(inside) < 2:
        raise BenchError(f"The program ended before there was anything to measure from {begin_s:.0f} to {end_s:.0f} s")
    first, last = inside[0], inside[-1]
    seconds = (last.at_ns - first.at_ns) / NS_PER_SECOND
    return Window(
        seconds=seconds,
        pipeline_fps=(last.frames - first.frames) / seconds,
        output_fps=(last.output_frames - first.output_frames) / seconds,
        lagged=last.lagged - first.lagged,
        repeated=last.repeated - first.repeated,
        output_frames=last.output_frames - first.output_frames,
        deadline_error_p99_ms=max(sample.deadline_error_ns for sample in _disjoint(inside)) / 1e6,
        latency_ms=statistics.median([sample.latency_ns for sample in inside]) / 1e6,
        chunk_ms=statistics.median([sample.chunk_ns for sample in inside]) / 1e6,
    )


def _disjoint(samples: Sequence[Sample]) -> list[Sample]:
    """Return the last sample, the one half a minute before it, and so on: each covers the time since the one before.

    One that would tell of the time before the first sample too is left out, unless it is the last.
    """
    chosen = [samples[-1]]
    for sample in reversed(samples):
        told_since_ns = sample.at_ns - ERROR_MEMORY_NS
        if chosen[-1].at_ns - sample.at_ns >= ERROR_MEMORY_NS and told_since_ns >= samples[0].at_ns:
            chosen.append(sample)
    return chosen


def growth_percent(series: Sequence[tuple[float, float]], early_s: float, late_s: float) -> float | None:
    """Return by how much a series of (seconds, value) grew from early_s to late_s, in percent.

    Each end is the median of what was measured within two seconds of it; None where nothing was.
    """
    ends: list[float] = []
    for instant_s in (early_s, late_s):
        near = [value for at_s, value in series if abs(at_s - instant_s) <= 2.0]
        if not near:
            return None
        ends.append(statistics.median(near))
    return 100.0 * (ends[1] - ends[0]) / ends[0]
