"""Pictures between two pictures: mixed, or moved along the motion between them and then mixed."""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import RgbxImage
from engine.messages.picture_format import PictureFormat
from engine.output.interpolation.flow import FLOW_SHRINK, GrayImage, Motion, PairMotion

_AGREEMENT: Final = (5, 5)
"""Pixels of the small picture over which two pictures are compared."""

Array = npt.NDArray[Any]


def blend(first: RgbxImage, second: RgbxImage, share: float, out: RgbxImage | None = None) -> RgbxImage:
    """Mix two pictures; share is that of the second, 0..1.

    Args:
        out: uint8 of their shape to write to, or None for a new one.
    """
    return np.asarray(cv2.addWeighted(first, 1.0 - share, second, share, 0.0, dst=out), np.uint8)


class MotionSynthesis:
    """Moves both pictures to an instant between them. Its scratch buffers, made anew for pictures of another shape,
    make it a one-thread object.

    At each place there are two candidates: the motion away from the first picture and that towards it from the
    second, turned round. Where something hides something else they differ, and one of them is wrong; the one under
    which the two pictures agree better is taken, as in bilateral motion search.
    """

    def __init__(self) -> None:
        self._make_room(PictureFormat.SQUARE.shape)

    def _make_room(self, shape: tuple[int, int]) -> None:
        height, width = shape
        self._small_grid = _grid(height // FLOW_SHRINK, width // FLOW_SHRINK)
        self._grid = _grid(height, width)
        self._small_map = np.empty_like(self._small_grid)
        self._map = np.empty_like(self._grid)
        self._motion = np.empty_like(self._grid)
        self._moved = np.empty((2, height, width, 4), np.uint8)

    def picture(self, first: RgbxImage, second: RgbxImage, motion: PairMotion, share: float) -> RgbxImage:
        """Return the picture at `share` of the way from the first to the second, 0..1; uint8 [h, w, 4], new."""
        height, width = first.shape[:2]
        if (height, width) != self._moved.shape[1:3]:
            self._make_room((height, width))
        small = self._chosen(motion, share)
        cv2.resize(small, (width, height), dst=self._motion, interpolation=cv2.INTER_LINEAR)
        for picture, moved, distance in ((first, self._moved[0], -share), (second, self._moved[1], 1.0 - share)):
            cv2.addWeighted(self._motion, distance * FLOW_SHRINK, self._grid, 1.0, 0.0, dst=self._map)
            _look_up(picture, self._map, moved)
        return blend(self._moved[0], self._moved[1], share)

    def _chosen(self, motion: PairMotion, share: float) -> Motion:
        """Return the better candidate at each place of the picture between; float32 [h / 2, w / 2, 2]."""
        away, towards = motion.forward, -motion.backward
        better = self._difference(motion, towards, share) < self._difference(motion, away, share)
        return np.where(better[..., None], towards, away)

    def _difference(self, motion: PairMotion, candidate: Motion, share: float) -> Array:
        """Return how much the two pictures differ under a candidate; uint8 [h / 2, w / 2]."""
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


def _grid(height: int, width: int) -> npt.NDArray[np.float32]:
    """Return every pixel's own place, float32 [height, width, 2], x before y."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.ascontiguousarray(np.dstack([columns, rows]))
