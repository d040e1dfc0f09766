"""Rotary position embedding over time, height and width; time never runs out.

A score depends on the *difference* of two positions only (Su et al. 2021, "RoFormer"), so keys are cached
rotated at the absolute frame they were made at, and nothing is rotated again on read. Angles are worked out
in double precision for the block at hand instead of being looked up: the tables of the reference end after
1024 latent frames (under five minutes of show), these after some 10¹² frames. Only sink frames move against
the rest: the cache turns them to the place just before the oldest frame of the window (`shift_tables`), as
LongLive's block-relativistic variant does by rotating every key on every read.

Pairs are interleaved: dimensions 2i and 2i+1 of a head make one rotated pair, as in Wan 2.1.
"""

from typing import Final

import torch
from torch import Tensor

from engine.generators.wan.dims import LatentGrid, ModelDims

_THETA: Final = 10000.0
"""Base of the frequencies (Wan 2.1 `rope_params`)."""


def _frequencies(pairs: int) -> Tensor:
    """theta^(−i/pairs), float64 [pairs]."""
    return torch.pow(_THETA, -torch.arange(pairs, dtype=torch.float64) / pairs)


class RotaryTables:
    """cos and sin for the tokens of one block, float32 [block tokens, head_dim / 2], at fixed addresses.

    Args:
        frames: latent frames per block.
    """

    def __init__(self, dims: ModelDims, grid: LatentGrid, frames: int, device: torch.device) -> None:
        time, height, width = dims.rope_pairs
        rows = torch.outer(torch.arange(grid.rows, dtype=torch.float64), _frequencies(height))
        columns = torch.outer(torch.arange(grid.columns, dtype=torch.float64), _frequencies(width))
        angles = torch.zeros(frames, grid.rows, grid.columns, dims.head_dim // 2, dtype=torch.float64)
        angles[..., time : time + height] = rows[None, :, None]
        angles[..., time + height :] = columns[None, None, :]
        self._frames = frames
        self._time = time
        self._time_frequencies = _frequencies(time).to(device)
        self.cos = angles.cos().to(device, torch.float32).flatten(0, 2)
        self.sin = angles.sin().to(device, torch.float32).flatten(0, 2)
        self.move_to(0)

    def move_to(self, position: int) -> None:
        """Rewrite the tables in place for a block whose first frame is frame `position` since the cut."""
        device = self.cos.device
        first = torch.arange(position, position + self._frames, dtype=torch.float64, device=device)
        angles = torch.outer(first, self._time_frequencies)[:, None]
        for table, values in ((self.cos, angles.cos()), (self.sin, angles.sin())):
            table.view(self._frames, -1, table.shape[1])[..., : self._time].copy_(values)

    def shift(self, frames: int) -> tuple[Tensor, Tensor]:
        """cos and sin that turn a rotated key `frames` frames onward in time, float32 [1, head_dim / 2]."""
        angles = torch.zeros(1, self.cos.shape[1], dtype=torch.float64, device=self.cos.device)
        angles[0, : self._time] = self._time_frequencies * float(frames)
        return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate the pairs of every head, in float32.

    Args:
        x: [..., L, H, D]; cos, sin: float32 [L or 1, D / 2].

    Returns:
        Like x, in its dtype.
    """
    first, second = x.float().view(*x.shape[:-1], -1, 2).unbind(-1)
    cos, sin = cos[:, None], sin[:, None]
    turned = torch.stack((first * cos - second * sin, first * sin + second * cos), dim=-1)
    return turned.flatten(-2).to(x.dtype)


def turn(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """`rotate` by one angle per pair, of the first pairs of every head only; two kernels where nothing is compiled.

    Args:
        x: [..., H, 2 · pairs], contiguous; cos, sin: float32 [1, D / 2], of which the first pairs are taken.

    Returns:
        Like x, in float32.
    """
    pairs = x.shape[-1] // 2
    by = torch.complex(cos[0, :pairs], sin[0, :pairs])
    numbers = torch.view_as_complex(x.float().view(*x.shape[:-1], pairs, 2))
    return torch.view_as_real(numbers * by).flatten(-2)
