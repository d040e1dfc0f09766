"""A pass that is shared, held against the same pass made by one process alone: tried as a show will use it."""

from typing import Final

import torch
from torch import Tensor

from engine.generators.wan.acceleration.choose_compile import COMPILED_TOLERANCE
from engine.generators.wan.acceleration.compile_stages import uncompiled
from engine.generators.wan.acceleration.execution import Execution
from engine.generators.wan.acceleration.probe import Probe
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.model.exchange import Exchange
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.sampling.sampler import DenoisePass, EagerPass

TOLERANCE: Final = {**COMPILED_TOLERANCE, torch.float32: 1e-4}
"""Relative error of a shared pass against one alone: the same products on fewer rows, perhaps compiled, against plain
ones."""


def make_shared(model: CausalWan, card: ModelCard, execution: Execution) -> tuple[Tensor, ...]:
    """The passes of a probe, by all processes, each of which calls this at the same time; what rank 0 has counts."""
    probe = Probe(model, card)
    return _second(probe, execution.trial(model, probe.cache, probe.text))


def make_alone(model: CausalWan, card: ModelCard, exchange: Exchange) -> tuple[Tensor, ...]:
    """The same by this process, nothing compiled. The model shares its passes again afterwards."""
    model.share_by(None)
    try:
        with uncompiled(model):
            probe = Probe(model, card)
            return _second(probe, EagerPass(model, probe.cache, probe.text))
    finally:
        model.share_by(exchange)


def _second(probe: Probe, denoise: DenoisePass) -> tuple[Tensor, ...]:
    """Of passes that may be recorded when they are first made, those after it, over other values."""
    probe.run(denoise)
    probe.turn()
    return probe.run(denoise)
