"""The compiler traces the stages of a block once for all blocks: what a start costs does not grow with the model."""

import dataclasses
from functools import partial

import pytest
import torch

from engine.generators.wan.acceleration.compile_stages import CompileCount, compile_blocks
from engine.generators.wan.acceleration.probe import Probe
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.card_library import load_card
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.loading.random_weights import fill_random
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.sampling.sampler import EagerPass

CPU = torch.device("cpu")


def _traced(layers: int) -> int:
    """Graphs that are made of a model of so many layers, with a depth branch at every fifth."""
    torch._dynamo.reset()
    dims = dataclasses.replace(
        WAN_TINY, dim=48, ffn_dim=96, heads=2, layers=layers, vace_layers=tuple(range(0, layers, 5))
    )
    card = dataclasses.replace(load_card("wan-tiny"), dims=dims, edge=64)
    model = CausalWan.empty(dims, MathAttention(), device=CPU, dtype=torch.float32, vace=True)
    fill_random(model, 1)
    probe = Probe(model, card)
    run = EagerPass(model, probe.cache, probe.text)
    expected = probe.run(run)
    before = CompileCount.now()
    compile_blocks(model)
    for made, wanted in zip(probe.run(run), expected, strict=True):
        assert torch.equal(made, wanted)
    since = CompileCount.now().since(before)
    assert since.breaks == 0
    return since.graphs


@pytest.mark.slow
def test_forty_layers_are_traced_as_six_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))  # traced, not lowered
    assert 0 < _traced(40) == _traced(6)
