"""Attention over time, as Video Depth Anything (Chen et al. 2025) has it between the stages of its head.

Each place of a feature map attends to itself in the frames before. The frames before are kept as the attention's own
normalised input without place in time, since the window moves on under them: places are added when they are looked at.
"""

import math
from collections.abc import Sequence
from typing import Final, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

WINDOW: Final = 32
"""Frames that attention sees, the newest among them: what the model was trained on."""

HEADS: Final = 8
GROUPS: Final = 32
ATTENTIONS: Final = 2
"""Attentions in each module."""

Past = tuple[Tensor | None, ...]
"""For each attention of a module what it remembers, [places, n, channels], the oldest first; None: nothing."""


def places_in_time(count: int, channels: int) -> Tensor:
    """Return sines and cosines (Vaswani et al. 2017), float32 [count, channels]."""
    steps = torch.arange(count, dtype=torch.float32)[:, None]
    rates = torch.exp(torch.arange(0, channels, 2, dtype=torch.float32) * (-math.log(10000.0) / channels))
    found = torch.zeros(count, channels)
    found[:, 0::2], found[:, 1::2] = torch.sin(steps * rates), torch.cos(steps * rates)
    return found


class TimeAttention(nn.Module):
    """Multi-head attention of each place along time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(channels, channels, bias=False)
        self.to_v = nn.Linear(channels, channels, bias=False)
        self.to_out = nn.Linear(channels, channels)
        self.register_buffer("times", places_in_time(WINDOW, channels), persistent=False)

    def forward(self, x: Tensor, past: Tensor | None, causal: bool) -> tuple[Tensor, Tensor]:
        """Attend from x [p, t, c] to what is remembered [p, n, c] and itself, n + t up to WINDOW; and both of them.

        Args:
            causal: no frame sees later ones.
        """
        seen = x if past is None else torch.cat((past, x), dim=1)
        (places, count, channels), new = seen.shape, x.shape[1]
        placed = seen + cast(Tensor, self.times)[:count].to(seen.dtype)

        def heads(values: Tensor) -> Tensor:
            return values.reshape(places, -1, HEADS, channels // HEADS).transpose(1, 2)

        mask = None
        if causal and new > 1:
            mask = torch.ones(new, count, dtype=torch.bool, device=x.device).tril(count - new)
        found = functional.scaled_dot_product_attention(
            heads(self.to_q(placed[:, count - new :])), heads(self.to_k(placed)), heads(self.to_v(placed)), mask
        )
        return self.to_out(found.transpose(1, 2).reshape(places, new, channels)), seen


class GatedForward(nn.Module):
    """A layer with a GELU gate (Shazeer 2020)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.widen = nn.Linear(channels, 8 * channels)
        self.narrow = nn.Linear(4 * channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        values, gate = self.widen(x).chunk(2, dim=-1)
        return cast(Tensor, self.narrow(values * functional.gelu(gate)))


class TimeModule(nn.Module):
    """Two attentions over time and a gated layer, added to a feature map."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels, eps=1e-6)
        self.proj_in = nn.Linear(channels, channels)
        self.attentions = nn.ModuleList(TimeAttention(channels) for _ in range(ATTENTIONS))
        self.norms = nn.ModuleList(nn.LayerNorm(channels) for _ in range(ATTENTIONS))
        self.forward_norm = nn.LayerNorm(channels)
        self.gated = GatedForward(channels)
        self.proj_out = nn.Linear(channels, channels)

    def forward(self, x: Tensor, past: Past, causal: bool) -> tuple[Tensor, Past]:
        """From features of consecutive frames [t, c, h, w]: those with time in them, and what is to be remembered."""
        frames, channels, height, width = x.shape
        inside = self.proj_in(self.norm(x).permute(2, 3, 0, 1).reshape(height * width, frames, channels))
        kept: list[Tensor] = []
        for attention, norm, before in zip(self.attentions, self.norms, past, strict=True):
            found, seen = attention(norm(inside), before, causal)
            inside = inside + found
            kept.append(seen[:, -(WINDOW - 1) :])
        inside = inside + self.gated(self.forward_norm(inside))
        out = self.proj_out(inside).reshape(height, width, frames, channels).permute(2, 3, 0, 1)
        return x + out, tuple(kept)


def nothing_yet(modules: Sequence[TimeModule]) -> tuple[Past, ...]:
    """Return what modules remember before their first frame."""
    return tuple((None,) * ATTENTIONS for _ in modules)
