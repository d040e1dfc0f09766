"""Where the person is in each of the newest input frames."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from engine.clock import NS_PER_SECOND, Clock
from engine.messages.events import ComponentState, DepthChanged, Level, Notice
from engine.messages.frame import AlphaImage, ControlMap, InputFrame
from engine.preprocess.base import DepthEstimator
from engine.preprocess.maps.drawn import DrawnEstimator
from engine.preprocess.maps.matte.follow import MatteDrawing
from engine.preprocess.worker import DepthWorker

KEPT: Final = 48
"""Mattes of the newest frames, as many as the source keeps frames; 2.4 MB."""

APART_NS: Final = 2 * NS_PER_SECOND
"""A matte of a frame that lies further away is none: on a machine that is far behind, an old outline is better than
none that comes and goes."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """A matte of one frame, uint8 [h, w] of any size."""

    frame_id: int
    capture_ns: int
    matte: AlphaImage


def person_matter() -> DepthEstimator:
    """Return what finds the person, frame after frame, as a map."""
    return DrawnEstimator(MatteDrawing())


class Mattes:
    """Finds the person in the frames that it is offered, on a thread of its own, which starts when it is first needed.

    Any thread may call it. The owner calls close once.

    Args:
        newest_map: returns the newest control map; it stands in for the matte where that is asked for.
        tell: hears why there is no matte.
        build: makes what finds the person.
    """

    def __init__(
        self,
        clock: Clock,
        newest_map: Callable[[], ControlMap | None],
        tell: Callable[[Notice], None],
        build: Callable[[], DepthEstimator] = person_matter,
    ) -> None:
        self._clock = clock
        self._newest_map = newest_map
        self._tell = tell
        self._build = build
        self._worker: DepthWorker | None = None
        self._lock = threading.Lock()
        self._found: deque[_Kept] = deque(maxlen=KEPT)
        self._maps: deque[_Kept] = deque(maxlen=KEPT)
        self._serial = -1

    def offer(self, frame: InputFrame, *, by_map: bool) -> None:
        """Look for the person in the newest frame.

        Args:
            by_map: keep the control map as the matte in place of that.
        """
        with self._lock:
            if frame.source_serial != self._serial:
                self._serial = frame.source_serial
                self._found.clear()
                self._maps.clear()
        if by_map:
            self._keep(self._maps, self._newest_map())
        elif frame.alpha is None:
            if self._worker is None:
                self._worker = DepthWorker(
                    self._build(), self._clock, self._hear, on_map=self._arrived, name="hardcut-key"
                )
                self._worker.start()
            self._worker.offer(frame)

    def matte(self, frame: InputFrame, *, by_map: bool) -> AlphaImage | None:
        """Return where the person is in a frame, uint8 [h, w] of it; None where nothing is known yet.

        A source's own alpha comes first. Of a frame that nobody looked at, the matte of the nearest is taken.
        """
        if frame.alpha is not None and not by_map:
            return frame.alpha
        with self._lock:
            kept = tuple(self._maps if by_map else self._found)
        nearest = min(kept, key=lambda one: abs(one.capture_ns - frame.capture_ns), default=None)
        if nearest is None or abs(nearest.capture_ns - frame.capture_ns) > APART_NS:
            return None
        return whole(nearest.matte, frame)

    def close(self) -> None:
        """End the thread, if there is one."""
        if self._worker is not None:
            self._worker.close()

    def _arrived(self) -> None:
        if self._worker is not None:
            self._keep(self._found, self._worker.newest())

    def _keep(self, kept: deque[_Kept], control: ControlMap | None) -> None:
        if control is None:
            return
        with self._lock:
            if kept and kept[-1].frame_id >= control.frame_id:
                return
            kept.append(_Kept(control.frame_id, control.capture_ns, as_bytes(control)))

    def _hear(self, event: DepthChanged) -> None:
        if event.state is ComponentState.FAILED:
            text = f"The person cannot be found in the picture: {event.detail}"
            self._tell(Notice(at_ns=event.at_ns, level=Level.WARNING, text=text))


def as_bytes(control: ControlMap) -> AlphaImage:
    """Return a map, 0..1, as uint8 [h, w]."""
    return np.asarray(cv2.convertScaleAbs(control.depth, alpha=255.0), np.uint8)


def whole(matte: AlphaImage, frame: InputFrame) -> AlphaImage:
    """Return a matte at the size of a frame, uint8 [h, w]."""
    height, width = frame.image.shape[:2]
    if matte.shape == (height, width):
        return matte
    return np.asarray(cv2.resize(matte, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
