"""A person's matte from frame to frame, and as a control map."""

from typing import Final

import cv2
import numpy as np

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.frame import DepthImage
from engine.preprocess.compiled.person import person_work
from engine.preprocess.filters import blend_weight
from engine.preprocess.looker import Looked
from engine.preprocess.maps.format import MATTE_FORMAT, MapFormat
from engine.preprocess.maps.matte.looking import Eye, EyeHere, Glance, Seen, box_around
from engine.preprocess.maps.matte.model import Matte
from engine.preprocess.motion import Motion

SETTLE_NS: Final = 60 * NS_PER_MS
"""Time constant along the motion: two frames."""

WHOLE_NS: Final = 1 * NS_PER_SECOND
"""How often the whole picture is looked at, for who has come in beside the one that is followed."""

EVERY_NS: Final = 120 * NS_PER_MS
"""How often the model looks: at every fourth frame of a camera; between, the motion carries the matte.

Over 20 s of the stage its overlap with the true outline is 0.756 at every third frame and so, 0.739 at every fifth; the
rank correlation of depth with a person in it 0.876 at each. A look takes as long as five of what else a map takes.
"""


class _Way:
    """Where each pixel of now was in the picture that is being looked at: float32 planes x and y [h, w]."""

    def __init__(self, shape: tuple[int, int]) -> None:
        height, width = shape
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        self._x, self._y = x, y
        self._moved = False

    def carry(self, motion: Motion) -> None:
        self._x, self._y, self._moved = motion.carry(self._x), motion.carry(self._y), True

    def bring(self, matte: Matte) -> Matte:
        """Move a matte of that picture to now."""
        if not self._moved:
            return matte
        found = cv2.remap(matte, self._x, self._y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, dtype=np.float32)


class PersonFollower:
    """The matte of consecutive frames.

    Args:
        every_ns: how often the model looks; between, the matte is carried along the motion. 0: at every frame.
        eye: what looks; belongs to it from now on. None: at once, on the thread that follows.
    """

    def __init__(self, every_ns: int, eye: Eye | None = None) -> None:
        self._every_ns = every_ns
        self._eye: Eye = eye or EyeHere()
        self._work = person_work()
        self._number = 0
        self.forget()

    def forget(self) -> None:
        """Forget the scene."""
        self._known: Matte | None = None
        self._hint: Matte | None = None
        self._way: _Way | None = None
        self._number += 1
        self._since_look_ns = self._since_whole_ns = 0

    def close(self) -> None:
        """End what the eye keeps running."""
        self._eye.close()
        self._way = None

    def follow(self, picture: Looked) -> Matte:
        """Return the matte of a frame, float32 [h, w] of its half; nobody until the first look has come back.

        Raises:
            DepthError: the model cannot be read or run here.
        """
        motion, shape = picture.motion, (picture.luma.shape[0], picture.luma.shape[1])
        self._since_look_ns += motion.elapsed_ns
        self._since_whole_ns += motion.elapsed_ns
        if self._known is not None and self._known.shape == shape:
            self._known = motion.carry(self._known)
            if self._way is not None:
                self._way.carry(motion)
        else:
            self.forget()
            self._known, self._since_look_ns = np.zeros(shape, np.float32), self._every_ns
            self._since_whole_ns = WHOLE_NS
        if self._way is None and self._since_look_ns >= self._every_ns:
            self._ask(picture, self._known)
        seen = self._eye.answer()
        if seen is not None and seen.glance.number == self._number and self._way is not None:
            self._take(seen, self._way, self._known, motion)
        return self._work.refined(self._known, picture.luma, picture.fine)

    def _ask(self, picture: Looked, known: Matte) -> None:
        box = box_around(known if self._hint is None else np.maximum(known, self._hint))
        if self._hint is None and self._since_whole_ns >= WHOLE_NS:
            box = None
        self._hint, self._number = None, self._number + 1
        self._way = _Way((known.shape[0], known.shape[1]))
        self._eye.ask(Glance(picture.image, (known.shape[0], known.shape[1]), box, self._number))

    def _take(self, seen: Seen, way: _Way, known: Matte, motion: Motion) -> None:
        found = way.bring(seen.matte)
        self._way = None
        weight = np.float32(blend_weight(max(self._since_look_ns, 1), SETTLE_NS))
        self._since_look_ns = 0
        if seen.glance.box is None:
            self._since_whole_ns = 0
            if box_around(found) is not None:  # where to look closer, with the next frame
                self._hint, self._since_look_ns = found, self._every_ns
            if box_around(known) is not None:
                return
            weight = np.float32(1.0)
        self._known = np.asarray(known + np.maximum(weight, motion.novelty) * (found - known), dtype=np.float32)


class MatteDrawing:
    """The matte as a map. Its model looks on this thread, which is the map's own."""

    def __init__(self) -> None:
        self._follower = PersonFollower(EVERY_NS)

    @property
    def format(self) -> MapFormat:
        return MATTE_FORMAT

    def forget(self) -> None:
        self._follower.forget()

    def draw(self, picture: Looked) -> DepthImage:
        return self._follower.follow(picture)
