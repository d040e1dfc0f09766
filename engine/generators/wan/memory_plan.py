"""What of a model fits into a device's memory: as its card has it, with a shorter window, or without depth.

Worked out before anything is loaded, for the device at hand or for one of any size.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

import torch

from engine.generators.wan.cards import ModelCard, Precision
from engine.generators.wan.codecs.codec import VideoCodec, build_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.memory import GIB, MemoryNeed, codec_need, device_need, model_need, staged_bytes
from engine.generators.wan.text.placement import TextPlace, place_text

SIZES_GB: Final = (8, 10, 12, 16, 24, 32, 48, 80)
"""Of the cards that people have."""

FREE_SHARE: Final = 0.94
"""Of a card's memory that a show finds: the driver keeps some, a desktop some more."""

HOST_FREE: Final = 48 * GIB
"""Of the host beside such a card."""

FP8_CAPABILITY: Final = (8, 9)
"""The first compute capability with units for fp8 products."""

_FULL_VAE: Final = "Wan2.1_VAE"


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How a model would play on a device.

    Attributes:
        card: as it plays there; changes: what is less than on its card, in words.
        fp8: whether its large layers are in fp8; text: where the text encoder goes, None for the stand-in.
    """

    card: ModelCard
    need: MemoryNeed
    fp8: bool
    text: TextPlace | None
    changes: tuple[str, ...] = ()

    def sentence(self) -> str:
        """For people: "8.9 GiB in fp8, window 12, text encoder in fp8 on the host"."""
        parts = [f"{self.need.bytes / GIB:.1f} GiB in {'fp8' if self.fp8 else 'bfloat16'}"]
        parts.append(f"window {self.card.recipe.window}")
        if not self.card.depth_branch:
            parts.append("without depth")
        if self.text is not None:
            kind = "fp8" if self.text.precision is Precision.FP8 else "bfloat16"
            where = "beside it" if self.text.device.type != "cpu" else "on the host"
            parts.append(f"text encoder in {kind} {where}" if self.text.fits else "no room for the text encoder")
        return ", ".join(parts)


def variants(card: ModelCard) -> Iterator[tuple[ModelCard, tuple[str, ...]]]:
    """The card, then with less and less of it, and what that is in words: a window of two blocks behind the sink is the
    shortest."""
    recipe = card.recipe
    least = recipe.sink + 2 * recipe.block_frames
    for depth in (True, False) if card.depth_branch else (False,):
        kept = card if depth or not card.depth_branch else replace(card, depth_branch=False, depth=None)
        left = () if kept is card else ("it plays without depth",)
        for window in range(recipe.window, least - 1, -recipe.block_frames):
            if window == recipe.window:
                yield kept, left
            else:
                told = f"it sees {window} latent frames instead of {recipe.window}"
                yield replace(kept, recipe=replace(recipe, window=window)), (*left, told)


def fitting(
    card: ModelCard, need_of: Callable[[ModelCard], MemoryNeed], free: int
) -> tuple[ModelCard, tuple[str, ...]] | None:
    """The first of a card's variants that needs no more than what is free, and what is less; None: there is none."""
    return next((one for one in variants(card) if need_of(one[0]).bytes <= free), None)


def can_stage(card: ModelCard, dtype: torch.dtype, host: int) -> bool:
    """Whether the host has room for large layers that wait to be quantised; random ones are drawn on the device."""
    return not card.random_weights and staged_bytes(card, dtype) + GIB <= host


def plan_memory(card: ModelCard, free: int, host: int, *, fp8: bool) -> MemoryPlan | None:
    """How a model would play on a GPU; None: it does not fit.

    Args:
        free: bytes of the GPU; host: bytes of main memory; fp8: whether the GPU has units for it.
    """
    fp8 = fp8 and card.pace.precision is not Precision.BF16
    device = torch.device("cuda")
    coding = {depth: _coding(replace(card, depth_branch=depth)) for depth in {card.depth_branch, False}}

    def need_of(one: ModelCard) -> MemoryNeed:
        need = model_need(one, torch.bfloat16, fp8=fp8).with_parts(coding[one.depth_branch])
        need = need.with_parts(device_need(device))
        return need.staged() if fp8 and can_stage(one, torch.bfloat16, host) else need

    found = fitting(card, need_of, free)
    if found is None:
        return None
    fitted, changes = found
    need = need_of(fitted)
    playing = sum(size for _, size in need.parts)
    text = place_text(card.text_precision, device, free - playing, host) if card.text is not None else None
    return MemoryPlan(fitted, need, fp8, text, changes)


@lru_cache(maxsize=64)
def _coding(card: ModelCard) -> MemoryNeed:
    return codec_need(card, outline_codec(card))


def outline_codec(card: ModelCard) -> VideoCodec:
    """The codec that a card names, without weights: by its file's name, since the file may not be there."""
    full = card.codec is not None and _FULL_VAE in card.codec.file
    return _outline(full)


@cache
def _outline(full: bool) -> VideoCodec:
    with torch.device("meta"):
        codec = build_codec(WanVaeConfig() if full else TaehvConfig())
    for network in (codec.encoder, codec.decoder):
        network.to(torch.bfloat16)
    return codec
