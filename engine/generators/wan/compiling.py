"""torch.compile of the stages of a block: three small graphs that serve all blocks, passes and window lengths.

The stages are cut at the attention kernels, which are opaque to the compiler anyway. What it fuses are the
norms, modulations, rotations, gates and casts around the matrix products, and the scaling of rows for fp8.
"""

from dataclasses import dataclass
from typing import Final, Self

import torch
from torch._dynamo.utils import counters

from engine.generators.wan.blocks import Stages
from engine.generators.wan.transformer import CausalWan

RECOMPILE_LIMIT: Final = 64
"""Variants of one stage before torch gives up and runs it uncompiled: each mixture of fp8 and other layers that a
guard may leave, and adapters, is one."""


def compile_blocks(model: CausalWan) -> None:
    """Compile the stages of every block, when they are first called. After quantising and hanging adapters."""
    torch._dynamo.config.recompile_limit = max(torch._dynamo.config.recompile_limit, RECOMPILE_LIMIT)  # noqa: SLF001
    for block in model.all_blocks():
        plain = block.plain_stages()
        block.stages = Stages(
            torch.compile(plain.enter, fullgraph=True, dynamic=False),
            torch.compile(plain.between, fullgraph=True, dynamic=False),
            torch.compile(plain.leave, fullgraph=True, dynamic=False),
        )


def uncompile_blocks(model: CausalWan) -> None:
    """Back to the stages as they are written."""
    for block in model.all_blocks():
        block.stages = block.plain_stages()


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
        return cls(counters["stats"]["unique_graphs"], sum(counters["graph_break"].values()))

    def since(self, earlier: "CompileCount") -> "CompileCount":
        """What came in between: anything after warm-up is a recompile or a break that must be told."""
        return CompileCount(self.graphs - earlier.graphs, self.breaks - earlier.breaks)
