"""What a model needs, worked out before its weights are read, and what is free."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import psutil
import torch

from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.stream import stream_cost
from engine.generators.wan.sampling.context import opening_recipe
from engine.generators.wan.sampling.kv_cache import KVCache

GIB: Final = 2**30

WEIGHTS: Final = "weights"
WINDOWS: Final = "windows"
WORDS: Final = "words"

TEXT_BYTES: Final = 11_400_000_000
"""UMT5-XXL's encoder in bfloat16: 5.7 billion numbers."""

_LIBRARY_BYTES: Final = 2 * GIB
"""Workspaces of libraries, graphs, and what a codec works with: a 1.3B model with its branch took 9.6 GiB on an H200
where its own parts add up to 8.4, and the driver keeps some for itself."""

_HOST_ROOM_BYTES: Final = GIB
_MARGIN_BYTES: Final = GIB
"""For snapshots and openings on a host; and what they leave free on a device, which other programs draw on too."""

_WORKPLACES: Final = 2
"""Where a pass is launched plainly, and where its graphs have their memory."""

_COPIES: Final = 2
"""A codec's state and what it is put back to when a chunk is abandoned."""


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes on the device, by what they are for.

    Attributes:
        parts: while it plays; passing: what there is more of the weights while they are loaded, before the rest.
    """

    parts: tuple[tuple[str, int], ...]
    passing: int = 0

    @property
    def bytes(self) -> int:
        """At most, at any time."""
        return max(self._playing, self._loading)

    @property
    def behind_weights(self) -> int:
        """What is still to come once the weights are as they stay."""
        return self._playing - dict(self.parts)[WEIGHTS]

    @property
    def _playing(self) -> int:
        return sum(size for _, size in self.parts)

    @property
    def _loading(self) -> int:
        return dict(self.parts).get(WEIGHTS, 0) + self.passing

    def staged(self) -> "MemoryNeed":
        """The same where large layers come from the host one block after another."""
        return MemoryNeed(self.parts)

    def with_parts(self, other: "MemoryNeed") -> "MemoryNeed":
        """Both."""
        return MemoryNeed((*self.parts, *other.parts), self.passing + other.passing)

    def sentence(self) -> str:
        """For people: "weights 26.6 GiB, windows 7.6 GiB"."""
        told = ", ".join(f"{name} {size / GIB:.1f} GiB" for name, size in self.parts if size)
        return f"{told}; {self._loading / GIB:.1f} GiB while loading" if self._loading > self._playing else told


def staged_bytes(card: ModelCard, dtype: torch.dtype) -> int:
    """Of the host, where large layers wait there."""
    return _large_numbers(card) * dtype.itemsize


def _large_numbers(card: ModelCard) -> int:
    dims = card.dims
    blocks = dims.layers + (len(dims.vace_layers) if card.depth_branch else 0)
    return blocks * (6 * dims.dim**2 + 2 * dims.dim * dims.ffn_dim)


def model_need(card: ModelCard, dtype: torch.dtype, *, fp8: bool = False, ranks: int = 1) -> MemoryNeed:
    """Of the transformer with its windows, the codec left out.

    Args:
        fp8: the large layers will be quantised, all of them: what the guard keeps back needs twice as much.
        ranks: how many processes share each pass: each holds the weights whole, and its heads of the windows.
    """
    dims, tokens = card.dims, card.recipe.opening_frames * card.grid.tokens
    recipes = (card.recipe, opening_recipe(card.recipe))[: _shows(card)]  # of the running video, and the one beside it
    blocks = dims.layers + (len(dims.vace_layers) if card.depth_branch else 0)
    saved = _large_numbers(card) * (dtype.itemsize - 1) if fp8 else 0
    # The widest moment of a block: its input, the modulated input and the products, some of them in float32.
    work = tokens * (16 * dims.dim + 2 * dims.ffn_dim) * torch.float32.itemsize
    words = 2 * blocks * dims.text_len * dims.dim * dtype.itemsize
    own = replace(dims, heads=dims.heads // ranks, dim=dims.dim // ranks)
    return MemoryNeed(
        (
            (WEIGHTS, dims.parameters(vace=card.depth_branch) * dtype.itemsize - saved),
            (WINDOWS, sum(KVCache.bytes_for(own, recipe, card.grid, dtype) for recipe in recipes)),
            (WORDS, _shows(card) * words),
            ("work", _WORKPLACES * work),
        ),
        passing=saved,
    )


def codec_need(card: ModelCard, codec: VideoCodec) -> MemoryNeed:
    """Of the codec's streams: input, depth, what of the input stays, and output. Counted without computing anything."""
    encoder = stream_cost(codec.encoder, *card.shape).state_bytes
    decoder = stream_cost(codec.decoder, *card.shape).state_bytes
    encoders = 3 if card.depth_branch else 1
    streams = _shows(card) * (_COPIES * encoders * encoder + decoder)
    return MemoryNeed((("codec", codec.weight_bytes() + streams),))


def _shows(card: ModelCard) -> int:
    """Videos with caches and codec streams of their own: the running one, and the opening that is made beside it."""
    return 2 if card.prepares else 1


def device_need(device: torch.device) -> MemoryNeed:
    """Of what a model is run by on a device."""
    return MemoryNeed((("libraries", _LIBRARY_BYTES if device.type == "cuda" else 0),))


def free_bytes(device: torch.device) -> int:
    """What is free on a device now, what torch holds ready for itself included."""
    if device.type == "cuda":
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + held
    return psutil.virtual_memory().available


def free_elsewhere(number: int) -> int | None:
    """What is free on another GPU, by its number; asked of the driver, so that nothing is opened there. None: it does
    not say."""
    import pynvml

    try:
        used = torch.cuda.device_memory_used(number)
    except (RuntimeError, pynvml.NVMLError):
        return None
    return max(torch.cuda.get_device_properties(number).total_memory - used, 0)


def least_free(own: int, others: Iterable[int], spared: int) -> int:
    """What a model may take on each of several devices alike: it has to fit into the one with the least room.

    Args:
        own, others: bytes that are free on the leading device, and on each of the others.
        spared: bytes of what the leading one needs that the others do not.
    """
    return min((own, *(free + spared for free in others)))


def room_beside(device: torch.device, promised: int) -> int:
    """What may be filled with snapshots and openings.

    Args:
        promised: bytes of the device that something will still come for.
    """
    return _HOST_ROOM_BYTES if device.type != "cuda" else room_in(free_bytes(device), promised)


def room_in(free: int, promised: int) -> int:
    """The same of a GPU, of so many bytes that are free on it."""
    return max(free - promised - _MARGIN_BYTES, 0)


def unplayed_bytes(card: ModelCard, codec: VideoCodec, dtype: torch.dtype, device: torch.device) -> int:
    """What a generator that is built and has made no pass yet will take of its device with its first chunks: what
    passes and pushes work with, the states of codec streams, graphs and what libraries keep."""
    need = model_need(card, dtype).with_parts(codec_need(card, codec)).with_parts(device_need(device))
    held = {WEIGHTS, WINDOWS, WORDS}
    return sum(size for name, size in need.parts if name not in held) - codec.weight_bytes()


def model_dtype(device: torch.device) -> torch.dtype:
    """What a model computes in."""
    return torch.bfloat16 if device.type == "cuda" else torch.float32
