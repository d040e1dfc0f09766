"""What a model needs, worked out before its weights are read, and what is free."""

from dataclasses import dataclass
from typing import Final

import psutil
import torch

from engine.errors import GeneratorError
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.stream import stream_cost
from engine.generators.wan.kv_cache import KVCache

GIB: Final = 2**30

TEXT_BYTES: Final = 11_400_000_000
"""UMT5-XXL's encoder in bfloat16: 5.7 billion numbers."""

_SHOWS: Final = 2
"""The running video, and the opening that is prepared beside it."""

_COPIES: Final = 2
"""A codec's state and what it is put back to when a chunk is abandoned."""


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes on the device, by what they are for."""

    parts: tuple[tuple[str, int], ...]

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.parts)

    def sentence(self) -> str:
        """For people: "weights 26.6 GiB, windows 7.6 GiB"."""
        return ", ".join(f"{name} {size / GIB:.1f} GiB" for name, size in self.parts)


def model_need(card: ModelCard, dtype: torch.dtype) -> MemoryNeed:
    """Of the transformer with its windows, the codec left out."""
    dims, tokens = card.dims, card.recipe.block_frames * card.grid.tokens
    # The widest moment of a block: its input, the modulated input and the products, some of them in float32.
    work = tokens * (16 * dims.dim + 2 * dims.ffn_dim) * torch.float32.itemsize
    return MemoryNeed(
        (
            ("weights", dims.parameters(vace=card.depth_branch) * dtype.itemsize),
            ("windows", _SHOWS * KVCache.bytes_for(dims, card.recipe, card.grid, dtype)),
            ("work", work),
        )
    )


def codec_need(card: ModelCard, codec: VideoCodec) -> MemoryNeed:
    """Of the codec's streams: input, depth and output. Counted without computing anything."""
    encoder = stream_cost(codec.encoder, card.edge, card.edge).state_bytes
    decoder = stream_cost(codec.decoder, card.edge, card.edge).state_bytes
    encoders = 2 if card.depth_branch else 1
    return MemoryNeed((("codec", codec.weight_bytes() + _SHOWS * (_COPIES * encoders * encoder + decoder)),))


def free_bytes(device: torch.device) -> int:
    """What is free on a device now."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
    return psutil.virtual_memory().available


def require_room(card: ModelCard, need: MemoryNeed, free: int, device: torch.device) -> None:
    """Raises GeneratorError: it does not fit; the sentence says what is needed and what to choose instead."""
    if need.bytes > free:
        raise GeneratorError(
            f"This model needs {need.bytes / GIB:.1f} GiB on {device} ({need.sentence()}) "
            f"and {free / GIB:.1f} GiB are free",
            where=card.name,
            remedy="Close other programs on the device, or choose a smaller model.",
        )
