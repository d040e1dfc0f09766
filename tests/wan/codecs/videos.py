"""Small codecs and videos that the tests share."""

import torch
from torch import Tensor

from engine.generators.wan.codecs.base import CodecStream
from engine.generators.wan.codecs.codec import CodecConfig, VideoCodec, random_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig

torch.set_num_threads(1)

CPU = torch.device("cpu")
EDGE = 32
"""Pixels; 4 latents."""

SMALL: dict[str, CodecConfig] = {
    "wan": WanVaeConfig(width=8),
    "taehv": TaehvConfig(encoder_width=8, decoder_widths=(32, 16, 8, 8)),
    "raw taehv": TaehvConfig(encoder_width=8, decoder_widths=(32, 16, 8, 8), raw_latents=True),
}
_CODECS = {name: random_codec(config, 7, CPU, torch.float32) for name, config in SMALL.items()}


def small_codec(name: str) -> VideoCodec:
    return _CODECS[name]


def noise(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def frames(count: int, seed: int = 1, edge: int = EDGE, batch: int = 1) -> Tensor:
    """[B, 3, count, edge, edge] in 0..1."""
    return noise(seed, batch, 3, count, edge, edge).mul(0.25).add(0.5).clamp(0, 1)


def latents(count: int, seed: int = 2, edge: int = EDGE // 8, batch: int = 1) -> Tensor:
    """[B, 16, count, edge, edge], normal."""
    return noise(seed, batch, 16, count, edge, edge)


def opened(codec: VideoCodec, direction: str) -> CodecStream:
    return codec.open_encoder() if direction == "encode" else codec.open_decoder()


def video(direction: str, count: int, seed: int = 3) -> Tensor:
    """What a stream of this direction takes."""
    return frames(count, seed) if direction == "encode" else latents(count, seed)


def pushed(stream: CodecStream, x: Tensor, sizes: list[int]) -> Tensor:
    """Push x in parts of these sizes; the rest at the end."""
    parts, start = [], 0
    for size in (*sizes, x.shape[2]):
        if start < x.shape[2]:
            parts.append(stream.push(x[:, :, start : start + size]))
        start += size
    return torch.cat(parts, 2)


def relative_error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())
