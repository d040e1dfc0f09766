"""What every estimator looks at first: the frame made smaller, and how it moved. Several may share one."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.messages.frame import InputFrame, RgbImage
from engine.preprocess.motion import Motion, MotionTracker, halved, luma_of


class Looked(NamedTuple):
    """One frame.

    Attributes:
        small: RGB at the working size, uint8 [h, w, 3].
        luma: at the working size, uint8 [h, w]; fine: at twice that, uint8 [2 h, 2 w].
        motion: how it came from the frame before.
    """

    small: RgbImage
    luma: npt.NDArray[np.uint8]
    fine: npt.NDArray[np.uint8]
    motion: Motion


class Looker:
    """Looks at frames, once at each. One thread owns it.

    Args:
        tracker: belongs to it from now on.
    """

    def __init__(self, tracker: MotionTracker) -> None:
        self._tracker = tracker
        self._seen: tuple[InputFrame, Looked] | None = None

    def reset(self) -> None:
        """Forget the frame before."""
        self._tracker.reset()
        self._seen = None

    def look(self, frame: InputFrame) -> Looked:
        """Return what there is to see; the same again for the same frame."""
        seen = self._seen
        if seen is not None and seen[0] is frame:
            return seen[1]
        half, small = halved(frame.image)
        luma = luma_of(small)
        motion = self._tracker.track(luma, frame.frame_id, frame.capture_ns)
        found = Looked(small, luma, luma_of(half), motion)
        self._seen = (frame, found)
        return found
