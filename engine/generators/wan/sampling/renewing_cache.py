"""A cache whose frames keep their positions, and whose sink is renewed where the picture has left it behind.

As StreamDiffusionV2 has it (Feng et al. 2025, arXiv 2511.07399; models/wan/causal_model.py): positions count on up to a
number and then go back to the window's last place, keys stay as they were turned, and a new frame takes the place of a
frame of the sink that it has become unlike. Each layer judges by itself, on the device: the host never waits for it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from engine.generators.wan.dims import LatentGrid, ModelDims
from engine.generators.wan.recipes import FixedPositions, Recipe
from engine.generators.wan.sampling.kv_cache import KVCache, KVSnapshot

Summed = Callable[[Tensor], Tensor]
"""Adds up a tensor over the processes that share a window by heads, the same to the bit in each."""

_SHORTEST: Final = 1e-8


class RenewingCache(KVCache):
    """Owned by the engine thread.

    Args:
        recipe: with `positions`, a sink, and blocks of one latent frame.
        summed: where the heads are those of this process alone; None: they are all here.
    """

    def __init__(
        self,
        dims: ModelDims,
        recipe: Recipe,
        grid: LatentGrid,
        *,
        device: torch.device,
        dtype: torch.dtype,
        batch: int = 1,
        summed: Summed | None = None,
    ) -> None:
        assert recipe.positions is not None
        self._fixed: FixedPositions = recipe.positions
        self._summed = summed
        super().__init__(dims, recipe, grid, device=device, dtype=dtype, batch=batch)
        self._layers = torch.arange(dims.layers, device=device)
        self._turns = torch.zeros(dims.layers, dtype=torch.int64, device=device)

    def reset(self) -> None:
        super().reset()
        self._turns.zero_()

    def commit(self) -> None:
        if self._frames < self._recipe.past_frames:
            super().commit()
            return
        self._replace(*self._places())
        self._position += 1
        self._tables.move_to(self._place_of(self._position))

    def snapshot(self, device: torch.device | None = None) -> KVSnapshot:
        return replace(super().snapshot(device), turns=self._turns.to(device or self._turns.device, copy=True))

    def restore(self, snapshot: KVSnapshot) -> None:
        super().restore(snapshot)
        if snapshot.turns is None:
            self._turns.zero_()
        else:
            self._turns.copy_(snapshot.turns)

    def _place_of(self, position: int) -> int:
        restart, last = self._fixed.restart, self._recipe.past_frames
        return position if position < restart else last + (position - restart) % (restart - last)

    def _place_sink(self) -> None:
        """It stays where it was made."""

    def _places(self) -> tuple[Tensor, Tensor]:
        """By layer, the frame behind the block's that the block takes the place of, and the ring's next turn, int64."""
        sink = self._recipe.sink
        likeness = (self._likeness(self._keys) + self._likeness(self._values)) / 2
        least, which = likeness.min(dim=-1)
        renewed = least < self._fixed.renew_below
        rolling = self._recipe.past_frames - sink
        places = torch.where(renewed, which, sink + self._turns)
        return places, torch.where(renewed, self._turns, (self._turns + 1) % rolling)

    def _replace(self, places: Tensor, turns: Tensor) -> None:
        for whole in (self._keys, self._values):
            frames = self._by_frame(whole)
            frames[self._layers, :, places + 1] = frames[:, :, 0].clone()
        self._turns.copy_(turns)

    def _likeness(self, whole: Tensor) -> Tensor:
        """Cosines of the sink's frames to the block at hand, each averaged over its tokens: float32 [layers, sink]."""
        seen = whole[:, :, : (1 + self._recipe.sink) * self._tokens]
        means = self._by_frame(seen).mean(dim=3, dtype=torch.float32).flatten(3)
        sink, block = means[:, :, 1:], means[:, :, :1]
        if self._summed is None:
            return cosine_similarity(sink, block, dim=-1).mean(dim=1)
        parts = (sink * block, sink * sink, (block * block).expand_as(sink))
        product, *squares = self._summed(torch.stack([part.sum(dim=-1) for part in parts]))
        lengths = [square.sqrt().clamp_min(_SHORTEST) for square in squares]
        likeness: Tensor = product / (lengths[0] * lengths[1])
        return likeness.mean(dim=1)

    def _by_frame(self, whole: Tensor) -> Tensor:
        """[layers, B, frames · tokens, H, D] → [layers, B, frames, tokens, H, D], the same memory."""
        layers, batch, _, heads, size = whole.shape
        return whole.view(layers, batch, -1, self._tokens, heads, size)


def make_cache(
    recipe: Recipe,
    dims: ModelDims,
    grid: LatentGrid,
    *,
    device: torch.device,
    dtype: torch.dtype,
    summed: Summed | None = None,
) -> KVCache:
    """The cache that a recipe needs; summed: see `RenewingCache`."""
    if recipe.positions is None:
        return KVCache(dims, recipe, grid, device=device, dtype=dtype)
    return RenewingCache(dims, recipe, grid, device=device, dtype=dtype, summed=summed)
