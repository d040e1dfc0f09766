"""How fast each part of the picture moves, as a map."""

from typing import Final

import cv2
import numpy as np

from engine.clock import NS_PER_MS
from engine.messages.frame import DepthImage
from engine.preprocess.filters import box
from engine.preprocess.looker import Looked
from engine.preprocess.maps.format import MOTION_FORMAT, MapFormat
from engine.preprocess.motion import enlarged

PACE_NS: Final = 1500 * NS_PER_MS
SLOWEST: Final = 0.004
"""Pictures per frame that are white when nothing is faster: half a pixel of the flow, which noise does not reach."""


class MotionDrawing:
    """The length of DIS flow (Kroeger et al. 2016) against the fastest of the last seconds."""

    def __init__(self) -> None:
        self._pace = SLOWEST

    @property
    def format(self) -> MapFormat:
        return MOTION_FORMAT

    def forget(self) -> None:
        self._pace = SLOWEST

    def draw(self, picture: Looked) -> DepthImage:
        flow = picture.motion.flow
        speed = np.asarray(cv2.magnitude(flow[..., 0], flow[..., 1]), dtype=np.float32)
        fastest = max(float(np.percentile(speed[::2, ::2], 99)), SLOWEST)
        self._pace += picture.motion.weight(PACE_NS) * (fastest - self._pace)
        share = np.clip(box(speed, 3) / np.float32(self._pace), 0.0, 1.0)
        height, width = picture.fine.shape
        return enlarged(np.asarray(share, dtype=np.float32), (height, width))
