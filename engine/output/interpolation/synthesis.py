"""Pictures between two pictures: mixed, or moved along the motion between them and then mixed."""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import FRAME_SIZE, RgbxImage
from engine.output.interpolation.flow import FLOW_EDGE, GrayImage, Motion, PairMotion

_SCALE: Final = FRAME_SIZE / FLOW_EDGE
_AGREEMENT: Final = (5, 5)
"""Pixels of the small picture over which two pictures are compared."""

Array = npt.NDArray[Any]


def blend(first: RgbxImage, second: RgbxImage, share: float, out: RgbxImage | None = None) -> RgbxImage:
    """Mix two pictures; share is that of the second, 0..1.

    Args:
        out: uint8 [448, 448, 4] to write to, or None for a new one.
    """
    return np.asarray(cv2.addWeighted(first, 1.0 - share, second, share, 0.0, dst=out), np.uint8)


class MotionSynthesis:
    """Moves both pictures to an instant between them. Its scratch buffers make it a one-thread object.

    At each place there are two candidates: the motion away from the first picture and that towards it from the
    second, turned round. Where something hides something else they differ, and one of them is wrong; the one under
    which the two pictures agree better is taken, as in bilateral motion search.
    """

    def __init__(self) -> None:
        self._small_grid = _grid(FLOW_EDGE)
        self._grid = _grid(FRAME_SIZE)
        self._small_map = np.empty_like(self._small_grid)
        self._map = np.empty_like(self._grid)
        self._motion = np.empty_like(self._grid)
        self._moved = np.empty((2, FRAME_SIZE, FRAME_SIZE, 4), np.uint8)

    def picture(self, first: RgbxImage, second: RgbxImage, motion: PairMotion, share: float) -> RgbxImage:
        """Return the picture at `share` of the way from the first to the second, 0..1; uint8 [448, 448, 4], new."""
        small = self._chosen(motion, share)
        cv2.resize(small, (FRAME_SIZE, FRAME_SIZE), dst=self._motion, interpolation=cv2.INTER_LINEAR)
        for picture, moved, distance in ((first, self._moved[0], -share), (second, self._moved[1], 1.0 - share)):
            cv2.addWeighted(self._motion, distance * _SCALE, self._grid, 1.0, 0.0, dst=self._map)
            _look_up(picture, self._map, moved)
        return blend(self._moved[0], self._moved[1], share)

    def _chosen(self, motion: PairMotion, share: float) -> Motion:
        """Return the better candidate at each place of the picture between; float32 [224, 224, 2]."""
        away, towards = motion.forward, -motion.backward
        better = self._difference(motion, towards, share) < self._difference(motion, away, share)
        return np.where(better[..., None], towards, away)

    def _difference(self, motion: PairMotion, candidate: Motion, share: float) -> Array:
        """Return how much the two pictures differ under a candidate; uint8 [224, 224]."""
        looked_up = []
        for picture, distance in ((motion.first, -share), (motion.second, 1.0 - share)):
            cv2.addWeighted(candidate, distance, self._small_grid, 1.0, 0.0, dst=self._small_map)
            looked_up.append(_look_up(picture, self._small_map))
        return np.asarray(cv2.blur(cv2.absdiff(*looked_up), _AGREEMENT))


def _look_up(picture: Array, places: Array, out: Array | None = None) -> GrayImage:
    """Return the picture at these places, float32 [..., 2] in pixels; its edge continues beyond it."""
    border = cv2.BORDER_REPLICATE
    found = cv2.remap(picture, places, None, cv2.INTER_LINEAR, dst=out, borderMode=border)  # type: ignore[call-overload]
    return np.asarray(found, np.uint8)


def _grid(edge: int) -> npt.NDArray[np.float32]:
    """Return every pixel's own place, float32 [edge, edge, 2], x before y."""
    rows, columns = np.mgrid[0:edge, 0:edge].astype(np.float32)
    return np.ascontiguousarray(np.dstack([columns, rows]))
