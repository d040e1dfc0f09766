"""The same with the window open on a virtual screen of 1280×800."""

from functools import partial
from typing import Final

from bench.context import Bench, Performance
from bench.figures import Figure, around, at_least, at_most, unmeasured
from bench.harness.processes import helper
from bench.harness.screen import VirtualScreen
from bench.measures.headless import OUTPUT
from bench.reading import MissingPartError

COMMAND: Final = "hardcut bench --only window"
OUTPUT_GOAL, PIPELINE_GOAL = around(30, 0.1), at_least(24)
GUI_FIGURES: Final = (
    ("longest_call_ms", "longest call on the window's thread", at_most(16)),
    ("longest_stall_ms", "latest tick of the window's thread", None),
)
"""What the report's part "gui" may hold."""


def measure(bench: Bench) -> list[Figure]:
    """Run the program as often as asked for, each time on a screen of its own."""
    runs: list[Performance] = []
    try:
        for number in range(bench.repeats):
            bench.tell(f"window, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s")
            with (
                VirtualScreen(bench.workplace, bench.namespace) as screen,
                bench.child(helper("probes.receiver", "--source", OUTPUT)),
            ):
                arguments = ("--source", "stage", "--midi", "none", "--output-name", OUTPUT)
                runs.append(bench.perform(arguments, bench.seconds, screen.environment()))
    except MissingPartError as error:
        return [
            unmeasured("window.output_fps", "with the window: output", "FPS", OUTPUT_GOAL, COMMAND, str(error)),
            unmeasured("window.pipeline_fps", "with the window: pipeline", "FPS", PIPELINE_GOAL, COMMAND, str(error)),
        ]
    windows = [run.measured(bench.seconds) for run in runs]

    figure = partial(Figure, command=COMMAND)
    figures = [
        figure(
            id="window.output_fps",
            label="with the window: output",
            unit="FPS",
            values=tuple(window.output_fps for window in windows),
            goal=OUTPUT_GOAL,
            digits=2,
        ),
        figure(
            id="window.pipeline_fps",
            label="with the window: pipeline",
            unit="FPS",
            values=tuple(window.pipeline_fps for window in windows),
            goal=PIPELINE_GOAL,
        ),
        figure(
            id="window.lagged",
            label="with the window: lagged frames",
            unit="",
            values=tuple(float(window.lagged) for window in windows),
            digits=0,
        ),
        figure(
            id="window.repeated",
            label="with the window: repeated frames",
            unit="%",
            values=tuple(window.repeated_percent for window in windows),
            digits=2,
        ),
    ]
    for key, label, goal in GUI_FIGURES:
        values = tuple(float(run.report.gui[key]) for run in runs if key in run.report.gui)
        if values:
            figures.append(figure(id=f"window.{key}", label=label, unit="ms", values=values, goal=goal))
    return figures
