"""Less noise where the source moves fast: video-to-video then follows the movement instead of dreaming over it.

As StreamDiffusionV2 has it (Feng et al. 2025, arXiv 2511.07399; compute_noise_scale_and_step in
streamv2v/inference.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import InputFrame

FAST: Final = 0.2
"""Root mean square of the change between two frames, of pixels in -1..1, that counts as fast."""

_NEW: Final = 0.9
"""Share of the newest chunk in the noise; the rest is the noise of the chunk before."""

_HALF_RANGE: Final = 127.5


@dataclass(frozen=True, slots=True)
class MotionState:
    """Attributes: noise: of the last chunk, 0..1; picture: its last frame, uint8 [H, W, 3]."""

    noise: float
    picture: npt.NDArray[np.uint8]


def noise_in_motion(
    strength: float, frames: Sequence[InputFrame], by: float, before: MotionState | None
) -> tuple[float, MotionState]:
    """The noise of a chunk, and what the next one goes on from.

    Args:
        strength: the noise of a source that is still, (0, 1].
        frames: of the chunk, at least one, all of one size.
        by: by how much the noise falls in fast motion; before: of the chunk before, None at a beginning, where it is
            the strength.
    """
    if before is None:
        return strength, MotionState(strength, frames[-1].image)
    pictures = [frame.image for frame in frames]
    if before.picture.shape == pictures[0].shape:
        pictures = [before.picture, *pictures]
    changes = [_change(one, other) for one, other in pairwise(pictures)]
    fast = min(max(changes, default=0.0) / FAST, 1.0)
    noise = max((strength - by * fast) * _NEW + before.noise * (1.0 - _NEW), min(strength, by))
    return noise, MotionState(noise, frames[-1].image)


def _change(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    return float(cv2.norm(one, other, cv2.NORM_L2)) / float(np.sqrt(one.size)) / _HALF_RANGE
