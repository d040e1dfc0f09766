"""NDI, a display and the recorder at once, at 1080p: what each costs, and whether switching them misses a frame.

The display is a virtual one without a graphics card, the NDI receiver runs on the same machine.
"""

from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, at_least, at_most
from bench.harness.probing import answer
from bench.harness.processes import helper
from bench.harness.screen import VirtualScreen

COMMAND: Final = "hardcut bench --only sinks"
SOURCE: Final = "Hardcut Sinks"
SWITCHES: Final = 200
"""Of each sink."""

Run = dict[str, Any]


def measure(bench: Bench) -> list[Figure]:
    """Play it as often as asked for."""
    runs: list[Run] = []
    for number in range(bench.repeats):
        bench.report(f"sinks, run {number + 1} of {bench.repeats}")
        film = bench.workplace.folder("films") / f"{number}.mp4"
        with VirtualScreen(bench.workplace, bench.namespace, 1920, 1080) as screen:
            command = helper("probes.sinks", str(bench.seconds / 3), str(SWITCHES), str(film))
            with (
                bench.child(helper("probes.receiver", "--source", SOURCE)),
                bench.child(command, screen.environment()) as child,
            ):
                runs.append(answer(child, "The show with several sinks could not be played"))
    return [
        *_stage(runs, "ndi", "NDI alone"),
        *_stage(runs, "record", "NDI, display and recorder"),
        Figure(
            id="sinks.display.cpu",
            label="what the display takes of a core at 1080p, drawing included",
            unit="%",
            values=tuple(_display_share(run) for run in runs),
            goal=at_most(12),
            command=COMMAND,
        ),
        Figure(
            id="sinks.record.cost",
            label="pipeline rate that recording costs the show",
            unit="%",
            values=tuple(100 * (1 - run["record"]["pipeline_fps"] / run["display"]["pipeline_fps"]) for run in runs),
            goal=at_most(10),
            command=COMMAND,
        ),
        Figure(
            id="sinks.record.lost",
            label="recorded pictures lost",
            unit="%",
            values=tuple(_lost(run) for run in runs),
            command=COMMAND,
            note=runs[0]["record"]["sinks"]["record"]["remark"],
        ),
        Figure(
            id="sinks.switching.lagged",
            label="output frames missed while sinks are switched",
            unit="",
            values=tuple(float(run["switching"]["lagged"]) for run in runs),
            goal=at_most(0),
            digits=0,
            command=COMMAND,
            note=f"{runs[0]['switching']['switches']} switches",
        ),
    ]


def _stage(runs: list[Run], key: str, label: str) -> list[Figure]:
    stages = [run[key] for run in runs]
    return [
        Figure(
            id=f"sinks.{key}.output_fps",
            label=f"output, {label}",
            unit="FPS",
            values=tuple(one["output_fps"] for one in stages),
            goal=at_least(29.9),
            digits=2,
            better=Better.HIGHER,
            command=COMMAND,
        ),
        Figure(
            id=f"sinks.{key}.lagged",
            label=f"lagged frames, {label}",
            unit="",
            values=tuple(float(one["lagged"]) for one in stages),
            goal=at_most(0),
            digits=0,
            command=COMMAND,
        ),
        Figure(
            id=f"sinks.{key}.deadline_error_p99",
            label=f"error against deadline p99, {label}",
            unit="ms",
            values=tuple(one["deadline_p99_ms"] for one in stages),
            goal=at_most(1),
            digits=2,
            command=COMMAND,
        ),
        Figure(
            id=f"sinks.{key}.pipeline_fps",
            label=f"pipeline, {label}",
            unit="FPS",
            values=tuple(one["pipeline_fps"] for one in stages),
            better=Better.HIGHER,
            command=COMMAND,
        ),
    ]


def _display_share(run: Run) -> float:
    """Return what its own process takes, and what the output process takes more than for NDI alone."""
    with_it, without = run["display"]["cpu_percent"], run["ndi"]["cpu_percent"]
    return float(with_it["display"] + max(with_it["output"] - without["output"], 0.0))


def _lost(run: Run) -> float:
    counts = run["record"]["sinks"]["record"]
    return float(100 * counts["dropped"] / max(counts["sent"] + counts["dropped"], 1))
