"""Maps that come from outside: the source is the map, or a second source is."""

from typing import Final, Protocol

import cv2
import numpy as np

from engine.clock import NS_PER_MS
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame
from engine.preprocess.base import DEPTH
from engine.preprocess.compiled.estimator import flow_choice, motion_tracker
from engine.preprocess.looker import Looked, Looker
from engine.preprocess.maps.format import EXTERNAL_FORMAT, MapFormat
from engine.preprocess.motion import enlarged

STALE_NS: Final = 1000 * NS_PER_MS
"""A second source that has sent nothing for so long has gone: its last map is held, and that is told."""


class ExternalDrawing:
    """The picture's luma at its own size."""

    @property
    def format(self) -> MapFormat:
        return EXTERNAL_FORMAT

    def forget(self) -> None:
        """Do nothing: every map is one picture's."""

    def draw(self, picture: Looked) -> DepthImage:
        return np.multiply(picture.whole, np.float32(1 / 255), dtype=np.float32)


class MapFeed(Protocol):
    """A second source, whose pictures are maps. Any thread may call it."""

    @property
    def label(self) -> str:
        """What it is, for people."""
        ...

    def newest(self) -> InputFrame | None:
        """Return its newest picture; None before the first."""
        ...


class SecondSourceEstimator:
    """The newest picture of a second source as the map of each frame: its own depth where it has one, else its luma.

    It is as fresh as the frame, for what the source last sent is held: the name says so once it is stale.
    """

    def __init__(self, feed: MapFeed) -> None:
        self._feed = feed
        self._looker = Looker(motion_tracker())
        self._flow_choice = flow_choice()
        self._taken: int | None = None
        self._map: DepthImage | None = None
        self._held = False

    @property
    def name(self) -> str:
        return f"{self._feed.label}, held" if self._held else self._feed.label

    def reset(self) -> None:
        self._looker.reset()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        motion = self._looker.look(frame).motion
        newest = self._feed.newest()
        if newest is None:
            return None
        self._held = now_ns - newest.capture_ns > STALE_NS
        if self._map is None or newest.frame_id != self._taken:
            self._taken, self._map = newest.frame_id, _map_of(newest)
        height, width = self._map.shape
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, self._map, enlarged(motion.flow, (height, width)))

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        reason = "its source sends nothing; the last map is held" if self._held else str(EXTERNAL_FORMAT)
        return (BackendChoice(component=DEPTH, chosen=self._feed.label, reason=reason), self._flow_choice)


def _map_of(frame: InputFrame) -> DepthImage:
    if frame.true_depth is not None:
        return np.asarray(np.fmin(np.fmax(frame.true_depth, np.float32(0.0)), np.float32(1.0)), dtype=np.float32)
    luma = np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    return luma / np.float32(255)
