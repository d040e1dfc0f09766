"""Pictures between generated pictures: how much better moved ones are than blended ones, and what they cost."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, Goal, Row, at_least, at_most, measured, percentile
from bench.harness.probing import answer
from bench.harness.processes import helper

COMMAND: Final = "hardcut bench --only interpolation"
PAIRS: Final = 120

LEAST_GAIN_DB: Final = 3.0
LONGEST_FLOW_MS: Final = 6.0


def _gain(run: Any) -> float:
    return float(run["decibels"]["motion"] - run["decibels"]["blend"])


def _quality(way: str, run: Any) -> float:
    return float(run["decibels"][way])


def _time(part: str, run: Any) -> float:
    return percentile(run["times"][part], 50)


def _row(name: str, label: str, unit: str, value: Callable[[Any], float], goal: Goal | None = None) -> Row[Any]:
    better = Better.HIGHER if unit == "dB" else Better.LOWER
    return Row(id=f"interpolation.{name}", label=label, unit=unit, value=value, goal=goal, digits=2, better=better)


FIGURES: Final[tuple[Row[Any], ...]] = (
    _row("gain", "motion over blend, PSNR", "dB", _gain, at_least(LEAST_GAIN_DB)),
    _row("motion", "motion, PSNR", "dB", partial(_quality, "motion")),
    _row("blend", "blend, PSNR", "dB", partial(_quality, "blend")),
    _row("flow", "CPU time of a flow, both ways", "ms", partial(_time, "flow"), at_most(LONGEST_FLOW_MS)),
    _row("picture", "CPU time of a moved picture, its flow apart", "ms", partial(_time, "picture")),
    _row("mix", "CPU time of a blended picture", "ms", partial(_time, "blend")),
)


def measure(bench: Bench) -> list[Figure]:
    """Leave out every second frame of the stage at 60 a second, and make it from its neighbours."""
    runs: list[Any] = []
    for number in range(bench.repeats):
        bench.report(f"interpolation, run {number + 1} of {bench.repeats}: {PAIRS} pictures")
        with bench.child(helper("probes.interpolation", str(PAIRS))) as child:
            runs.append(answer(child, "The interpolation could not be measured"))
    return measured(FIGURES, runs, COMMAND)
