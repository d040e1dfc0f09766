"""Control maps: what each costs, and how near depth and matte come to the stage's truth."""

import json
from statistics import fmean
from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, Goal, at_least, at_most
from bench.harness.processes import helper
from bench.reading import BenchError

COMMAND: Final = "hardcut bench --only conditioning"
FRAMES: Final = 300

GOALS_MS: Final = {"cues": 3.0, "edges": 2.0, "soft-edges": 2.0, "depth-edges": 6.0}
LEAST_WHOLE: Final = 0.8
LEAST_OVERLAP: Final = 0.7
LABELS: Final = {"cues": "image cues", "person-depth": "image cues and a person"}


def measure(bench: Bench) -> list[Figure]:
    """Make every map of ten seconds of the stage, its own depth left out."""
    runs: list[Any] = []
    for number in range(bench.repeats):
        bench.report(f"conditioning, run {number + 1} of {bench.repeats}: {FRAMES} pictures")
        with bench.child(helper("probes.conditioning", str(FRAMES))) as child:
            line = child.line()
            if not line:
                raise BenchError("The control maps could not be measured", where=child.last_error_line())
            runs.append(json.loads(line))
    figures = []
    for name in runs[0]["times"]:
        # The mean: of maps with a person, only every third costs what the model costs.
        values = tuple(fmean(run["times"][name]) for run in runs)
        goal = at_most(GOALS_MS[name]) if name in GOALS_MS else None
        figures.append(_figure(f"cpu.{name}", f"CPU time of a map, {name}", "ms", values, goal))
    for name, label in LABELS.items():
        for part in ("whole", "inside"):
            values = tuple(run["truth"][name][part] for run in runs)
            goal = at_least(LEAST_WHOLE) if (name, part) == ("person-depth", "whole") else None
            where = "the whole picture" if part == "whole" else "inside the dancer"
            text = f"rank correlation with true depth, {where}, {label}"
            figures.append(_figure(f"truth.{name}.{part}", text, "", values, goal, Better.HIGHER))
    overlap = tuple(run["overlap"] for run in runs)
    text = "overlap of the matte with the dancer's true outline"
    figures.append(_figure("matte.overlap", text, "", overlap, at_least(LEAST_OVERLAP), Better.HIGHER))
    return figures


def _figure(
    name: str,
    label: str,
    unit: str,
    values: tuple[float, ...],
    goal: Goal | None = None,
    better: Better = Better.LOWER,
) -> Figure:
    return Figure(
        id=f"conditioning.{name}",
        label=label,
        unit=unit,
        values=values,
        goal=goal,
        digits=2,
        command=COMMAND,
        better=better,
    )
