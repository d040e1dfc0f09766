"""Instant and quantised cuts, and what keeping pads ready costs the running show: on and off by turns in one run."""

import statistics
from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, at_most, percentile
from bench.harness.probing import answer
from bench.harness.processes import helper
from engine.clock import NS_PER_MS

COMMAND: Final = "hardcut bench --only arming"
FRAME_MS: Final = 33.4
"""An output frame at 30 a second, and a rounding."""


def measure(bench: Bench) -> list[Figure]:
    """Play it as often as asked for."""
    runs: list[dict[str, Any]] = []
    for number in range(bench.repeats):
        bench.report(f"arming, run {number + 1} of {bench.repeats}")
        played = bench.generator, bench.fps, bench.gpus
        with bench.child(helper("probes.arming", str(bench.seconds), str(number), *played)) as child:
            runs.append(answer(child, "The show with armed pads could not be played"))
    rates = [run["rates"] for run in runs]
    costs = [100.0 * (1.0 - statistics.median(rate["on"]) / statistics.median(rate["off"])) for rate in rates]
    repeats = [statistics.mean(rate["on_repeats"]) - statistics.mean(rate["off_repeats"]) for rate in rates]
    armed = [statistics.median(rate["armed"]) for rate in rates if rate["armed"]]
    figures = [
        Figure(
            id="arming.cost",
            label="pipeline rate that armed pads cost the show",
            unit="%",
            values=tuple(costs),
            goal=at_most(5),
            command=COMMAND,
        ),
        Figure(
            id="arming.repeats",
            label="frames repeated in five seconds, armed pads less none",
            unit="",
            values=tuple(repeats),
            command=COMMAND,
        ),
        Figure(
            id="arming.pads",
            label="pads ready of 16",
            unit="",
            values=tuple(armed),
            digits=0,
            command=COMMAND,
            better=Better.HIGHER,
        ),
    ]
    for ready, kind in ((True, "armed"), (False, "not armed")):
        figures.append(_cut_figure(runs, ready, kind))
        figures.append(_beat_figure(runs, ready, kind))
    return figures


def _cut_figure(runs: list[dict[str, Any]], ready: bool, kind: str) -> Figure:
    """Return how long cuts take.

    Presses fall anywhere between two output frames. So of the best possible 95 % take up to 0.95 of a period (31.7 ms
    at 30 a second), the time from the press until the opening is published, and that by which the output begins a frame
    before its deadline.
    """
    times = [[cut["ns"] / NS_PER_MS for cut in run["at_once"] if cut["armed"] is ready] for run in runs]
    return Figure(
        id=f"arming.cut.{kind.replace(' ', '_')}",
        label=f"cut to its first output frame, {kind}, p95",
        unit="ms",
        values=tuple(percentile(run, 95) for run in times if run),
        goal=at_most(40 if ready else 90),
        digits=0,
        command=COMMAND,
        note=f"{sum(map(len, times))} cuts {kind}{_parts(runs) if ready else ''}",
    )


def _parts(runs: list[dict[str, Any]]) -> str:
    """Return what armed cuts spend their time on, on average; "" where none told."""
    told = [cut["parts_ns"] for run in runs for cut in run["at_once"] if "parts_ns" in cut]
    if not told:
        return ""
    boundary, publishing, waiting = (statistics.mean(part) / NS_PER_MS for part in zip(*told, strict=True))
    return f"; on average {boundary:.1f} ms to its boundary, {publishing:.1f} to the output, {waiting:.1f} until shown"


def _beat_figure(runs: list[dict[str, Any]], ready: bool, kind: str) -> Figure:
    errors = [[abs(cut["late_ns"]) / NS_PER_MS for cut in run["on_beat"] if cut["armed"] is ready] for run in runs]
    return Figure(
        id=f"arming.beat.{kind.replace(' ', '_')}",
        label=f"first output frame of a quantised cut from its beat, {kind}, most",
        unit="ms",
        values=tuple(max(run) for run in errors if run),
        goal=at_most(FRAME_MS),
        command=COMMAND,
        note=f"{sum(map(len, errors))} quantised cuts {kind}",
    )
