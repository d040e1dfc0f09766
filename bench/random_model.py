"""A model card with random weights, put where the programs of a benchmark find it."""

from dataclasses import dataclass
from typing import Final

from bench.context import Bench
from bench.harness.processes import helper
from bench.reading import BenchError

NAME: Final = "bench-random"
"""The card's name: that of no card which the program brings."""


@dataclass(frozen=True, slots=True)
class RandomModel:
    """What is played with weights drawn from a seed.

    Attributes:
        card: the name of the model card; recipe: another sampling, "" for the card's own.
        window: latent frames that attention sees, None for the recipe's own.
        precision: of the large products: auto, bf16 or fp8.
    """

    card: str
    recipe: str = ""
    window: int | None = None
    precision: str = "auto"


def install(model: RandomModel, bench: Bench) -> str:
    """Write the card, and a codec's file of random weights, into the workplace; return the generator's name.

    Raises:
        BenchError: there is no such card, or it cannot be written.
    """
    window = "" if model.window is None else str(model.window)
    bench.report(f"{model.card} with random weights")
    with bench.child(helper("probes.random_card", model.card, NAME, model.recipe, window, model.precision)) as child:
        if child.line() != NAME:
            raise BenchError("The model card could not be written", where=child.last_error_line())
    return NAME


def install_style(bench: Bench) -> str:
    """Write a LoRA of random weights beside the installed model, and a card that plays with it; return its name.

    Raises:
        BenchError: they cannot be written.
    """
    name = f"{NAME}-style"
    bench.report("a LoRA with random weights")
    with bench.child(helper("probes.random_style", NAME, name)) as child:
        if child.line() != name:
            raise BenchError("The LoRA could not be written", where=child.last_error_line())
    return name
