"""The parts of the chain by themselves, in one process: where the time goes, and how much is left."""

from typing import Final

from bench.context import Bench
from bench.figures import Better, Figure, percentile
from bench.harness.probing import answer
from bench.harness.processes import helper
from engine.sources.stage_sets import StageSet, spec_of

COMMAND: Final = "hardcut bench --only components"
CALLS: Final = 300
PARTS: Final = {
    "stage": "a frame of the stage",
    **{spec_of(one): f"a frame of {spec_of(one)}" for one in StageSet if one is not StageSet.STAGE},
    "depth": "a depth map from image cues",
    "generator": "a chunk of the built-in generator",
    "canvas": "a picture onto the 896×896 canvas, UYVY",
    "ring": "publishing a chunk of two frames",
    "mix off": "a picture that is not mixed",
    "mix": "input and dream mixed in a picture",
    "key": "the same by a matte, which goes along",
    "matte": "a person's matte, the model at every third frame",
    "uyva": "a picture onto the 896×896 canvas, UYVA",
    "bgra": "the same, BGRA, premultiplied",
    "logo": "a fifth of a 1080p canvas as a logo over it",
}
METHODS: Final = {
    "best": "CPU time a frame of the built-in generator on the CPU",
    "torch": "the same by torch, taking turns",
}
WAYS: Final = {
    "stage": "CPU time of a frame of the stage",
    "stage layered": "the same by OpenCV and numpy, taking turns",
    "cues": "CPU time of a depth map from image cues",
    "cues plain": "the same by OpenCV and numpy, taking turns",
}


def measure(bench: Bench) -> list[Figure]:
    """Time each part as often as asked for."""
    runs = []
    for number in range(bench.repeats):
        bench.report(f"components, run {number + 1} of {bench.repeats}: {CALLS} calls each")
        with bench.child(helper("probes.parts", str(bench.workplace.folder(f"parts-{number}")), str(CALLS))) as child:
            runs.append(answer(child, "The parts could not be timed"))
    figures = [
        Figure(
            id="components.capacity",
            label="generator alone, nothing pacing it",
            unit="FPS",
            values=tuple(1000 * run["chunk_frames"] / percentile(run["generator"]["wall"], 50) for run in runs),
            command=COMMAND,
            better=Better.HIGHER,
        )
    ]
    for method, label in METHODS.items():
        figures.append(
            Figure(
                id=f"components.generator.cpu.{method}",
                label=label,
                unit="ms",
                values=tuple(percentile(run["methods"][method], 50) for run in runs),
                digits=2,
                command=COMMAND,
            )
        )
    for way, label in WAYS.items():
        figures.append(
            Figure(
                id=f"components.cpu.{way.replace(' ', '.')}",
                label=label,
                unit="ms",
                values=tuple(percentile(run["ways"][way], 50) for run in runs),
                digits=2,
                command=COMMAND,
            )
        )
    for part, label in PARTS.items():
        for kind, percent, words in (("p50", 50, "p50"), ("p95", 95, "p95"), ("cpu", 50, "processor time, p50")):
            clock = "cpu" if kind == "cpu" else "wall"
            figures.append(
                Figure(
                    id=f"components.{part.replace(':', '.').replace(' ', '.')}.{kind}",
                    label=f"{label}, {words}",
                    unit="ms",
                    values=tuple(percentile(run[part][clock], percent) for run in runs),
                    digits=2,
                    command=COMMAND,
                )
            )
    return figures
