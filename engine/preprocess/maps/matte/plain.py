"""What a person's matte goes through with every frame: the interface of it, and it with OpenCV and numpy."""

from functools import lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from engine.messages.frame import DepthImage
from engine.preprocess.filters import FloatImage, guided_upsample
from engine.preprocess.maps.matte.model import Matte

Luma = npt.NDArray[np.uint8]
"""uint8 [h, w]."""

EDGE_VARIANCE: Final = 0.0008
"""Variance of luma in 0..1 below which the refining filter sees no edge."""

MIDDLE: Final = 0.57
GAIN: Final = 2.5
"""What of the filter's result becomes a half, and how steep it is there: its mean blurs; an outline is a pixel or two
wide."""

FLOOR: Final = 0.5
"""How much of the ground's depth is the floor's, that comes nearer downwards; the rest is the cues'. On the stage more
would be nearer to the truth (0.868 at 0.5, 0.880 at 0.7, 0.889 at 1), but not every room is an empty floor."""

RELIEF: Final = 0.1
"""How much of the cues' depth is left on the person, who is flat else."""


@lru_cache
def floor(height: int) -> FloatImage:
    """Return how near a floor is by the row of the picture, float32 [h, 1]: the cues' own prior of place."""
    rows = (np.arange(height, dtype=np.float32) + np.float32(0.5)) / np.float32(height)
    ramp = np.clip((rows - np.float32(0.35)) / np.float32(0.65), 0.0, 1.0)
    return np.asarray(ramp[:, None], dtype=np.float32)


class PersonWork(Protocol):
    """One thread uses it."""

    def refined(self, known: Matte, luma: Luma, fine: Luma) -> Matte:
        """Return a matte [h, w] along the edges of luma [h, w], at the size of fine luma [2 h, 2 w]: 0..1."""
        ...

    def footing(self, matte: Matte) -> tuple[float, int]:
        """Return the mean of a matte, and its lowest row with more than a half in it, -1 where none has."""
        ...

    def standing(self, depth: DepthImage, matte: Matte, feet: float, presence: float) -> DepthImage:
        """Return depth [h, w] with the person of a matte [h, w] before the floor.

        Args:
            feet: how near the floor is there; presence: how far all of this counts; 0..1.
        """
        ...


class PlainPerson:
    """See PersonWork."""

    def refined(self, known: Matte, luma: Luma, fine: Luma) -> Matte:
        # A wider window loses arms: overlap 0.78 at 3, 0.72 at 5, 0.67 at 7.
        soft = guided_upsample(known, _unit(luma), _unit(fine), diameter=3, eps=EDGE_VARIANCE)
        steep = np.clip((soft - np.float32(MIDDLE)) * np.float32(GAIN) + np.float32(0.5), 0.0, 1.0)
        return np.asarray(steep, dtype=np.float32)

    def footing(self, matte: Matte) -> tuple[float, int]:
        rows = np.flatnonzero((matte > 0.5).any(axis=1))
        return float(matte.mean()), int(rows[-1]) if rows.size else -1

    def standing(self, depth: DepthImage, matte: Matte, feet: float, presence: float) -> DepthImage:
        ground = np.float32(1.0 - FLOOR) * depth + np.float32(FLOOR) * floor(depth.shape[0])
        person = np.float32(feet * (1.0 - RELIEF)) + np.float32(RELIEF) * depth
        found = ground + matte * (person - ground)
        return np.asarray(depth + np.float32(presence) * (found - depth), dtype=np.float32)


def _unit(luma: Luma) -> FloatImage:
    return np.multiply(luma, np.float32(1 / 255), dtype=np.float32)
