"""Which models run on a GPU, and about how fast: memory planned, rates tried for a second, times worked out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch

from engine.generators.wan.arithmetic import Ceilings
from engine.generators.wan.card_library import load_cards
from engine.generators.wan.estimate import UNTRIED, estimate, measure_ceilings
from engine.generators.wan.memory import free_bytes
from engine.generators.wan.memory_plan import FP8_CAPABILITY, MemoryPlan, has_fp8, plan_memory, planned_need
from engine.generators.wan.memory_refusal import with_least

TRIED: Final = 0.1
"""How far off an estimate is at most, as a share, on the kinds of cards that were measured: 3 % on an H200, to which it
was fitted, 8 % on an H100, to which it was not."""

_TRIED_CAPABILITY: Final = (9, 0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one model.

    Attributes:
        plan: how it plays; None: it does not fit.
        fps: as the program makes it, the input and depth included; error: of that, as a share.
        least: where it does not fit, with how little it would play, else "".
        missing: how many of its files are not there, or not whole.
    """

    name: str
    plan: MemoryPlan | None
    fps: float
    error: float
    missing: int
    least: str = ""

    def sentence(self) -> str:
        """For people, in one line."""
        if self.plan is None:
            return f"{self.name} does not fit into this GPU: it needs {self.least}."
        least, most = (round(self.fps * (1 + sign * self.error)) for sign in (-1, 1))
        fetched = f" {self.missing} of its files are still to be fetched." if self.missing else ""
        return f"{self.name}: {least} to {most} FPS, by estimate; {self.plan.sentence()}.{fetched}"


def forecasts(
    ceilings: Ceilings, free: int, host: int, capability: tuple[int, int], folder: Path
) -> Iterator[Forecast]:
    """Every model with weights, on a GPU of these rates.

    Args:
        free, host: bytes of the GPU and of main memory; folder: where weights lie.
    """
    fp8 = capability >= FP8_CAPABILITY
    error = TRIED if capability == _TRIED_CAPABILITY else UNTRIED
    for card in load_cards().cards.values():
        if card.random_weights:
            continue
        missing = len(card.missing(folder) + card.broken(folder))
        plan = plan_memory(card, free, host, fp8=fp8)
        fps = estimate(plan.card, ceilings, fp8=plan.fp8).fps if plan is not None else 0.0
        need_of = planned_need(card, host, fp8=has_fp8(card, capability))
        told = with_least(card, need_of) if plan is None else ""
        yield Forecast(card.name, plan, fps, error, missing, told)


def forecasts_here(folder: Path) -> Iterator[Forecast]:
    """The same of the first GPU of this machine, which is kept busy for a second; nothing where there is none."""
    if not torch.cuda.is_available():
        return
    device = torch.device("cuda")
    capability = torch.cuda.get_device_capability(device)
    free, host = free_bytes(device), free_bytes(torch.device("cpu"))
    ceilings = measure_ceilings(device, fp8=capability >= FP8_CAPABILITY)
    torch.cuda.empty_cache()
    yield from forecasts(ceilings, free, host, capability, folder)
