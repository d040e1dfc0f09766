"""What every estimator looks at first: the frame made smaller, and how it moved. Several may share one."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.messages.frame import InputFrame, RgbImage
from engine.preprocess.motion import Motion, MotionTracker, halved, luma_of

Luma = npt.NDArray[np.uint8]
"""uint8 [h, w]."""


class Shrunk(NamedTuple):
    """A picture made smaller.

    Attributes:
        luma: at the working size, [h, w]; fine: at twice that, [2 h, 2 w].
        small: RGB at the working size, uint8 [h, w, 3]; whole: luma of the picture's size. None: not come by.
    """

    luma: Luma
    fine: Luma
    small: RgbImage | None = None
    whole: Luma | None = None


def shrunk_in_colour(image: RgbImage) -> Shrunk:
    """Return a picture made smaller, with its colours: for who looks at those."""
    half, small = halved(image)
    return Shrunk(luma_of(small), luma_of(half), small=small)


def shrunk_in_grey(image: RgbImage) -> Shrunk:
    """Return a picture made smaller, with its whole luma: for who draws at the picture's size."""
    whole = luma_of(image)
    fine, luma = halved(whole)
    return Shrunk(luma, fine, whole=whole)


class Looked:
    """One frame. One thread owns it.

    Attributes:
        image: the frame's, uint8.
        luma: at the working size, [h, w]; fine: at twice that, [2 h, 2 w].
        motion: how it came from the frame before.
    """

    def __init__(self, image: RgbImage, shrunk: Shrunk, motion: Motion) -> None:
        self.image = image
        self.luma = shrunk.luma
        self.fine = shrunk.fine
        self.motion = motion
        self._small = shrunk.small
        self._whole = shrunk.whole

    @property
    def small(self) -> RgbImage:
        """RGB at the working size, uint8 [h, w, 3]."""
        if self._small is None:
            self._small = halved(self.image)[1]
        return self._small

    @property
    def whole(self) -> Luma:
        """Luma of the frame's size."""
        if self._whole is None:
            self._whole = luma_of(self.image)
        return self._whole


class Looker:
    """Looks at frames, once at each. One thread owns it.

    Args:
        tracker: belongs to it from now on.
        shrink: how frames are made smaller; choose what comes by the rest that is looked at.
    """

    def __init__(self, tracker: MotionTracker, shrink: Callable[[RgbImage], Shrunk] = shrunk_in_colour) -> None:
        self._tracker = tracker
        self._shrink = shrink
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
        shrunk = self._shrink(frame.image)
        found = Looked(frame.image, shrunk, self._tracker.track(shrunk.luma, frame.frame_id, frame.capture_ns))
        self._seen = (frame, found)
        return found
