"""Control maps: what each costs, and how near depth and matte come to the stage's truth."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import product
from statistics import fmean
from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, Row, at_least, at_most, measured
from bench.harness.probing import answer
from bench.harness.processes import helper

COMMAND: Final = "hardcut bench --only conditioning"
FRAMES: Final = 300

GOALS_MS: Final = {"cues": 3.0, "edges": 2.0, "soft-edges": 2.0, "depth-edges": 6.0}
LEAST_WHOLE: Final = 0.8
LEAST_OVERLAP: Final = 0.7
LABELS: Final = {"cues": "image cues", "person-depth": "image cues and a person"}
PARTS: Final = {"whole": "the whole picture", "inside": "inside the dancer"}


def _cost(name: str, run: Any) -> float:
    return fmean(run["times"][name])  # of maps with a person, only every third costs what the model costs


def _nearness(name: str, part: str, run: Any) -> float:
    return float(run["truth"][name][part])


def _overlap(run: Any) -> float:
    return float(run["overlap"])


def _rows(maps: Iterable[str]) -> Iterator[Row[Any]]:
    for name in maps:
        goal = at_most(GOALS_MS[name]) if name in GOALS_MS else None
        label = f"CPU time of a map, {name}"
        yield Row(
            id=f"conditioning.cpu.{name}", label=label, unit="ms", value=partial(_cost, name), goal=goal, digits=2
        )
    for (name, label), (part, where) in product(LABELS.items(), PARTS.items()):
        yield Row(
            id=f"conditioning.truth.{name}.{part}",
            label=f"rank correlation with true depth, {where}, {label}",
            unit="",
            value=partial(_nearness, name, part),
            goal=at_least(LEAST_WHOLE) if (name, part) == ("person-depth", "whole") else None,
            digits=2,
            better=Better.HIGHER,
        )
    yield Row(
        id="conditioning.matte.overlap",
        label="overlap of the matte with the dancer's true outline",
        unit="",
        value=_overlap,
        goal=at_least(LEAST_OVERLAP),
        digits=2,
        better=Better.HIGHER,
    )


def measure(bench: Bench) -> list[Figure]:
    """Make every map of ten seconds of the stage, its own depth left out."""
    runs: list[Any] = []
    for number in range(bench.repeats):
        bench.report(f"conditioning, run {number + 1} of {bench.repeats}: {FRAMES} pictures")
        with bench.child(helper("probes.conditioning", str(FRAMES))) as child:
            runs.append(answer(child, "The control maps could not be measured"))
    return measured(tuple(_rows(runs[0]["times"])), runs, COMMAND)
