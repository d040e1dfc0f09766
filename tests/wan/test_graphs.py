"""A pass can be captured and compiled: no value is read back, nothing breaks, nothing recompiles."""

import dataclasses
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from engine.generators.wan.model.vace import Control
from engine.generators.wan.recipes import KREA, LONGLIVE
from engine.generators.wan.sampling.sampler import BlockSampler
from tests.wan.models import SMALL, make_embedding, make_model, noise
from tests.wan.test_sampler import GRID, never, request

SHALLOW = dataclasses.replace(SMALL, layers=1, vace_layers=(0,))
READS = {"aten::_local_scalar_dense", "aten::item", "aten::nonzero", "aten::equal", "aten::is_nonzero"}


class Recorder(TorchDispatchMode):
    """The names of all operators that run."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen.add(func.name().split(".")[0])
        return func(*args, **(kwargs or {}))


def test_no_chunk_reads_a_value_back() -> None:
    for recipe in (LONGLIVE, KREA):
        model = make_model(SMALL, vace=True)
        sampler = BlockSampler(model, recipe, GRID)
        sampler.set_prompt(make_embedding(SMALL))
        assert model.vace is not None
        control = Control(model.vace.embed(noise(1, 96, 3, GRID.height, GRID.width)), torch.tensor(0.5))
        with Recorder() as recorder:
            for index in range(6):
                sampler.generate(request(recipe, index, control=control, past=0.5), never)
        assert not recorder.seen & READS
        assert "aten::copy_" in recorder.seen
