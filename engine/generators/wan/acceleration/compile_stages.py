"""torch.compile of the stages of a block: a few small graphs that serve all blocks, passes and window lengths.

The stages are cut at the attention kernels, which are opaque to the compiler anyway. What it fuses are the
norms, modulations, rotations, gates and casts around the matrix products, and the scaling of rows for fp8. A whole
pass would leave it little more to fuse, and be a graph of its own for every length of the window.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

import torch

from engine.generators.torch_settings import allow_variants
from engine.generators.wan.codecs.network import AnyNetwork
from engine.generators.wan.model.blocks import BlockStages
from engine.generators.wan.model.transformer import CausalWan

RECOMPILE_LIMIT: Final = 64
"""Variants of one stage before torch gives up and runs it uncompiled: each mixture of fp8 and other layers that a guard
may leave, and adapters, is one."""


def compile_blocks(model: CausalWan) -> None:
    """Compile the stages of every block, when they are first called. After quantising and hanging adapters."""
    allow_variants(RECOMPILE_LIMIT)
    for block in model.all_blocks():
        plain = block.plain_stages()
        block.stages = BlockStages(
            torch.compile(plain.enter, fullgraph=True, dynamic=False),
            torch.compile(plain.follow, fullgraph=True, dynamic=False),
            torch.compile(plain.between, fullgraph=True, dynamic=False),
            torch.compile(plain.leave, fullgraph=True, dynamic=False),
            torch.compile(plain.resolve, fullgraph=True, dynamic=False),
        )


def compile_network(network: AnyNetwork) -> None:
    """Compile one direction of a codec, when it is first called."""
    network.compile(dynamic=False)


def uncompile(model: CausalWan) -> None:
    """Back to stages as they are written."""
    for block in model.all_blocks():
        block.stages = block.plain_stages()


def lay_aside(model: CausalWan) -> tuple[BlockStages, ...]:
    """Back to stages as they are written; returns what they were, for `take_up`."""
    stages = tuple(block.stages for block in model.all_blocks())
    uncompile(model)
    return stages


def take_up(model: CausalWan, stages: tuple[BlockStages, ...]) -> None:
    """Use stages again that were laid aside."""
    for block, kept in zip(model.all_blocks(), stages, strict=True):
        block.stages = kept


@contextmanager
def uncompiled(model: CausalWan) -> Iterator[None]:
    """Stages as they are written, for as long as the context lasts."""
    stages = lay_aside(model)
    try:
        yield
    finally:
        take_up(model, stages)


@dataclass(frozen=True, slots=True)
class CompileCount:
    """How much has been compiled in this process so far.

    Attributes:
        graphs: made by the compiler; breaks: where it had to give a graph up.
    """

    graphs: int
    breaks: int

    @classmethod
    def now(cls) -> Self:
        if "torch._dynamo.utils" not in sys.modules:  # loading the compiler takes two seconds
            return cls(0, 0)
        from torch._dynamo.utils import counters

        return cls(counters["stats"]["unique_graphs"], sum(counters["graph_break"].values()))

    def since(self, earlier: "CompileCount") -> "CompileCount":
        """What came in between: anything after warm-up is a recompile or a break that must be told."""
        return CompileCount(self.graphs - earlier.graphs, self.breaks - earlier.breaks)
