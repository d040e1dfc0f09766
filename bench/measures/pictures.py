"""Pictures of every scene on every set of the stage, as contact sheets, and what can be counted in them."""

import json
from collections.abc import Callable, Sequence
from typing import Final

from bench.context import Bench
from bench.figures import Better, Figure, Goal, at_most
from bench.harness.processes import helper
from bench.picture_measures import PictureMeasures, SceneFigures
from bench.reading import BenchError
from engine.session.plain import from_plain
from engine.sources.stage_sets import WORDS, StageSet

COMMAND: Final = "hardcut bench --only pictures"


def measure(bench: Bench) -> list[Figure]:
    """Play every scene on every set once: it is the same each time."""
    bench.report("pictures: every scene on every set of the stage, moving and held; about a minute")
    folder = bench.pictures.resolve()
    with bench.child(helper("probes.pictures", str(folder))) as child:
        line = child.line()
        if not line:
            raise BenchError("The scenes could not be played", where=child.last_error_line())
    found = from_plain(PictureMeasures, json.loads(line))
    for path in found.sheets:
        bench.report(f"written: {path}")
    return figures(found)


def figures(found: PictureMeasures) -> list[Figure]:
    """Return the figures of each set: the worst step, the worst flicker, and each scene's silhouette."""
    rows: list[Figure] = []
    for chosen in StageSet:
        played = [one for one in found.scenes if one.chosen is chosen]
        rows += (
            _worst(played, "boundary", "step across a chunk boundary, of one inside", "×", at_most(1.05), _boundary),
            _worst(played, "flicker", "flicker on a still input, grey levels", "", at_most(1), _flicker),
            *map(_edges, played),
        )
    return rows


def _id(chosen: StageSet, *words: str) -> str:
    """Return a figure's id; the stage itself is not named in it."""
    return ".".join(word for word in ("pictures", chosen.value, *words) if word)


def _edges(one: SceneFigures) -> Figure:
    """Return how much of the silhouette is found; without a value where there is none."""
    return Figure(
        id=_id(one.chosen, "edges", one.scene.lower().replace(" ", "-")),
        label=f"{WORDS[one.chosen].label}, {one.scene}: silhouette found",
        unit="%",
        values=() if one.found is None else (100.0 * one.found.recall,),
        digits=0,
        command=COMMAND,
        better=Better.HIGHER,
        note="no figure on this set" if one.found is None else f"by chance {100.0 * one.found.chance:.0f} %",
    )


def _worst(
    played: Sequence[SceneFigures],
    kind: str,
    label: str,
    unit: str,
    goal: Goal,
    value: Callable[[SceneFigures], float],
) -> Figure:
    """Return the scene of a set with the worst value."""
    worst = max(played, key=value)
    return Figure(
        id=_id(worst.chosen, kind),
        label=f"{WORDS[worst.chosen].label}: {label}, worst scene",
        unit=unit,
        values=(value(worst),),
        goal=goal,
        digits=2,
        command=COMMAND,
        note=worst.scene,
    )


def _boundary(one: SceneFigures) -> float:
    return one.boundary


def _flicker(one: SceneFigures) -> float:
    return one.flicker
