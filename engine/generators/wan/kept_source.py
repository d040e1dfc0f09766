"""What of the source stays while the world around it is dreamt: VACE's masks.

Where a map is nearer than a threshold the branch is shown the source itself (its inactive half, mask 0); everywhere
else it is shown the map (its reactive half, mask 1). With a map of people that is: people stay. VACE (Jiang et al.
2025), `vace_encode_frames` and `vace_encode_masks`: a mask's 8×8 pixels become 64 channels, of the frame in the middle
of each latent's four.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.generators.transfers import on_device
from engine.generators.wan.cards import FRAMES_PER_LATENT
from engine.generators.wan.codecs.base import MID_GREY, SPATIAL_STRIDE

_MIDDLE: Final = FRAMES_PER_LATENT // 2


def kept_by(maps: Tensor, keep: float) -> Tensor:
    """Where the source stays: bool, in the shape of maps.

    Args:
        maps: 0..1, near is 1, [T, H, W]; keep: 0 nothing, 1 everything.
    """
    return maps > 1.0 - keep if keep < 1.0 else torch.ones_like(maps, dtype=torch.bool)


def shown(maps: Tensor, kept: Tensor) -> Tensor:
    """The maps [T, H, W, 1 or 3] without what stays, [T, H, W, 3]: grey there, which says nothing."""
    return maps.masked_fill(kept[..., None], MID_GREY).expand(-1, -1, -1, 3)


def source_of(pictures: Sequence[npt.NDArray[np.uint8]], kept: Tensor, dtype: torch.dtype) -> Tensor:
    """The source where it stays, grey elsewhere, [T, H, W, 3] in 0..1.

    Args:
        pictures: uint8 [H, W, 3] each, as many as there are frames in kept.
    """
    frames = on_device(torch.from_numpy(np.stack(pictures)), kept.device).to(dtype).div_(255)
    return frames.masked_fill(~kept[..., None], MID_GREY)


def mask_channels(kept: Tensor) -> Tensor:
    """The mask of a block for the branch: [T, H, W] → [64, T / 4, H / 8, W / 8], 1 where it is dreamt."""
    dreamt = (~kept[_MIDDLE::FRAMES_PER_LATENT]).float()
    frames, height, width = dreamt.shape
    size = SPATIAL_STRIDE
    tiles = dreamt.view(frames, height // size, size, width // size, size)
    return tiles.permute(2, 4, 0, 1, 3).reshape(size * size, frames, height // size, width // size)
