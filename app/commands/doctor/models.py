"""`hardcut doctor` on the Wan models: which run on this machine's GPU, and about how fast."""

from collections.abc import Iterator

from app.commands.doctor.finding import Finding, State
from engine.folders import models_folder
from engine.metrics.gpus import read_gpus


def check_models() -> Iterator[Finding]:
    """Say of each model whether it fits the GPU, how it would play there, and how many frames a second to expect."""
    if not read_gpus().gpus:
        yield Finding(State.OK, "The Wan models need an NVIDIA GPU; the built-in generator plays without.")
        return
    from engine.generators.wan.forecast import forecasts_here

    for one in forecasts_here(models_folder()):
        yield Finding(State.OK, one.sentence())
