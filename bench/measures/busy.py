"""The whole chain beside one other busy core: a second process that burns torch. Does it hold, and does it say so?"""

from dataclasses import dataclass
from typing import Final

from app.report_schema import ReportedQuality
from bench.context import WARM_UP_S, Bench, Performance
from bench.figures import Better, Figure, Row, at_least, at_most, measured
from bench.harness.processes import helper
from bench.reading import Window

COMMAND: Final = "hardcut bench --only busy"
OUTPUT: Final = "Hardcut Bench"


@dataclass(frozen=True, slots=True)
class BusyRun:
    """One run beside a burner, and what happened in it after the warm-up."""

    performance: Performance
    window: Window

    @property
    def quality(self) -> tuple[ReportedQuality, ...]:
        """How simplified the picture was from the first frame's warm-up on, the state before it included."""
        told = self.performance.report.quality
        begin_s = (self.performance.report.first_frame_s or 0.0) + WARM_UP_S
        before = [one for one in told if one.t_s < begin_s]
        return (*before[-1:], *(one for one in told if one.t_s >= begin_s))


FIGURES: Final[tuple[Row[BusyRun], ...]] = (
    Row(
        id="busy.pipeline_fps",
        label="pipeline beside one other busy core",
        unit="FPS",
        value=lambda run: run.window.pipeline_fps,
        goal=at_least(24),
        better=Better.HIGHER,
    ),
    Row(
        id="busy.deadline_error_p99",
        label="error against deadline there, p99",
        unit="ms",
        value=lambda run: run.window.deadline_error_p99_ms,
        goal=at_most(1),
        digits=2,
    ),
    Row(
        id="busy.repeated",
        label="repeated frames there",
        unit="%",
        value=lambda run: run.window.repeated_percent,
        digits=2,
    ),
    Row(
        id="busy.steps",
        label="steps of quality taken there, at most",
        unit="",
        value=lambda run: max((len(one.taken) for one in run.quality), default=0),
        digits=0,
    ),
    Row(
        id="busy.untold",
        label="steps taken without a reason told",
        unit="",
        value=lambda run: sum(bool(one.taken) and not one.reason for one in run.quality),
        goal=at_most(0),
        digits=0,
    ),
)


def measure(bench: Bench) -> list[Figure]:
    """Run the program as often as asked for, each time beside a burner."""
    runs = []
    for number in range(bench.repeats):
        bench.report(f"busy, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s")
        receiver, burner = helper("probes.receiver", "--source", OUTPUT), helper("probes.burner")
        with bench.child(receiver), bench.child(burner):
            arguments = ("--headless", "--source", "stage", "--midi", "none", "--output-name", OUTPUT)
            performance = bench.perform(arguments, bench.seconds)
        runs.append(BusyRun(performance, performance.measured(bench.seconds)))
        for one in runs[-1].quality:
            bench.report(f"at {one.t_s:.0f} s {len(one.taken)} of {one.offered} steps: {one.reason or 'full quality'}")
    return measured(FIGURES, runs, COMMAND)
