"""The tiny autoencoder for Wan 2.1, streaming (TAEHV by Ollin Boer Bohan, github.com/madebyollin/taehv, MIT)."""

from dataclasses import dataclass
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812 - the name that everyone knows
from torch import Tensor, nn

from engine.generators.wan.codecs.base import LATENT_CHANNELS, SPATIAL_STRIDE, TEMPORAL_STRIDE
from engine.generators.wan.codecs.history import History
from engine.generators.wan.codecs.latent_space import denormalise, normalise
from engine.generators.wan.codecs.layers import (
    FrameConv,
    LatentAffine,
    as_images,
    as_video,
    fold_time,
    unfold_time,
    upsample,
)
from engine.generators.wan.codecs.network import CodecNetwork

ENCODER_TIME: Final = (2, 2, 1)
"""Frames that each stage of the encoder folds into one."""

DECODER_TIME: Final = (1, 2, 2)
"""Frames that each stage of the decoder makes of one."""

MEMORY_BLOCKS: Final = 3
"""In each stage."""

LATENT_BOUND: Final = 3.0
"""The decoder bends latents softly into -3..3."""


@dataclass(frozen=True, slots=True)
class TaehvConfig:
    """A size and kind of the tiny autoencoder.

    Attributes:
        encoder_width: channels of the encoder.
        decoder_widths: channels of the decoder's three stages and of its last layer.
        raw_latents: its latents are the VAE's own (lighttaew2_1), not the transformer's (taew2_1). The two
            kinds have the same keys and shapes: only the model card can tell them apart.
    """

    encoder_width: int = 64
    decoder_widths: tuple[int, int, int, int] = (256, 128, 64, 64)
    raw_latents: bool = False


TAEW2_1: Final = TaehvConfig()
LIGHT_TAEW2_1: Final = TaehvConfig(raw_latents=True)


class MemoryBlock(nn.Module):
    """A residual block that sees each frame beside the frame before it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.slot = -1
        self.conv1 = nn.Conv2d(2 * channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv3 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, history: History) -> Tensor:
        before = history.extend(self.slot, x, 1)[:, :, :-1]
        y = F.relu_(self.conv1(as_images(torch.cat((x, before), 1))))
        y = self.conv3(F.relu_(self.conv2(y)))
        return F.relu_(as_video(y, x.shape[0]).add_(x))


class EncoderStage(nn.Module):
    """Fold frames, halve the picture, remember."""

    def __init__(self, channels: int, frames: int) -> None:
        super().__init__()
        self.frames = frames
        self.time = FrameConv(frames * channels, channels, 1, bias=False)
        self.space = FrameConv(channels, channels, 3, stride=2, padding=1, bias=False)
        self.memory = nn.ModuleList(MemoryBlock(channels) for _ in range(MEMORY_BLOCKS))

    def forward(self, x: Tensor, history: History) -> Tensor:
        x = self.space(self.time(fold_time(x, self.frames) if self.frames > 1 else x))
        for block in self.memory:
            x = block(x, history)
        return x


class DecoderStage(nn.Module):
    """Remember, multiply frames, double the picture.

    Published with the picture doubled first; the 1×1 convolution commutes with that, at a quarter of its cost.
    """

    def __init__(self, inputs: int, outputs: int, frames: int) -> None:
        super().__init__()
        self.frames = frames
        self.memory = nn.ModuleList(MemoryBlock(inputs) for _ in range(MEMORY_BLOCKS))
        self.time = FrameConv(inputs, frames * inputs, 1, bias=False)
        self.space = FrameConv(inputs, outputs, 3, padding=1, bias=False)

    def forward(self, x: Tensor, history: History) -> Tensor:
        for block in self.memory:
            x = block(x, history)
        x = self.time(x)
        if self.frames > 1:
            x = unfold_time(x, self.frames)
        y: Tensor = self.space(upsample(x))
        return y


class TaehvEncoder(CodecNetwork[TaehvConfig]):
    """Frames to latents. Latent i is made of frames 4i .. 4i + 3 although it stands for 4i - 3 .. 4i."""

    channels = (3, LATENT_CHANNELS)
    groups = (TEMPORAL_STRIDE, TEMPORAL_STRIDE)
    scale = (1, SPATIAL_STRIDE)

    def __init__(self, config: TaehvConfig = TAEW2_1) -> None:
        super().__init__(config)
        width = config.encoder_width
        self.conv_in = FrameConv(3, width, 3, padding=1)
        self.stages = nn.ModuleList(EncoderStage(width, frames) for frames in ENCODER_TIME)
        self.conv_out = FrameConv(width, LATENT_CHANNELS, 3, padding=1)
        self.to_transformer: LatentAffine | None = normalise() if config.raw_latents else None
        self.number_layers()

    def forward(self, x: Tensor, history: History) -> Tensor:
        x = F.relu_(self.conv_in(x))
        for stage in self.stages:
            x = stage(x, history)
        x = self.conv_out(x)
        return x if self.to_transformer is None else self.to_transformer(x)


class TaehvDecoder(CodecNetwork[TaehvConfig]):
    """Latents to frames, clamped to 0..1. The first latent makes four frames, of which only the last is real."""

    channels = (LATENT_CHANNELS, 3)
    groups = (1, 1)
    scale = (SPATIAL_STRIDE, 1)

    def __init__(self, config: TaehvConfig = TAEW2_1) -> None:
        super().__init__(config)
        widths = config.decoder_widths
        self.from_transformer: LatentAffine | None = denormalise() if config.raw_latents else None
        self.conv_in = FrameConv(LATENT_CHANNELS, widths[0], 3, padding=1)
        self.stages = nn.ModuleList(
            DecoderStage(inputs, outputs, frames)
            for inputs, outputs, frames in zip(widths[:-1], widths[1:], DECODER_TIME, strict=True)
        )
        self.conv_out = FrameConv(widths[-1], 3, 3, padding=1)
        self.number_layers()

    def forward(self, x: Tensor, history: History) -> Tensor:
        if self.from_transformer is not None:
            x = self.from_transformer(x)
        x = torch.tanh(x / LATENT_BOUND).mul_(LATENT_BOUND)
        x = F.relu_(self.conv_in(x))
        for stage in self.stages:
            x = stage(x, history)
        x = self.conv_out(F.relu_(x)).clamp_(0, 1)
        return x[:, :, -1:] if history.fresh else x
