"""The motion between two pictures: dense inverse search at half the picture's size.

Kroeger, Timofte, Dai, Van Gool, "Fast Optical Flow using Dense Inverse Search", ECCV 2016, as OpenCV has it. Both ways,
since what one picture hides is seen in the other.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import RgbxImage

FLOW_SHRINK: Final = 2
"""How many times smaller the pictures are in which motion is sought: 224×224 of a square one."""

FINEST_SCALE: Final = 1
"""Patches are matched down to half of that size; a level more costs three times as much and gains 0.1 dB."""

PATCH_STRIDE: Final = 5
"""Pixels between two patches of 8; 4 takes a third longer and gains 0.03 dB."""

GrayImage = npt.NDArray[np.uint8]
"""uint8 [h / 2, w / 2]."""

Motion = npt.NDArray[np.float32]
"""float32 [h / 2, w / 2, 2], motion in x and y, in pixels of that size."""


@dataclass(frozen=True, slots=True)
class PairMotion:
    """Two pictures, small and gray, and the motion between them.

    Attributes:
        forward: from where something is in the first picture to where it is in the second; backward: the reverse.
    """

    first: GrayImage
    second: GrayImage
    forward: Motion
    backward: Motion


class FlowEstimator:
    """Finds the motion between two pictures. Its scratch buffers make it a one-thread object."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._flow.setFinestScale(FINEST_SCALE)
        self._flow.setPatchStride(PATCH_STRIDE)

    def gray(self, picture: RgbxImage) -> GrayImage:
        """Return a picture small and gray, as `between` takes it."""
        size = (picture.shape[1] // FLOW_SHRINK, picture.shape[0] // FLOW_SHRINK)
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGBA2GRAY), np.uint8)

    def between(self, first: GrayImage, second: GrayImage) -> PairMotion:
        """Return the motion between two pictures, both ways."""
        forward = self._flow.calc(first, second, None)  # type: ignore[call-overload]
        backward = self._flow.calc(second, first, None)  # type: ignore[call-overload]
        return PairMotion(first, second, np.asarray(forward, np.float32), np.asarray(backward, np.float32))
