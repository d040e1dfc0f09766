"""A person's matte from frame to frame, and as a control map."""

from typing import Final

import cv2
import numpy as np

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.frame import DepthImage, RgbImage
from engine.preprocess.filters import blend_weight, guided_upsample
from engine.preprocess.maps.drawn import DrawingInput
from engine.preprocess.maps.format import MATTE_FORMAT, MapFormat
from engine.preprocess.maps.matte.model import Matte, PersonModel

SETTLE_NS: Final = 60 * NS_PER_MS
"""Time constant along the motion: two frames."""

WHOLE_NS: Final = 1 * NS_PER_SECOND
"""How often the whole picture is looked at, for who has come in beside the one that is followed."""

GROWN: Final = 1.25
"""What is looked at, in edges of the box around the person. The model was made for people that fill the picture:
on the stage its overlap with the true silhouette is 0.71 of the whole picture, 0.81 of a box so large, 0.75 of 1.8."""

LEAST_SHARE: Final = 0.003
"""Of the picture's pixels; a smaller person is none."""

EDGE_VARIANCE: Final = 0.0008
"""Variance of luma in 0..1 below which the refining filter sees no edge."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


def box_around(matte: Matte, size: tuple[int, int]) -> Box | None:
    """Return the square around a matte's person, grown, in a picture of a height and width; None without one."""
    columns, rows = (np.flatnonzero((matte > 0.5).any(axis=axis)) for axis in (0, 1))
    if float((matte > 0.5).mean()) < LEAST_SHARE:
        return None
    (height, width), (small_h, small_w) = size, matte.shape
    left, right = columns[0] * width / small_w, (columns[-1] + 1) * width / small_w
    top, bottom = rows[0] * height / small_h, (rows[-1] + 1) * height / small_h
    half = GROWN * max(right - left, bottom - top) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return max(int(x - half), 0), max(int(y - half), 0), min(int(x + half), width), min(int(y + half), height)


class PersonFollower:
    """The matte of consecutive frames.

    Args:
        every_ns: how often the model looks; between, the matte is carried along the motion. 0: at every frame.
    """

    def __init__(self, every_ns: int) -> None:
        self._every_ns = every_ns
        self._model = PersonModel()
        self.forget()

    def forget(self) -> None:
        """Forget the scene."""
        self._known: Matte | None = None
        self._since_look_ns = self._since_whole_ns = 0

    def follow(self, picture: DrawingInput) -> Matte:
        """Return the matte of a frame, float32 [h, w] of its half."""
        motion, luma = picture.motion, picture.luma
        self._since_look_ns += motion.elapsed_ns
        self._since_whole_ns += motion.elapsed_ns
        known = self._known
        if known is None or known.shape != luma.shape:
            known = self._fitted(self._model.segment(picture.image), luma.shape)
            self._since_whole_ns = 0
            known = self._look(picture.image, known)
        else:
            known = motion.carry(known)
            if self._since_look_ns >= self._every_ns:
                found = self._look(picture.image, known)
                weight = np.float32(blend_weight(max(self._since_look_ns, 1), SETTLE_NS))
                known = known + np.maximum(weight, motion.novelty) * (found - known)
                self._since_look_ns = 0
        self._known = np.asarray(known, dtype=np.float32)
        return self._refined(picture)

    def _look(self, image: RgbImage, known: Matte) -> Matte:
        """The model's matte at the size of what is known, of the part of the picture where the person is."""
        shape = (known.shape[0], known.shape[1])
        box = box_around(known, image.shape[:2])
        if box is None or self._since_whole_ns >= WHOLE_NS:
            self._since_whole_ns = 0
            whole = self._fitted(self._model.segment(image), shape)
            box = box_around(np.maximum(whole, known), image.shape[:2])
            if box is None:
                return whole
        left, top, right, bottom = box
        part = self._model.segment(np.ascontiguousarray(image[top:bottom, left:right]))
        large = np.zeros(image.shape[:2], np.float32)
        cv2.resize(part, (right - left, bottom - top), dst=large[top:bottom, left:right])
        return self._fitted(large, shape)

    @staticmethod
    def _fitted(matte: Matte, shape: tuple[int, int]) -> Matte:
        return np.asarray(cv2.resize(matte, shape[::-1], interpolation=cv2.INTER_AREA), dtype=np.float32)

    def _refined(self, picture: DrawingInput) -> Matte:
        assert self._known is not None
        guide = picture.luma.astype(np.float32) / np.float32(255)
        fine = picture.half.astype(np.float32) / np.float32(255)
        # A wider window loses arms: overlap 0.78 at 3, 0.72 at 5, 0.67 at 7.
        soft = guided_upsample(self._known, guide, fine, diameter=3, eps=EDGE_VARIANCE)
        # The filter's mean blurs; an outline is a pixel or two wide.
        steep = np.clip((soft - np.float32(0.57)) * np.float32(2.5) + np.float32(0.5), 0.0, 1.0)
        return np.asarray(steep, dtype=np.float32)


class MatteDrawing:
    """The matte as a map.

    Args:
        every_ns: see PersonFollower.
    """

    def __init__(self, every_ns: int = 0) -> None:
        self._follower = PersonFollower(every_ns)

    @property
    def format(self) -> MapFormat:
        return MATTE_FORMAT

    def forget(self) -> None:
        self._follower.forget()

    def draw(self, picture: DrawingInput) -> DepthImage:
        return self._follower.follow(picture)
