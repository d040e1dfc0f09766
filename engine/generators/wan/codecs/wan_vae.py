"""The Wan 2.1 VAE, streaming, at any width (LightVAE is the same network at a quarter of the width)."""

from dataclasses import dataclass
from typing import Final

import torch.nn.functional as F  # noqa: N812 - the name that everyone knows
from torch import Tensor, nn

from engine.generators.wan.codecs.base import LATENT_CHANNELS, SPATIAL_STRIDE, TEMPORAL_STRIDE
from engine.generators.wan.codecs.history import History
from engine.generators.wan.codecs.latent_space import denormalise, normalise
from engine.generators.wan.codecs.layers import CausalConv3d, ChannelNorm
from engine.generators.wan.codecs.network import CodecNetwork
from engine.generators.wan.codecs.wan_blocks import Downsample, FrameAttention, ResidualBlock, Upsample

MULTIPLIERS: Final = (1, 2, 4, 4)
"""Channels over the base width, from full resolution down to an eighth."""

TIME_HALVED: Final = (False, True, True)
"""Which of the three steps between resolutions halves the frame rate, too."""

RESIDUAL_BLOCKS: Final = 2
"""At each resolution of the encoder; the decoder has one more."""


@dataclass(frozen=True, slots=True)
class WanVaeConfig:
    """A size of the VAE.

    Attributes:
        width: channels at full resolution.
    """

    width: int = 96


WAN_VAE: Final = WanVaeConfig()
LIGHT_VAE: Final = WanVaeConfig(width=24)


class WanEncoder(CodecNetwork[WanVaeConfig]):
    """Frames to latents: the mean of the posterior, normalised."""

    channels = (3, LATENT_CHANNELS)
    groups = (1, TEMPORAL_STRIDE)
    scale = (1, SPATIAL_STRIDE)

    def __init__(self, config: WanVaeConfig = WAN_VAE) -> None:
        super().__init__(config)
        widths = [config.width * multiplier for multiplier in MULTIPLIERS]
        self.conv_in = CausalConv3d(3, widths[0], (3, 3, 3))
        blocks: list[nn.Module] = []
        previous = widths[0]
        for width, halved in zip(widths, (*TIME_HALVED, None), strict=True):
            for _ in range(RESIDUAL_BLOCKS):
                blocks.append(ResidualBlock(previous, width))
                previous = width
            if halved is not None:
                blocks.append(Downsample(width, halved))
        self.blocks = nn.ModuleList(blocks)
        self.middle = _middle(previous)
        self.norm_out = ChannelNorm(previous)
        self.conv_out = CausalConv3d(previous, 2 * LATENT_CHANNELS, (3, 3, 3))
        self.quant = CausalConv3d(2 * LATENT_CHANNELS, 2 * LATENT_CHANNELS, (1, 1, 1))
        self.normalise = normalise()
        self.number_layers()

    def forward(self, x: Tensor, history: History) -> Tensor:
        x = self.conv_in(x.mul(2).sub_(1), history)  # the model's pixels are in -1..1
        for block in (*self.blocks, *self.middle):
            x = block(x, history)
        x = self.conv_out(F.silu(self.norm_out(x), inplace=True), history)
        mean, _ = self.quant(x, history).chunk(2, dim=1)
        latent: Tensor = self.normalise(mean)
        return latent


class WanDecoder(CodecNetwork[WanVaeConfig]):
    """Latents to frames, clamped to 0..1."""

    channels = (LATENT_CHANNELS, 3)
    groups = (1, 1)
    scale = (SPATIAL_STRIDE, 1)

    def __init__(self, config: WanVaeConfig = WAN_VAE) -> None:
        super().__init__(config)
        widths = [config.width * multiplier for multiplier in reversed(MULTIPLIERS)]
        self.denormalise = denormalise()
        self.post_quant = CausalConv3d(LATENT_CHANNELS, LATENT_CHANNELS, (1, 1, 1))
        self.conv_in = CausalConv3d(LATENT_CHANNELS, widths[0], (3, 3, 3))
        self.middle = _middle(widths[0])
        blocks: list[nn.Module] = []
        previous = widths[0]
        for width, doubled in zip(widths, (*reversed(TIME_HALVED), None), strict=True):
            for _ in range(RESIDUAL_BLOCKS + 1):
                blocks.append(ResidualBlock(previous, width))
                previous = width
            if doubled is not None:
                blocks.append(Upsample(width, doubled))
                previous = width // 2
        self.blocks = nn.ModuleList(blocks)
        self.norm_out = ChannelNorm(previous)
        self.conv_out = CausalConv3d(previous, 3, (3, 3, 3))
        self.number_layers()

    def forward(self, x: Tensor, history: History) -> Tensor:
        x = self.post_quant(self.denormalise(x), history)
        x = self.conv_in(x, history)
        for block in (*self.middle, *self.blocks):
            x = block(x, history)
        x = self.conv_out(F.silu(self.norm_out(x), inplace=True), history)
        return x.add_(1).mul_(0.5).clamp_(0, 1)


def _middle(width: int) -> nn.ModuleList:
    return nn.ModuleList([ResidualBlock(width, width), FrameAttention(width), ResidualBlock(width, width)])
