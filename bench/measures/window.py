"""The same with the window open on a virtual screen of 1280×800."""

from typing import Final

from bench.context import Bench
from bench.figures import Better, Figure, Row, around, at_least, at_most, measured, unmeasured
from bench.harness.processes import helper
from bench.harness.screen import VirtualScreen
from bench.measures.headless import OUTPUT, ChainRun
from bench.reading import MissingPartError

COMMAND: Final = "hardcut bench --only window"

FIGURES: Final[tuple[Row[ChainRun], ...]] = (
    Row(
        id="window.output_fps",
        label="with the window: output",
        unit="FPS",
        value=lambda run: run.window.output_fps,
        goal=around(30, 0.1),
        digits=2,
        better=Better.HIGHER,
    ),
    Row(
        id="window.pipeline_fps",
        label="with the window: pipeline",
        unit="FPS",
        value=lambda run: run.window.pipeline_fps,
        goal=at_least(30),
        better=Better.HIGHER,
    ),
    Row(
        id="window.lagged",
        label="with the window: lagged frames",
        unit="",
        value=lambda run: run.window.lagged,
        digits=0,
    ),
    Row(
        id="window.repeated",
        label="with the window: repeated frames",
        unit="%",
        value=lambda run: run.window.repeated_percent,
        digits=2,
    ),
    Row(
        id="window.seen",
        label="start of process to a window",
        unit="s",
        value=lambda run: gui.seen_s if (gui := run.performance.report.gui) else None,
        goal=at_most(1.5),
        digits=2,
    ),
    Row(
        id="window.longest_call_ms",
        label="longest call on the window's thread",
        unit="ms",
        value=lambda run: gui.longest_call_ms if (gui := run.performance.report.gui) else None,
        goal=at_most(16),
    ),
    Row(
        id="window.longest_stall_ms",
        label="latest tick of the window's thread",
        unit="ms",
        value=lambda run: gui.longest_stall_ms if (gui := run.performance.report.gui) else None,
    ),
)


def measure(bench: Bench) -> list[Figure]:
    """Run the program as often as asked for, each time on a screen of its own."""
    runs = []
    try:
        for number in range(bench.repeats):
            bench.report(f"window, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s")
            with (
                VirtualScreen(bench.workplace, bench.namespace) as screen,
                bench.child(helper("probes.receiver", "--source", OUTPUT)),
            ):
                arguments = ("--source", "stage", "--midi", "none", "--output-name", OUTPUT)
                performance = bench.perform(arguments, bench.seconds, screen.environment())
            runs.append(ChainRun(performance, performance.measured(bench.seconds)))
    except MissingPartError as error:
        return [unmeasured(one.id, one.label, one.unit, one.goal, COMMAND, str(error)) for one in FIGURES[:2]]
    return measured(FIGURES, runs, COMMAND)
