"""The arithmetic of one chunk: how much there is to compute and to move, and the time that no version can beat."""

from dataclasses import dataclass

import torch

from engine.generators.wan.dims import LatentGrid, ModelDims
from engine.generators.wan.recipes import Recipe


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What the machine can do, as measured.

    Attributes:
        matrix: bf16 operations per second; linear: the same in the precision of the linear layers.
        bandwidth: bytes per second, read and written counted apart.
        multiprocessors: that share them.
    """

    matrix: float
    linear: float
    bandwidth: float
    multiprocessors: int


def multiprocessors(device: torch.device) -> int:
    """As the driver says; a processor counts as one."""
    return torch.cuda.get_device_properties(device).multi_processor_count if device.type == "cuda" else 1


@dataclass(frozen=True, slots=True)
class Work:
    """Operations (a multiply-add is two) and the fewest bytes moved.

    Attributes:
        linear: in the blocks' linear layers; attention: in both attentions; other: convolutions of the codecs.
    """

    linear: float = 0.0
    attention: float = 0.0
    other: float = 0.0
    bytes: float = 0.0

    def __add__(self, more: "Work") -> "Work":
        return Work(
            self.linear + more.linear,
            self.attention + more.attention,
            self.other + more.other,
            self.bytes + more.bytes,
        )

    def floor_ms(self, ceilings: Ceilings) -> float:
        """Return the larger of the times for computing and for moving, in ms."""
        computing = self.linear / ceilings.linear + (self.attention + self.other) / ceilings.matrix
        return 1e3 * max(computing, self.bytes / ceilings.bandwidth)


def pass_work(dims: ModelDims, recipe: Recipe, grid: LatentGrid, *, window: int, vace: bool, weight_bytes: int) -> Work:
    """Return the work of one pass of the transformer over one block.

    Args:
        window: latent frames that it attends to, its own included; weight_bytes: per weight, 1 or 2.
    """
    tokens = recipe.block_frames * grid.tokens
    weights = 6 * dims.dim**2 + 2 * dims.dim * dims.ffn_dim

    def stack(layers: int, keys: int, extra_weights: int) -> Work:
        return Work(
            linear=layers * 2.0 * tokens * (weights + extra_weights),
            attention=layers * 4.0 * tokens * (keys + dims.text_len) * dims.dim,
            bytes=layers * (float(weight_bytes) * (weights + extra_weights) + 4.0 * (keys + dims.text_len) * dims.dim),
        )

    main = stack(dims.layers, window * grid.tokens, 0)
    return main + stack(len(dims.vace_layers), tokens, dims.dim**2) if vace else main
