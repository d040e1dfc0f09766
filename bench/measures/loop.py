"""What the program around a model costs it: the whole show, the model by itself and the bare model, by turns."""

import statistics
from functools import partial
from typing import Final

from bench.context import Bench
from bench.figures import Better, Figure, Row, at_least, measured
from bench.harness.probing import answer
from bench.harness.processes import helper
from bench.measures.model import require_model

COMMAND: Final = "hardcut bench --only loop --generator NAME"
GOAL: Final = at_least(0.95)

Rates = dict[str, list[float]]
"""Frames a second of every turn, by way: see `bench.probes.loop`."""

NOTE: Final = "the bare model has depth, but no input picture, and no chunk is waited for before the next is launched"


def share(rates: Rates, way: str) -> float:
    """Return what the show makes of another way, the median of the rounds."""
    return statistics.median(show / other for show, other in zip(rates["show"], rates[way], strict=True))


def _rate(rates: Rates, way: str) -> float:
    return statistics.median(rates[way])


FIGURES: Final[tuple[Row[Rates], ...]] = (
    *(
        Row(
            id=f"loop.{way}",
            label=label,
            unit="FPS",
            value=partial(_rate, way=way),
            better=Better.HIGHER,
            note=NOTE if way == "bare" else "",
        )
        for way, label in (
            ("show", "the whole show, never waiting for its output"),
            ("alone", "the model alone, every chunk waited for"),
            ("bare", "the bare model, with depth"),
        )
    ),
    Row(
        id="loop.share",
        label="what the show makes of the model alone",
        unit="",
        value=lambda rates: share(rates, "alone"),
        goal=GOAL,
        digits=3,
        better=Better.HIGHER,
    ),
    Row(
        id="loop.share_of_bare",
        label="what it makes of the bare model",
        unit="",
        value=lambda rates: share(rates, "bare"),
        goal=GOAL,
        digits=3,
        better=Better.HIGHER,
    ),
)


def measure(bench: Bench) -> list[Figure]:
    """Play them as often as asked for.

    Raises:
        BenchError: no model is named, or it could not be played.
    """
    require_model(bench)
    runs: list[Rates] = []
    for number in range(bench.repeats):
        bench.report(f"loop, run {number + 1} of {bench.repeats}")
        with bench.child(helper("probes.loop", bench.generator, str(bench.seconds), bench.gpus)) as child:
            runs.append(answer(child, "The show and its model could not be played"))
    return measured(FIGURES, runs, COMMAND)
