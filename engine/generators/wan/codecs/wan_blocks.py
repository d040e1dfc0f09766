"""Blocks of the Wan 2.1 VAE (arXiv 2503.20314, section 4.1; reference: Wan-Video/Wan2.1, wan/modules/vae.py)."""

import torch.nn.functional as F  # noqa: N812 - the name that everyone knows
from torch import Tensor, nn

from engine.generators.wan.codecs.history import History
from engine.generators.wan.codecs.layers import (
    CausalConv3d,
    ChannelNorm,
    FrameConv,
    as_images,
    as_video,
    unfold_time,
    upsample,
)


class ResidualBlock(nn.Module):
    """Twice norm, SiLU and a causal convolution, around a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = ChannelNorm(inputs)
        self.conv1 = CausalConv3d(inputs, outputs, (3, 3, 3))
        self.norm2 = ChannelNorm(outputs)
        self.conv2 = CausalConv3d(outputs, outputs, (3, 3, 3))
        self.shortcut = CausalConv3d(inputs, outputs, (1, 1, 1)) if inputs != outputs else None

    def forward(self, x: Tensor, history: History) -> Tensor:
        residual: Tensor = x if self.shortcut is None else self.shortcut(x, history)
        y: Tensor = self.conv1(F.silu(self.norm1(x), inplace=True), history)
        y = self.conv2(F.silu(self.norm2(y), inplace=True), history)
        return y.add_(residual)


class FrameAttention(nn.Module):
    """Self-attention with one head among the pixels of each frame."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.out = nn.Linear(channels, channels)

    def forward(self, x: Tensor, history: History) -> Tensor:  # noqa: ARG002 - frames do not see each other
        batch, _, _, height, _ = x.shape
        pixels = as_images(self.norm(x)).movedim(1, -1).flatten(1, 2)  # [B*T, H*W, C]
        query, key, value = self.qkv(pixels).unsqueeze(1).chunk(3, dim=-1)
        seen = F.scaled_dot_product_attention(query, key, value).squeeze(1)
        y = self.out(seen).unflatten(1, (height, -1)).movedim(-1, 1)
        return x + as_video(y, batch)


class Downsample(nn.Module):
    """Halve the picture, padded at its right and lower edge only; and the frame rate, where asked.

    In time, the first frame of a video stands alone and passes as it is; afterwards every two frames become
    one that also sees the frame before them.
    """

    def __init__(self, channels: int, in_time: bool) -> None:
        super().__init__()
        self.space = nn.Conv2d(channels, channels, 3, stride=2)
        self.time = CausalConv3d(channels, channels, (3, 1, 1), stride=2) if in_time else None

    def forward(self, x: Tensor, history: History) -> Tensor:
        x = as_video(self.space(F.pad(as_images(x), (0, 1, 0, 1))), x.shape[0])
        if self.time is None:
            return x
        if history.fresh:
            history.past(self.time.slot, x, 1).copy_(x)
            return x
        y: Tensor = self.time(x, history)
        return y


class Upsample(nn.Module):
    """Double the picture while halving the channels; and the frame rate, where asked.

    In time, the first latent stands for one frame and is not doubled, and no later one sees it here: the past
    of the second latent is still zero, as it was in training.
    """

    def __init__(self, channels: int, in_time: bool) -> None:
        super().__init__()
        self.time = CausalConv3d(channels, 2 * channels, (3, 1, 1)) if in_time else None
        self.space = FrameConv(channels, channels // 2, 3, padding=1)

    def forward(self, x: Tensor, history: History) -> Tensor:
        if self.time is not None:
            if history.fresh:
                history.past(self.time.slot, x, self.time.past_frames)
            else:
                x = unfold_time(self.time(x, history), 2)
        y: Tensor = self.space(upsample(x))
        return y
