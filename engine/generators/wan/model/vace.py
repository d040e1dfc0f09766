"""The depth branch: VACE (Jiang et al. 2025), made causal by looking at the block at hand only.

A second, shorter stack of the same blocks follows the control signal; after each mapped layer of the main
stack its state, projected, is added as a hint. The hints depend on the noisy latents, so they are worked out in
every denoise pass; the clean pass leaves them out. Where the branch is off nothing of it runs.
"""

from collections.abc import Iterator
from typing import NamedTuple

from torch import Tensor, nn

from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.dims import CONTROL_CHANNELS, LATENT_CHANNELS, PATCH, ModelDims
from engine.generators.wan.model.blocks import Block, DeferredResidual, Hint, KeyValues, Rotation, modulations, prefixed
from engine.generators.wan.model.linear import Linear, LinearSlice, empty_parameter, whole

MASK_CHANNELS = CONTROL_CHANNELS - 2 * LATENT_CHANNELS


class Control(NamedTuple):
    """What the branch is given for one chunk.

    Attributes:
        tokens: the embedded control, [B, L, C], from `VaceBranch.embed`: once per chunk.
        scale: how strongly the hints act, scalar tensor.
    """

    tokens: Tensor
    scale: Tensor


class VaceBranch(nn.Module):
    """The branch's weights: names as in the VACE checkpoints."""

    def __init__(self, dims: ModelDims, attention: AttentionBackend) -> None:
        super().__init__()
        self.patch = Linear(CONTROL_CHANNELS * PATCH * PATCH, dims.dim)
        self.before = Linear(dims.dim, dims.dim)
        self.blocks = nn.ModuleList(Block(dims, attention) for _ in dims.vace_layers)
        self.modulations = empty_parameter(len(dims.vace_layers), 1, 6, dims.dim)
        self.after = nn.ModuleList(Linear(dims.dim, dims.dim) for _ in dims.vace_layers)
        self._conv_shape = (dims.dim, CONTROL_CHANNELS, 1, PATCH, PATCH)

    def embed(self, control: Tensor) -> Tensor:
        """The control latents of a block as tokens: [B, 96, F, h, w] → [B, L, C]."""
        tokens: Tensor = self.before(self.patch(patches(control).to(self.patch.weight.dtype)))
        return tokens

    def linears(self) -> Iterator[tuple[str, LinearSlice]]:
        yield "vace_patch_embedding", whole(self.patch, self._conv_shape)
        yield "vace_blocks.0.before_proj", whole(self.before)
        for index, (block, after) in enumerate(zip(self.blocks, self.after, strict=True)):
            assert isinstance(block, Block) and isinstance(after, Linear)
            yield from prefixed(f"vace_blocks.{index}", block.linears())
            yield f"vace_blocks.{index}.after_proj", whole(after)

    def plain(self) -> Iterator[tuple[str, Tensor]]:
        for index, block in enumerate(self.blocks):
            assert isinstance(block, Block)
            yield f"vace_blocks.{index}.modulation", self.modulations[index]
            yield from prefixed(f"vace_blocks.{index}", block.plain())


class Hints:
    """The branch on its way through one pass: what it adds after each mapped layer, in their order.

    Args:
        x: the tokens of the noisy block, [B, L, C], as the main stack begins with them.
        time: float32 [B, F, 6, C].
    """

    def __init__(self, branch: VaceBranch, control: Control, x: Tensor, time: Tensor) -> None:
        self._branch = branch
        self._scale = control.scale.to(x.dtype)
        self._state = control.tokens + x
        self._modulations = modulations(branch.modulations, time)

    def next(self, index: int, rotation: Rotation, text: KeyValues) -> Hint:
        """Run block `index`: its hint."""
        block = self._branch.blocks[index]
        assert isinstance(block, Block)
        pending: DeferredResidual = block(self._state, self._modulations[index], rotation, text)
        self._state = block.stages.resolve(pending, None)
        return Hint(self._branch.after[index](self._state), self._scale)


def depth_control(depth: Tensor, inactive: Tensor, out: Tensor) -> Tensor:
    """Lay out the branch's input for a depth video: all of every frame is to be followed.

    Args:
        depth: latents of the depth video, [B, 16, F, h, w], from an encoder state of its own.
        inactive: latents of a mid-grey video, the same shape: constant, so encoded once.
        out: [B, 96, F, h, w], a buffer at a fixed address; returned. Its mask channels are set to one.
    """
    out[:, :LATENT_CHANNELS].copy_(inactive)
    out[:, LATENT_CHANNELS : 2 * LATENT_CHANNELS].copy_(depth)
    out[:, 2 * LATENT_CHANNELS :].fill_(1.0)
    return out


def patches(latents: Tensor) -> Tensor:
    """Cut latents [B, c, F, h, w] into tokens [B, F·h/2·w/2, c·4], channels before pixels as in the convolution."""
    batch, channels, frames, height, width = latents.shape
    cut = latents.view(batch, channels, frames, height // PATCH, PATCH, width // PATCH, PATCH)
    return cut.permute(0, 2, 3, 5, 1, 4, 6).reshape(batch, -1, channels * PATCH * PATCH)
