"""The whole chain without a window, with one NDI receiver connected so that conversion and sending are paid for."""

from functools import partial
from typing import Final

from bench.context import Bench, Performance
from bench.figures import Figure, at_least, at_most
from bench.harness.processes import helper
from bench.reading import growth_percent

COMMAND: Final = "hardcut bench --only headless"
OUTPUT: Final = "Hardcut Bench"
EARLY_S, LATE_S = 10.0, 60.0
"""Between these two moments resident memory may grow by five per cent."""


def measure(bench: Bench) -> list[Figure]:
    """Run the program as often as asked for."""
    runs: list[Performance] = []
    seconds = max(bench.seconds, 1.0)
    for number in range(bench.repeats):
        bench.tell(f"headless, run {number + 1} of {bench.repeats}: {seconds:.0f} s")
        with bench.child(helper("probes.receiver", "--source", OUTPUT)):
            arguments = ("--headless", "--source", "stage", "--midi", "none", "--output-name", OUTPUT)
            runs.append(bench.perform(arguments, seconds))
    windows = [run.measured(seconds) for run in runs]
    late_s = min(LATE_S, min(run.memory[-1][0] for run in runs) - 2)
    growth = [growth_percent(run.memory, EARLY_S, late_s) for run in runs]
    starts = [run.report.first_frame_s for run in runs]

    figure = partial(Figure, command=COMMAND)
    return [
        figure(
            id="headless.pipeline_fps",
            label="headless pipeline",
            unit="FPS",
            values=tuple(window.pipeline_fps for window in windows),
            goal=at_least(30),
        ),
        figure(
            id="headless.output_fps",
            label="headless output",
            unit="FPS",
            values=tuple(window.output_fps for window in windows),
            digits=2,
        ),
        figure(
            id="headless.lagged",
            label="lagged frames",
            unit="",
            values=tuple(float(window.lagged) for window in windows),
            goal=at_most(0),
            digits=0,
        ),
        figure(
            id="headless.repeated",
            label="repeated frames",
            unit="%",
            values=tuple(window.repeated_percent for window in windows),
            goal=at_most(1),
            digits=2,
        ),
        figure(
            id="headless.deadline_error_p99",
            label="error against deadline, p99",
            unit="ms",
            values=tuple(window.deadline_error_p99_ms for window in windows),
            goal=at_most(3),
            digits=2,
        ),
        figure(
            id="headless.first_frame",
            label="start of process to first frame",
            unit="s",
            values=tuple(start for start in starts if start is not None),
            goal=at_most(5),
            digits=2,
        ),
        figure(
            id="headless.memory_growth",
            label=f"resident memory, {late_s:.0f} s against {EARLY_S:.0f} s",
            unit="%",
            values=tuple(share for share in growth if share is not None),
            goal=at_most(5) if late_s >= LATE_S else None,
            note="" if late_s >= LATE_S else "the run was too short: the figure is wanted at 60 s",
        ),
        figure(
            id="headless.memory",
            label="resident memory, all processes",
            unit="MiB",
            values=tuple(_last_memory(run) / 2**20 for run in runs),
            digits=0,
        ),
        figure(
            id="headless.latency",
            label="input to output as the program sees it, median",
            unit="ms",
            values=tuple(window.latency_ms for window in windows),
        ),
        figure(
            id="headless.chunk",
            label="time for a chunk, median",
            unit="ms",
            values=tuple(window.chunk_ms for window in windows),
        ),
    ]


def _last_memory(run: Performance) -> int:
    """While everything still runs: at the very end the output process has gone."""
    return run.memory[-3:][0][1]
