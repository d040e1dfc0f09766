"""Pictures of every scene on every set of the stage, as contact sheets, and what can be counted in them."""

import json
from collections.abc import Callable, Iterator, Sequence
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
            *_edges(chosen, played),
        )
    return rows


def _id(chosen: StageSet, *words: str) -> str:
    """Return a figure's id; the stage itself is not named in it."""
    return ".".join(word for word in ("pictures", chosen.value, *words) if word)


def _edges(chosen: StageSet, played: Sequence[SceneFigures]) -> Iterator[Figure]:
    """Return how much of the silhouette each scene shows; one without a value where there is none to be found."""
    name = WORDS[chosen].label
    if not any(one.found for one in played):
        yield _share(_id(chosen, "edges"), f"{name}: silhouette found", (), "no figure on this set")
    for one in played:
        if one.found is not None:
            id_ = _id(chosen, "edges", one.scene.lower().replace(" ", "-"))
            note = f"by chance {100.0 * one.found.chance:.0f} %"
            yield _share(id_, f"{name}, {one.scene}: silhouette found", (100.0 * one.found.recall,), note)


def _share(id_: str, label: str, values: tuple[float, ...], note: str) -> Figure:
    return Figure(
        id=id_, label=label, unit="%", values=values, digits=0, command=COMMAND, better=Better.HIGHER, note=note
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
