"""What of a model fits into a device's memory: as its card has it, or with less, given up in an order that is told.

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
        coded_small: whether the card's small codec takes the place of its codec.
    """

    card: ModelCard
    need: MemoryNeed
    fp8: bool
    text: TextPlace | None
    changes: tuple[str, ...] = ()
    coded_small: bool = False

    def sentence(self) -> str:
        """For people: "8.9 GiB in fp8, window 12, text encoder in fp8 on the host"."""
        parts = [f"{self.need.bytes / GIB:.1f} GiB in {'fp8' if self.fp8 else 'bfloat16'}"]
        parts.append(f"window {self.card.recipe.window}")
        if self.coded_small:
            parts.append("tiny codec")
        if not self.card.prepares:
            parts.append("no pad armed")
        if not self.card.depth_branch:
            parts.append("without depth")
        if self.text is not None:
            kind = "fp8" if self.text.precision is Precision.FP8 else "bfloat16"
            where = "beside it" if self.text.device.type != "cpu" else "on the host"
            parts.append(f"text encoder in {kind} {where}" if self.text.fits else "no room for the text encoder")
        return ", ".join(parts)


def variants(card: ModelCard) -> Iterator[tuple[ModelCard, tuple[str, ...]]]:
    """The card, then with less and less of it, and what that is in words.

    First goes the large codec, which costs a little sharpness; then the window, down to two blocks behind the sink;
    then the second video, in which armed openings are made, so that cuts take a chunk; depth is the last to go, and
    codec and window are whole again at each of these.
    """
    recipe = card.recipe
    least = recipe.sink + 2 * recipe.block_frames
    for bare, without_depth in _each_less(card, card.depth_branch, _without_depth):
        for alone, without_openings in _each_less(bare, bare.prepares, _without_openings):
            for coded, small in _each_less(alone, _has_small(alone), with_small_codec):
                left = (*without_depth, *without_openings, *small)
                yield coded, left
                if _has_small(coded):
                    continue
                for window in range(recipe.window - recipe.block_frames, least - 1, -recipe.block_frames):
                    told = f"it sees {window} latent frames instead of {recipe.window}"
                    yield replace(coded, recipe=replace(recipe, window=window)), (*left, told)


_Less = Callable[[ModelCard], tuple[ModelCard, str]]


def _each_less(card: ModelCard, possible: bool, less: _Less) -> Iterator[tuple[ModelCard, tuple[str, ...]]]:
    """The card as it is, and if possible with less."""
    yield card, ()
    if possible:
        changed, told = less(card)
        yield changed, (told,)


def _without_depth(card: ModelCard) -> tuple[ModelCard, str]:
    return replace(card, depth_branch=False, depth=None), "it plays without depth"


def _without_openings(card: ModelCard) -> tuple[ModelCard, str]:
    return replace(card, prepares=False), "no pad is armed"


def with_small_codec(card: ModelCard) -> tuple[ModelCard, str]:
    """The same with its small codec in place of the other, and what that is in words."""
    small = replace(card, codec=card.small_codec, small_codec=None, raw_latents=False)
    return small, "it codes its pictures with the tiny autoencoder"


def _has_small(card: ModelCard) -> bool:
    return card.small_codec is not None and card.codec is not None and not card.random_weights


def fitting(card: ModelCard, fits: Callable[[ModelCard], bool]) -> tuple[ModelCard, tuple[str, ...]] | None:
    """The first of a card's variants that fits, and what is less; None: there is none."""
    return next((one for one in variants(card) if fits(one[0])), None)


def least(card: ModelCard, need_of: Callable[[ModelCard], MemoryNeed]) -> tuple[MemoryNeed, tuple[str, ...]]:
    """What the smallest of a card's variants needs, and what is less then."""
    return min(((need_of(one), less) for one, less in variants(card)), key=lambda found: found[0].bytes)


def can_stage(card: ModelCard, dtype: torch.dtype, host: int) -> bool:
    """Whether the host has room for large layers that wait to be quantised; random ones are drawn on the device."""
    return not card.random_weights and staged_bytes(card, dtype) + GIB <= host


def has_fp8(card: ModelCard, capability: tuple[int, int]) -> bool:
    """Whether a model's large layers are in fp8 on a GPU of this compute capability."""
    return capability >= FP8_CAPABILITY and card.pace.precision is not Precision.BF16


def plan_memory(card: ModelCard, free: int, host: int, *, fp8: bool) -> MemoryPlan | None:
    """How a model would play on a GPU; None: it does not fit.

    Args:
        free: bytes of the GPU; host: bytes of main memory; fp8: whether the GPU has units for it.
    """
    fp8 = fp8 and card.pace.precision is not Precision.BF16
    device = torch.device("cuda")
    need_of = planned_need(card, host, fp8=fp8)
    found = fitting(card, lambda one: need_of(one).bytes <= free)
    if found is None:
        return None
    fitted, changes = found
    need = need_of(fitted)
    playing = sum(size for _, size in need.parts)
    text = place_text(card.text_precision, device, free - playing, host) if card.text is not None else None
    return MemoryPlan(fitted, need, fp8, text, changes, fitted.codec != card.codec)


def planned_need(card: ModelCard, host: int, *, fp8: bool) -> Callable[[ModelCard], MemoryNeed]:
    """What each of a card's variants needs on a GPU, its files unread.

    Args:
        host: bytes of main memory; fp8: whether its large layers are in fp8.
    """
    device = device_need(torch.device("cuda"))

    def need_of(one: ModelCard) -> MemoryNeed:
        need = model_need(one, torch.bfloat16, fp8=fp8)
        need = need.with_parts(_coding(replace(one, recipe=card.recipe))).with_parts(device)  # no matter of the window
        return need.staged() if fp8 and can_stage(one, torch.bfloat16, host) else need

    return need_of


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
