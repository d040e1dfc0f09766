"""What becomes of pictures over a long time: brightness, contrast, saturation, sharpness, boundaries, flicker."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.float32]

_BLOCK_PX: Final = 16
"""Brightness is averaged over such blocks before it is said to flicker: what moves inside one does not."""

_LEAST_STEP: Final = 1e-3
"""Grey levels between frames below which a picture stands still and has no boundaries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkFigures:
    """Measures of one chunk.

    Attributes:
        brightness: mean luminance, 0..100; contrast: its standard deviation, 0..50; saturation: mean, 0..100.
        sharpness: standard deviation of the Laplacian of luminance, in grey levels.
        boundary: frame difference from the chunk before to this one, through that inside it; 1 where none is seen.
        flicker: half the mean second difference of the brightness of blocks, in grey levels.
    """

    brightness: float
    contrast: float
    saturation: float
    sharpness: float
    boundary: float
    flicker: float


MEASURES: Final = tuple(field.name for field in fields(ChunkFigures))


class DriftMeter:
    """Measures chunk after chunk of one video."""

    def __init__(self) -> None:
        self._before: list[Grey] = []

    def measure(self, pictures: Sequence[Picture]) -> ChunkFigures:
        """Measure the pictures of a chunk, uint8 [H, W, 3 or 4], at least one."""
        colours = [np.ascontiguousarray(picture[..., :3]) for picture in pictures]
        greys = [np.asarray(cv2.cvtColor(one, cv2.COLOR_RGB2GRAY), np.float32) for one in colours]
        saturation = [cv2.cvtColor(one, cv2.COLOR_RGB2HSV)[..., 1].mean() / 2.55 for one in colours]
        inside = [float(np.abs(b - a).mean()) for a, b in pairwise(greys)]
        across = float(np.abs(greys[0] - self._before[-1]).mean()) if self._before else 0.0
        steps = float(np.mean(inside)) if inside else across
        figures = ChunkFigures(
            brightness=float(np.mean([one.mean() for one in greys])) / 2.55,
            contrast=float(np.mean([one.std() for one in greys])) / 2.55,
            saturation=float(np.mean(saturation)),
            sharpness=float(np.mean([cv2.Laplacian(one, cv2.CV_32F).std() for one in greys])),
            boundary=(across + _LEAST_STEP) / (steps + _LEAST_STEP) if self._before else 1.0,
            flicker=_flicker([*self._before, *greys]),
        )
        self._before = [*self._before, *greys][-2:]
        return figures


@dataclass(frozen=True, slots=True)
class Drift:
    """One measure from beginning to end.

    Attributes:
        begins, ends: medians of the first and the last tenth of the chunks; least, most: of all.
    """

    measure: str
    begins: float
    ends: float
    least: float
    most: float

    @property
    def change(self) -> float:
        """From beginning to end as a share of the beginning."""
        return (self.ends - self.begins) / max(abs(self.begins), 1e-6)


def drift_of(figures: Sequence[ChunkFigures], measure: str) -> Drift:
    """How one of MEASURES went, over at least one chunk. The first chunk, the cut, is left out where there are more."""
    values = np.array([getattr(one, measure) for one in figures[1:] or figures])
    tenth = max(len(values) // 10, 1)
    begins, ends = (float(np.median(part)) for part in (values[:tenth], values[-tenth:]))
    return Drift(measure, begins, ends, float(values.min()), float(values.max()))


def _flicker(greys: Sequence[Grey]) -> float:
    if len(greys) < 3:
        return 0.0
    size = tuple(max(length // _BLOCK_PX, 1) for length in reversed(greys[0].shape))
    blocks = [np.asarray(cv2.resize(one, size, interpolation=cv2.INTER_AREA)) for one in greys]
    triples = zip(blocks, blocks[1:], blocks[2:], strict=False)
    return float(np.mean([np.abs(c - 2.0 * b + a).mean() / 2.0 for a, b, c in triples]))
