"""The control plane by itself: is nothing lost, is the order kept, and what does a busy boundary cost?"""

from typing import Final

from bench.context import Bench
from bench.figures import Better, Figure, at_least, at_most
from bench.harness.probing import answer
from bench.harness.processes import helper

COMMAND: Final = "hardcut bench --only control"
CHECKS: Final = {
    "none lost": "100,000 commands from 8 threads: none lost (1: held)",
    "last values right": "… the last value of each parameter right (1: held)",
    "one-shots in order": "… every cut made, in order (1: held)",
    "10000 boundaries replayed identically": "10,000 boundaries replayed identically (1: held)",
}
GOAL: Final = at_most(0.5)
MODULATION_GOAL: Final = at_most(0.2)


def measure(bench: Bench) -> list[Figure]:
    """Run the probe as often as asked for."""
    runs = []
    for number in range(bench.repeats):
        bench.report(f"control, run {number + 1} of {bench.repeats}")
        with bench.child(helper("probes.control")) as child:
            runs.append(answer(child, "The control plane could not be measured"))
    figures = [
        Figure(
            id=f"control.{check.replace(' ', '-')}",
            label=label,
            unit="",
            values=(float(all(run["checks"][check] for run in runs)),),
            goal=at_least(1),
            digits=0,
            command=COMMAND,
            better=Better.HIGHER,
        )
        for check, label in CHECKS.items()
    ]
    figures += [
        Figure(
            id=f"control.boundary.p{percent}",
            label=f"commit of a boundary with 1,000 pending commands, p{percent}",
            unit="ms",
            values=tuple(run["boundary_ms"][place] for run in runs),
            goal=GOAL,
            digits=2,
            command=COMMAND,
            note="940 moves, 50 prompts, 10 cuts" if place == 0 else "",
        )
        for place, percent in enumerate((50, 95))
    ]
    figures += [
        Figure(
            id=f"control.modulation.p{percent}",
            label=f"64 modulators, a frame, p{percent}",
            unit="ms",
            values=tuple(run["modulation_ms"][place] for run in runs),
            goal=MODULATION_GOAL,
            digits=3,
            command=COMMAND,
            note="processor time of the built-in generator's chunks of one frame" if place == 0 else "",
        )
        for place, percent in enumerate((50, 95))
    ]
    figures.append(
        Figure(
            id="control.posts",
            label="commands through mailbox and scheduler, 8 threads posting",
            unit="/s",
            values=tuple(run["posts_per_s"] for run in runs),
            digits=0,
            command=COMMAND,
            better=Better.HIGHER,
        )
    )
    return figures
