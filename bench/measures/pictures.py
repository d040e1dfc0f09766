"""Pictures of every scene on the stage, as contact sheets, and what can be counted in them."""

import json
from collections.abc import Callable
from typing import Final

from bench.context import Bench
from bench.figures import Better, Figure, Goal, at_most
from bench.harness.processes import helper
from bench.picture_measures import PictureMeasures, SceneFigures
from bench.reading import BenchError
from engine.session.plain import from_plain

COMMAND: Final = "hardcut bench --only pictures"


def measure(bench: Bench) -> list[Figure]:
    """Play every scene once: it is the same each time."""
    bench.report("pictures: every scene on the stage, moving and held")
    folder = bench.pictures.resolve()
    with bench.child(helper("probes.pictures", str(folder))) as child:
        line = child.line()
        if not line:
            raise BenchError("The scenes could not be played", where=child.last_error_line())
    found = from_plain(PictureMeasures, json.loads(line))
    for path in found.sheets:
        bench.report(f"written: {path}")
    return [
        _worst(found, "boundary", "step across a chunk boundary, of one inside", "×", at_most(1.05), _boundary),
        _worst(found, "flicker", "flicker on a still input, grey levels", "", at_most(1), _flicker),
        *(
            Figure(
                id=f"pictures.edges.{one.scene.lower().replace(' ', '-')}",
                label=f"{one.scene}: silhouette found",
                unit="%",
                values=(100.0 * one.recall,),
                digits=0,
                command=COMMAND,
                better=Better.HIGHER,
                note=f"by chance {100.0 * one.chance:.0f} %",
            )
            for one in found.scenes
        ),
    ]


def _worst(
    found: PictureMeasures, kind: str, label: str, unit: str, goal: Goal, value: Callable[[SceneFigures], float]
) -> Figure:
    """Return the scene with the worst value."""
    worst = max(found.scenes, key=value)
    return Figure(
        id=f"pictures.{kind}",
        label=f"{label}, worst scene",
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
