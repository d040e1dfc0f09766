"""A pass to compare ways of computing by: at the card's own size, over random latents with a past behind them."""

import math
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from engine.generators.wan.cards import ModelCard
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.dims import CONTROL_CHANNELS, LATENT_CHANNELS
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.sampling.context import opening_recipe
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.generators.wan.sampling.sampler import DenoisePass

_TIMESTEP: Final = 900.0
_PAST: Final = 0.5


class Probe:
    """A block after another one: what it is made of is the same in every run, until they change places."""

    def __init__(self, model: CausalWan, card: ModelCard) -> None:
        device, dims, grid = model.device, model.dims, card.grid
        draw = torch.Generator(device).manual_seed(0)

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=draw, device=device)

        frames = card.recipe.block_frames
        shape = (1, LATENT_CHANNELS, frames, grid.height, grid.width)
        recipe = replace(opening_recipe(card.recipe), first_block=0)  # its blocks are of one length
        self.cache: Final = KVCache(model.window_dims, recipe, grid, device=device, dtype=model.dtype)
        self.text: Final = model.text_buffers()
        self._model = model
        self._embedding = normal(1, dims.text_len, dims.text_dim)
        self._latents, self._past = normal(*shape), normal(*shape)
        self._times = torch.full((1, frames), _TIMESTEP, device=device)
        self._log_past = torch.full((), math.log(_PAST), device=device)
        self._control_in = normal(1, CONTROL_CHANNELS, *shape[2:]) if model.vace is not None else None

    def turn(self) -> None:
        """Change places: from now on the block is what was its past."""
        self._latents, self._past = self._past, self._latents

    @torch.inference_mode()
    def run(self, denoise: DenoisePass) -> tuple[Tensor, ...]:
        """Velocities: of a plain pass, of one with a bias on the past, and of one with depth where there is a branch.

        Args:
            denoise: over the cache and the text of this probe.
        """
        self.cache.reset()
        self._model.encode_text(self._embedding, self.text)
        denoise.forward_kv(self._past, self._times, None)
        self.cache.commit()
        found = [
            denoise(self._latents, self._times, None, None),
            denoise(self._latents, self._times, None, self.cache.bias(self._log_past)),
        ]
        if self._model.vace is not None and self._control_in is not None:
            control = Control(self._model.vace.embed(self._control_in), torch.ones((), device=self._model.device))
            found.append(denoise(self._latents, self._times, control, None))
        return tuple(found)


def worst_error(values: tuple[Tensor, ...], expected: tuple[Tensor, ...]) -> float:
    """The largest relative error of several results."""
    return max(relative_error(value, reference) for value, reference in zip(values, expected, strict=True))
