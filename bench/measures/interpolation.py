"""Pictures between generated pictures: how much better moved ones are than blended ones, and what they cost."""

import json
from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, Goal, at_least, at_most, percentile
from bench.harness.processes import helper
from bench.reading import BenchError

COMMAND: Final = "hardcut bench --only interpolation"
PAIRS: Final = 120

LEAST_GAIN_DB: Final = 3.0
LONGEST_FLOW_MS: Final = 6.0


def measure(bench: Bench) -> list[Figure]:
    """Leave out every second frame of the stage at 60 a second, and make it from its neighbours."""
    runs: list[Any] = []
    for number in range(bench.repeats):
        bench.report(f"interpolation, run {number + 1} of {bench.repeats}: {PAIRS} pictures")
        with bench.child(helper("probes.interpolation", str(PAIRS))) as child:
            line = child.line()
            if not line:
                raise BenchError("The interpolation could not be measured", where=child.last_error_line())
            runs.append(json.loads(line))
    qualities = [run["decibels"] for run in runs]
    gains = tuple(one["motion"] - one["blend"] for one in qualities)
    return [
        _figure("gain", "motion over blend, PSNR", "dB", gains, at_least(LEAST_GAIN_DB), Better.HIGHER),
        _figure("motion", "motion, PSNR", "dB", tuple(one["motion"] for one in qualities), None, Better.HIGHER),
        _figure("blend", "blend, PSNR", "dB", tuple(one["blend"] for one in qualities), None, Better.HIGHER),
        _figure("flow", "CPU time of a flow, both ways", "ms", _medians(runs, "flow"), at_most(LONGEST_FLOW_MS)),
        _figure("picture", "CPU time of a moved picture, its flow apart", "ms", _medians(runs, "picture")),
        _figure("mix", "CPU time of a blended picture", "ms", _medians(runs, "blend")),
    ]


def _medians(runs: list[Any], part: str) -> tuple[float, ...]:
    return tuple(percentile(run["times"][part], 50) for run in runs)


def _figure(
    name: str,
    label: str,
    unit: str,
    values: tuple[float, ...],
    goal: Goal | None = None,
    better: Better = Better.LOWER,
) -> Figure:
    return Figure(
        id=f"interpolation.{name}",
        label=label,
        unit=unit,
        values=values,
        goal=goal,
        digits=2,
        command=COMMAND,
        better=better,
    )
