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
from bench.harness.stage_film import write_film

COMMAND: Final = "hardcut bench --only conditioning"
OUTPUT: Final = "Hardcut Bench"
_ROOT: Final = Path(__file__).resolve().parents[2]
FRAMES: Final = 150

SECONDS: Final = 60.0
GOALS_MS: Final = {"cues": 3.0, "edges": 2.0, "soft-edges": 2.0, "depth-edges": 6.0, "matte": 6.0}
LEAST_WHOLE: Final = 0.8
LEAST_OVERLAP: Final = 0.7
LABELS: Final = {"cues": "image cues", "person-depth": "image cues and a person"}
NOTHING, SLEEPER, WITH_PERSON = "nothing", "sleeper", "person-depth"
FILM_S: Final = 20.0
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
    """Make the maps of the stage, its own depth left out; then play beside a sleeper, a person's depth, and alone."""
    runs: list[Any] = []
    for number in range(bench.repeats):
        bench.report(f"conditioning, run {number + 1} of {bench.repeats}: {FRAMES} pictures, {SECONDS:.0f} s of truth")
        with bench.child(helper("probes.conditioning", str(FRAMES), str(SECONDS))) as child:
            runs.append(answer(child, "The control maps could not be measured"))
    film = bench.workplace.folder("films") / "camera.mp4"
    write_film(film, FILM_S)
    maps = measured(tuple(_rows(runs[0]["times"])), runs, COMMAND)
    sleeping = [_pair(bench, number, "stage", SLEEPER) for number in range(bench.repeats)]
    person = [_pair(bench, number, f"file:{film}", WITH_PERSON) for number in range(bench.repeats)]
    return [*maps, *measured(SLEEPING, sleeping, COMMAND), *measured(PERSON, person, COMMAND)]


@dataclass(frozen=True, slots=True)
class Pair:
    """Pipeline rates: without any map, and beside an estimator."""

    without: float
    beside: float

    @property
    def change(self) -> float:
        """Per cent that the rate is higher beside it."""
        return 100.0 * (self.beside / self.without - 1.0)


def _told(name: str, label: str) -> tuple[Row[Pair], ...]:
    return (
        Row(
            id=f"conditioning.{name}",
            label=label,
            unit="%",
            value=lambda pair: pair.change,
            goal=at_least(-3),
            better=Better.HIGHER,
        ),
    )


SLEEPING: Final = _told("sleeping", "pipeline beside an estimator that sleeps a second, against none")
PERSON: Final = _told("person", "pipeline of a camera's pictures beside depth with a person, against none")


def _pair(bench: Bench, number: int, source: str, estimator: str) -> Pair:
    """Run the program twice with a source; those of the plug-in's estimators are installed for it alone."""
    rates = {}
    with tempfile.TemporaryDirectory(prefix="hc-") as place:
        info = Path(place) / "hardcut_bench_estimators-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hardcut-bench-estimators\nVersion: 1\n")
        (info / "entry_points.txt").write_text(
            "[hardcut.depth]\nsleeper = bench.probes.estimators:SLEEPER\nnothing = bench.probes.estimators:NOTHING\n"
        )
        # By turns the one first and the other: what else the machine does weighs on both alike.
        names = (NOTHING, estimator) if number % 2 == 0 else (estimator, NOTHING)
        for name in names:
            bench.report(f"conditioning, {name}, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s")
            with bench.child(helper("probes.receiver", "--source", OUTPUT)):
                arguments = ("--headless", "--source", source, "--midi", "none", "--depth", name)
                performance = bench.perform(
                    (*arguments, "--output-name", OUTPUT),
                    bench.seconds,
                    extra={"PYTHONPATH": os.pathsep.join((place, str(_ROOT)))},
                )
            rates[name] = performance.measured(bench.seconds).pipeline_fps
    return Pair(rates[NOTHING], rates[estimator])
