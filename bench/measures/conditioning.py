"""Control maps: what each costs, and how near depth and matte come to the stage's truth."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, Row, at_least, at_most, measured
from bench.harness.probing import answer
from bench.harness.processes import helper

COMMAND: Final = "hardcut bench --only conditioning"
OUTPUT: Final = "Hardcut Bench"
_ROOT: Final = Path(__file__).resolve().parents[2]
FRAMES: Final = 150

SECONDS: Final = 60.0
GOALS_MS: Final = {"cues": 3.0, "edges": 2.0, "soft-edges": 2.0, "depth-edges": 6.0, "matte": 6.0}
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
    """Make the maps of the stage, its own depth left out; then play beside one that sleeps, and beside none."""
    runs: list[Any] = []
    for number in range(bench.repeats):
        bench.report(f"conditioning, run {number + 1} of {bench.repeats}: {FRAMES} pictures, {SECONDS:.0f} s of truth")
        with bench.child(helper("probes.conditioning", str(FRAMES), str(SECONDS))) as child:
            runs.append(answer(child, "The control maps could not be measured"))
    maps = measured(tuple(_rows(runs[0]["times"])), runs, COMMAND)
    return [*maps, *measured(SLEEPING, [_beside_sleeper(bench, number) for number in range(bench.repeats)], COMMAND)]


@dataclass(frozen=True, slots=True)
class Pair:
    """Pipeline rates: without any map, and with an estimator that sleeps a second over each frame."""

    without: float
    sleeping: float


SLEEPING: Final[tuple[Row[Pair], ...]] = (
    Row(
        id="conditioning.sleeping",
        label="pipeline beside an estimator that sleeps a second, against none",
        unit="%",
        value=lambda pair: 100.0 * (pair.sleeping / pair.without - 1.0),
        goal=at_least(-3),
        better=Better.HIGHER,
    ),
)


def _beside_sleeper(bench: Bench, number: int) -> Pair:
    """Run the program twice, each time with an estimator of a plug-in that is installed for it alone."""
    rates = {}
    with tempfile.TemporaryDirectory(prefix="hc-") as place:
        info = Path(place) / "hardcut_bench_estimators-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hardcut-bench-estimators\nVersion: 1\n")
        (info / "entry_points.txt").write_text(
            "[hardcut.depth]\nsleeper = bench.probes.estimators:SLEEPER\nnothing = bench.probes.estimators:NOTHING\n"
        )
        for name in ("nothing", "sleeper"):
            bench.report(f"conditioning, {name}, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s")
            with bench.child(helper("probes.receiver", "--source", OUTPUT)):
                arguments = ("--headless", "--source", "stage", "--midi", "none", "--depth", name)
                performance = bench.perform(
                    (*arguments, "--output-name", OUTPUT),
                    bench.seconds,
                    extra={"PYTHONPATH": os.pathsep.join((place, str(_ROOT)))},
                )
            rates[name] = performance.measured(bench.seconds).pipeline_fps
    return Pair(rates["nothing"], rates["sleeper"])
