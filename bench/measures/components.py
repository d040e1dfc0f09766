"""The parts of the chain by themselves, in one process: where the time goes, and how much is left."""

import json
from typing import Final

from bench.context import Bench
from bench.figures import Better, Figure, percentile
from bench.harness.processes import helper
from bench.reading import BenchError

COMMAND: Final = "hardcut bench --only components"
CALLS: Final = 300
PARTS: Final = {
    "stage": "a frame of the stage",
    "depth": "a depth map from image cues",
    "generator": "a chunk of the built-in generator",
    "canvas": "a picture onto the 896×896 canvas, UYVY",
    "ring": "publishing a chunk of two frames",
}


def measure(bench: Bench) -> list[Figure]:
    """Time each part as often as asked for."""
    runs = []
    for number in range(bench.repeats):
        bench.tell(f"components, run {number + 1} of {bench.repeats}: {CALLS} calls each")
        with bench.child(helper("probes.parts", str(bench.workplace.folder(f"parts-{number}")), str(CALLS))) as child:
            line = child.line()
            if not line:
                raise BenchError("The parts could not be timed", where=child.last_words())
            runs.append(json.loads(line))
    figures = [
        Figure(
            id="components.capacity",
            label="generator alone, nothing pacing it",
            unit="FPS",
            values=tuple(1000 * run["chunk_frames"] / percentile(run["generator"], 50) for run in runs),
            command=COMMAND,
            better=Better.HIGHER,
        )
    ]
    for part, label in PARTS.items():
        for percent in (50, 95):
            figures.append(
                Figure(
                    id=f"components.{part}.p{percent}",
                    label=f"{label}, p{percent}",
                    unit="ms",
                    values=tuple(percentile(run[part], percent) for run in runs),
                    digits=2,
                    command=COMMAND,
                )
            )
    return figures
