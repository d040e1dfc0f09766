"""`hardcut doctor` on the Wan models: which run on this machine's GPU, and about how fast."""

from collections.abc import Iterator
from typing import Final

from app.commands.doctor.finding import Finding, State
from engine.folders import models_folder
from engine.metrics.gpus import read_gpus

CUDA_BUILD: Final = "cu130"
"""Of the pinned torch: its CUDA is 13.0 (constraints.txt). Without it in the version, pip finds a CPU build to do."""


def check_models() -> Iterator[Finding]:
    """Say of each model whether it fits the GPU, how it would play there, and how many frames a second to expect."""
    if not read_gpus().gpus:
        yield Finding(State.OK, "The Wan models need an NVIDIA GPU; the built-in generator plays without.")
        return
    from engine.generators.wan.forecast import forecasts_here

    for one in forecasts_here(models_folder()):
        yield Finding(State.OK, one.sentence())


def build_finding(version: str) -> Finding:
    """Tell that this torch is a build without CUDA, beside a GPU."""
    wanted = f"{version.partition('+')[0]}+{CUDA_BUILD}"
    return Finding(
        State.NOTE,
        f"There is a GPU, but torch {version} cannot use it.",
        f"Install its CUDA build, torch=={wanted}; pytorch.org, under Get Started, shows the command.",
    )
