"""The whole chain without a window, with one NDI receiver connected so that conversion and sending are paid for."""

from dataclasses import dataclass
from typing import Final

from bench.context import Bench, Performance
from bench.figures import Better, Figure, Row, at_least, at_most, measured
from bench.harness.processes import helper
from bench.reading import Window, growth_percent

COMMAND: Final = "hardcut bench --only headless"
OUTPUT: Final = "Hardcut Bench"
EARLY_S, LATE_S = 10.0, 60.0
"""Between these two moments resident memory may grow by five per cent."""


@dataclass(frozen=True, slots=True)
class ChainRun:
    """One run of the program with a source, and what happened in it after the warm-up."""

    performance: Performance
    window: Window

    @property
    def memory_mib(self) -> float:
        """Resident, while everything still runs: at the very end the output process has gone."""
        return self.performance.memory[-3:][0][1] / 2**20

    @property
    def shared_once_mib(self) -> float | None:
        """Resident, with pages that several processes share counted once."""
        end_s = self.performance.memory[-3:][0][0]
        while_running = [size for at_s, size in self.performance.shared_once if at_s <= end_s]
        return while_running[-1] / 2**20 if while_running else None


FIGURES: Final[tuple[Row[ChainRun], ...]] = (
    Row(
        id="headless.pipeline_fps",
        label="headless pipeline",
        unit="FPS",
        value=lambda run: run.window.pipeline_fps,
        goal=at_least(30),
        better=Better.HIGHER,
    ),
    Row(
        id="headless.output_fps",
        label="headless output",
        unit="FPS",
        value=lambda run: run.window.output_fps,
        digits=2,
        better=Better.HIGHER,
    ),
    Row(
        id="headless.lagged",
        label="lagged frames",
        unit="",
        value=lambda run: run.window.lagged,
        goal=at_most(0),
        digits=0,
    ),
    Row(
        id="headless.repeated",
        label="repeated frames",
        unit="%",
        value=lambda run: run.window.repeated_percent,
        goal=at_most(1),
        digits=2,
    ),
    Row(
        id="headless.deadline_error_p99",
        label="error against deadline, p99",
        unit="ms",
        value=lambda run: run.window.deadline_error_p99_ms,
        goal=at_most(3),
        digits=2,
    ),
    Row(
        id="headless.first_frame",
        label="start of process to first frame",
        unit="s",
        value=lambda run: run.performance.report.first_frame_s,
        goal=at_most(2.5),
        digits=2,
    ),
    Row(
        id="headless.memory",
        label="resident memory, all processes",
        unit="MiB",
        value=lambda run: run.memory_mib,
        goal=at_most(450),
        digits=0,
    ),
    Row(
        id="headless.memory.shared_once",
        label="the same, pages that they share counted once",
        unit="MiB",
        value=lambda run: run.shared_once_mib,
        digits=0,
    ),
    Row(
        id="headless.latency",
        label="input to output as the program sees it, median",
        unit="ms",
        value=lambda run: run.window.latency_ms,
    ),
    Row(
        id="headless.chunk",
        label="time for a chunk, median",
        unit="ms",
        value=lambda run: run.window.chunk_ms,
    ),
)


def measure(bench: Bench) -> list[Figure]:
    """Run the program as often as asked for."""
    runs = []
    for number in range(bench.repeats):
        bench.report(f"headless, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s")
        with bench.child(helper("probes.receiver", "--source", OUTPUT)):
            arguments = ("--headless", "--source", "stage", "--midi", "none", "--output-name", OUTPUT)
            performance = bench.perform(arguments, bench.seconds)
        runs.append(ChainRun(performance, performance.measured(bench.seconds)))
    late_s = min(LATE_S, min(run.performance.memory[-1][0] for run in runs) - 2)
    return measured((*FIGURES, _growth(late_s)), runs, COMMAND)


def _growth(late_s: float) -> Row[ChainRun]:
    """Return how memory grew until `late_s`: the end of the shortest run, or a minute."""
    whole = late_s >= LATE_S
    return Row(
        id="headless.memory_growth",
        label=f"resident memory, {late_s:.0f} s against {EARLY_S:.0f} s",
        unit="%",
        value=lambda run: growth_percent(run.performance.memory, EARLY_S, late_s),
        goal=at_most(5) if whole else None,
        note="" if whole else "the run was too short: the figure is wanted at 60 s",
    )
