"""The causal Wan 2.1 transformer: one pass over one block of latent frames.

The architecture is that of Wan 2.1 (Wan Team 2025), as Self-Forcing and its successors run it: each block of
frames attends to itself and to the cached keys and values of the frames before it. See `kv_cache` for the window.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.dims import LATENT_CHANNELS, PATCH, ModelDims
from engine.generators.wan.kernels.rows import RowKernels, modulate
from engine.generators.wan.model.blocks import (
    AttentionBias,
    Block,
    DeferredResidual,
    KeyValues,
    Rotation,
    modulations,
    prefixed,
)
from engine.generators.wan.model.exchange import Exchange
from engine.generators.wan.model.linear import Linear, LinearSlice, empty_parameter, whole
from engine.generators.wan.model.vace import Control, Hints, VaceBranch, patches

PIXELS: Final = LATENT_CHANNELS * PATCH * PATCH
"""Numbers that a token is cut from, and that the head makes of it."""


class CausalWan(nn.Module):
    """The transformer. Build it with `CausalWan.empty`; a loader fills it.

    Args:
        attention: the kernel, as `choose_attention` chose it.
        vace: whether the depth branch is there.
    """

    def __init__(self, dims: ModelDims, attention: AttentionBackend, *, vace: bool = False) -> None:
        super().__init__()
        self.dims = dims
        self.patch = Linear(PIXELS, dims.dim)
        self.text_in = Linear(dims.text_dim, dims.dim)
        self.text_out = Linear(dims.dim, dims.dim)
        self.time_in = Linear(dims.freq_dim, dims.dim)
        self.time_out = Linear(dims.dim, dims.dim)
        self.time_projection = Linear(dims.dim, 6 * dims.dim)
        self.blocks = nn.ModuleList(Block(dims, attention) for _ in range(dims.layers))
        self.modulations = empty_parameter(dims.layers, 1, 6, dims.dim)
        self.head = Linear(dims.dim, PIXELS)
        self.head_modulation = empty_parameter(1, 2, dims.dim)
        self.vace = VaceBranch(dims, attention) if vace else None
        self._hint_of = {layer: index for index, layer in enumerate(dims.vace_layers)}
        self._exchange: Exchange | None = None

    @classmethod
    def empty(
        cls,
        dims: ModelDims,
        attention: AttentionBackend,
        *,
        device: torch.device,
        dtype: torch.dtype,
        vace: bool = False,
    ) -> Self:
        """A model on the device in its final dtype, its memory allocated once and not yet filled."""
        with torch.device("meta"):
            model = cls(dims, attention, vace=vace)
        return model.to(dtype).to_empty(device=device).requires_grad_(False).eval()

    @property
    def dtype(self) -> torch.dtype:
        return self.patch.weight.dtype

    @property
    def device(self) -> torch.device:
        return self.patch.weight.device

    def forward(
        self,
        latents: Tensor,
        timesteps: Tensor,
        rotation: Rotation,
        text: KeyValues,
        window: KeyValues,
        control: Control | None = None,
        bias: AttentionBias | None = None,
    ) -> Tensor:
        """Predict the velocity (noise − clean) of one block, and leave its keys and values in the window.

        Args:
            latents: [B, 16, F, h, w]; timesteps: float32 [B, F], 0..1000.
            text: of all layers, the branch's behind the main stack's, as `encode_text` wrote it.
            window: [layers, B, Lw, H, D]; the first L of Lw slots are this block's and are overwritten. Of this
                process's heads, where it shares its passes with others.

        Returns:
            float32, in the shape of latents. Of processes that share a pass only rank 0 has it.
        """
        frames, height, width = latents.shape[2:]
        x, embedded, time = self._begin(latents, timesteps)
        rotation, control = self._own(rotation, control)
        learnt = modulations(self.modulations, time)
        hints = None if control is None else self._hints(control, x, time)
        state: Tensor | DeferredResidual = x
        for index, block in enumerate(self._main()):
            pending: DeferredResidual = block(
                state, learnt[index], rotation, text.layer(index), window.layer(index), bias
            )
            state = pending
            if hints is not None and index in self._hint_of:
                hint = self._hint_of[index]
                state = block.stages.resolve(pending, hints.next(hint, rotation, text.layer(self.dims.layers + hint)))
        x = state if isinstance(state, Tensor) else block.stages.resolve(state, None)
        shift, scale = (self.head_modulation.float()[:, None] + embedded.float()[:, :, None]).chunk(2, dim=2)
        pixels: Tensor = self.head(modulate(x, shift, scale, self.dims.eps)).float()
        if self._exchange is not None:
            pixels = self._exchange.gathered(pixels)
        pixels = pixels.view(-1, frames, height // PATCH, width // PATCH, PATCH, PATCH, LATENT_CHANNELS)
        return pixels.permute(0, 6, 1, 2, 4, 3, 5).reshape(latents.shape)

    def forward_kv(
        self,
        latents: Tensor,
        timesteps: Tensor,
        rotation: Rotation,
        text: KeyValues,
        window: KeyValues,
        bias: AttentionBias | None = None,
    ) -> None:
        """Leave the keys and values of one block in the window, as `forward` does, and work out nothing else.

        What the last layer would make of its own is not even begun.
        """
        x, _, time = self._begin(latents, timesteps)
        rotation, _ = self._own(rotation, None)
        learnt = modulations(self.modulations, time)
        state: Tensor | DeferredResidual = x
        *blocks, last = self._main()
        for index, block in enumerate(blocks):
            state = block(state, learnt[index], rotation, text.layer(index), window.layer(index), bias)
        end = len(blocks)
        last.forward_kv(state, learnt[end], rotation, text.layer(end), window.layer(end))

    def encode_text(self, embeddings: Tensor, out: KeyValues) -> None:
        """Work out the prompt's keys and values for every layer, in place.

        Args:
            embeddings: [B, text_len, text_dim], zero behind the prompt's last token (not masked: so trained).
            out: [layers (+ branch), B, text_len, H, D], see `text_buffers`.
        """
        context = functional.gelu(self.text_in(embeddings.to(self.dtype)), approximate="tanh")
        context = self.text_out(context)
        for index, block in enumerate(self.all_blocks()):
            block.cross_attn.project(context, out.layer(index))

    def text_buffers(self, batch: int = 1) -> KeyValues:
        """Room for one prompt."""
        layers = self.dims.layers + (len(self.dims.vace_layers) if self.vace is not None else 0)
        shape = (layers, batch, self.dims.text_len, self.dims.heads, self.dims.head_dim)
        return KeyValues(*(torch.zeros(shape, device=self.device, dtype=self.dtype) for _ in range(2)))

    def linears(self) -> Iterator[tuple[str, LinearSlice]]:
        """Every linear layer under its name in Wan's own checkpoints, without `.weight` and `.bias`."""
        yield "patch_embedding", whole(self.patch, (self.dims.dim, LATENT_CHANNELS, 1, PATCH, PATCH))
        yield "text_embedding.0", whole(self.text_in)
        yield "text_embedding.2", whole(self.text_out)
        yield "time_embedding.0", whole(self.time_in)
        yield "time_embedding.2", whole(self.time_out)
        yield "time_projection.1", whole(self.time_projection)
        for index, block in enumerate(self._main()):
            yield from prefixed(f"blocks.{index}", block.linears())
        yield "head.head", whole(self.head)
        if self.vace is not None:
            yield from self.vace.linears()

    def slots(self) -> dict[str, Tensor]:
        """Every tensor of a checkpoint by its name in Wan's own layout: views to be written to."""
        found: dict[str, Tensor] = {}
        for name, linear in self.linears():
            found[f"{name}.weight"] = linear.weight
            found[f"{name}.bias"] = linear.bias
        for index, block in enumerate(self._main()):
            found[f"blocks.{index}.modulation"] = self.modulations[index]
            found.update(prefixed(f"blocks.{index}", block.plain()))
        found["head.modulation"] = self.head_modulation
        if self.vace is not None:
            found.update(self.vace.plain())
        return {name: tensor.detach() for name, tensor in found.items()}

    def _main(self) -> Iterator[Block]:
        for block in self.blocks:
            assert isinstance(block, Block)
            yield block

    def _begin(self, latents: Tensor, timesteps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """This process's tokens [B, L, C], and the time: embedded [B, F, C], and as every block takes it, float32
        [B, F, 6, C]."""
        cut = patches(latents.to(self.dtype))
        x = self.patch(cut if self._exchange is None else self._exchange.own(cut, 1))
        embedded = self.time_out(functional.silu(self.time_in(self._sinusoid(timesteps))))
        time = self.time_projection(functional.silu(embedded)).view(*timesteps.shape, 6, -1).float()
        return x, embedded, time

    def _own(self, rotation: Rotation, control: Control | None) -> tuple[Rotation, Control | None]:
        """Of what is given for all tokens of the block, that of this process's."""
        exchange = self._exchange
        if exchange is None:
            return rotation, control
        own = Rotation(exchange.own(rotation.cos, 0), exchange.own(rotation.sin, 0))
        return own, None if control is None else Control(exchange.own(control.tokens, 1), control.scale)

    def _sinusoid(self, timesteps: Tensor) -> Tensor:
        """cos ‖ sin of the timesteps at freq_dim / 2 frequencies, worked out in float64: [B, F, freq_dim]."""
        half = self.dims.freq_dim // 2
        steps = torch.arange(half, dtype=torch.float64, device=timesteps.device)
        angles = timesteps.double()[..., None] * torch.pow(10000.0, -steps / half)
        return torch.cat((angles.cos(), angles.sin()), dim=-1).to(self.dtype)

    def _hints(self, control: Control, x: Tensor, time: Tensor) -> Hints:
        if self.vace is None:
            raise ValueError("this model was built without its depth branch")
        return Hints(self.vace, control, x, time)

    @property
    def exchange(self) -> Exchange | None:
        """With the processes that share its passes; None: it makes them alone."""
        return self._exchange

    @property
    def window_dims(self) -> ModelDims:
        """The dimensions of a window of this process: with its own heads alone."""
        if self._exchange is None:
            return self.dims
        heads = self._exchange.share.own_heads
        return replace(self.dims, heads=heads, dim=heads * self.dims.head_dim)

    def share_by(self, exchange: Exchange | None) -> None:
        """Work on a share of every pass from now on, or on all of it. Windows made before are of no use then."""
        self._exchange = exchange
        for block in self.all_blocks():
            block.exchange = exchange

    def use_rows(self, rows: RowKernels) -> None:
        """Turn queries and keys by these kernels. Before compiling; fp8 layers are given theirs apart."""
        for block in self.all_blocks():
            block.self_attn.rows = rows

    def all_blocks(self) -> Iterator[Block]:
        """The main stack's, then the branch's: the order of `encode_text`."""
        branch = () if self.vace is None else self.vace.blocks
        for block in (*self.blocks, *branch):
            assert isinstance(block, Block)
            yield block
