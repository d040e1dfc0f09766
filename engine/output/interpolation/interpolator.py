"""The pacer's side of an interpolation: it names what will be needed, and has a picture for every output frame."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

import numpy as np

from engine.clock import NS_PER_MS, Clock
from engine.messages.frame import RgbxImage
from engine.messages.interpolation import Interpolation
from engine.output.interpolation.between import Between, KeptFrame
from engine.output.interpolation.synthesis import blend
from engine.output.interpolation.worker import MotionWorker
from engine.output.meters import SlidingWindow
from engine.output.playout import Action, Decision, FrameHeader

AHEAD_NS: Final = 100 * NS_PER_MS
"""How far ahead pictures are named: the worker takes some 6 ms for one, and may have to wait for a processor."""

SURE_NS: Final = 30 * NS_PER_MS
"""How far ahead a picture's frames are taken as used, so that those behind them are made in time: this adds to
latency, and is what the worker can count on."""

RECENT: Final = 120
MANY_PERCENT: Final = 10
"""With more of the last pictures only blended, the performer is told."""

Read = Callable[[FrameHeader], RgbxImage]
"""Returns the pixels of a frame that still lies in the ring."""


class Interpolator:
    """Makes the picture of every output frame that lies between two frames. One thread uses it.

    It keeps copies of the frames in question, so that their slots in the ring are free as soon as they would be
    without it, a frame earlier.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._mode = Interpolation.OFF
        self._worker: MotionWorker | None = None
        self._kept: dict[int, KeptFrame] = {}
        self._ready: dict[tuple[int, int, Fraction], RgbxImage] = {}
        self._fallen = SlidingWindow(RECENT)
        self.between = 0
        """Output frames that showed a picture between two frames."""
        self.blended = 0
        """Of these, those that were blended although motion was asked for: it was not ready in time."""

    @property
    def mode(self) -> Interpolation:
        """Return how pictures between two frames are made."""
        return self._mode

    @property
    def remark(self) -> str:
        """Return what the performer should know, a sentence, or ""."""
        if self._mode is not Interpolation.MOTION:
            return ""
        if self._worker is not None and self._worker.failure:
            return self._worker.failure
        if self._fallen.percentile(100 - MANY_PERCENT):
            return "Motion is often late on this machine: such pictures are blended. Choose blend, or a lower rate."
        return ""

    def follow(self, mode: Interpolation) -> None:
        """Make pictures in this way from now on."""
        if mode is self._mode:
            return
        self._mode = mode
        self._fallen = SlidingWindow(RECENT)
        if mode is Interpolation.MOTION:
            self._worker = MotionWorker(self._clock)
            self._worker.start()
        else:
            self.close()
        if mode is Interpolation.OFF:
            self._kept.clear()

    def close(self) -> None:
        """End the worker, if there is one. Idempotent."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
        self._ready.clear()

    def picture(self, decision: Decision, read: Read) -> RgbxImage:
        """Return the pixels that a decision with a frame shows; uint8 [h, w, 4], valid until the ring's release."""
        frame = decision.frame
        assert frame is not None
        if self._mode is Interpolation.OFF:
            return read(frame)
        if decision.action is not Action.BETWEEN or decision.toward is None:
            return self._keep(frame, read).image
        first, second = self._keep(frame, read), self._keep(decision.toward, read)
        self.between += 1
        if self._worker is None:
            return blend(first.image, second.image, float(decision.share))
        self._ready.update((made.key, made.image) for made in self._worker.made())
        image = self._ready.get((first.sequence, second.sequence, decision.share))
        self._fallen.add(image is None)
        if image is None:
            self.blended += 1
            image = blend(first.image, second.image, float(decision.share))
        return image

    @staticmethod
    def ahead(period_ns: int) -> int:
        """Return how many output frames of this distance are named ahead."""
        return -(-AHEAD_NS // period_ns)

    @staticmethod
    def sure(period_ns: int) -> int:
        """Return for how many output frames of this distance frames are taken as used."""
        return -(-SURE_NS // period_ns)

    def prepare(
        self, shown: FrameHeader | None, upcoming: Sequence[Decision], next_due_ns: int, period_ns: int, read: Read
    ) -> FrameHeader | None:
        """Name what the next output frames will need.

        Args:
            shown: the frame on air. upcoming: the next `ahead` decisions, if nothing more arrived.
            next_due_ns: when the first of them is asked for; period_ns: their distance.
            read: for frames that still lie in the ring.

        Returns:
            The newest frame that the next `sure` output frames need, copied here; None without one.
        """
        wishes: list[Between] = []
        for index, decision in enumerate(upcoming):
            if decision.action is not Action.BETWEEN or decision.frame is None or decision.toward is None:
                continue
            first, second = self._keep(decision.frame, read), self._keep(decision.toward, read)
            wishes.append(Between(first, second, decision.share, next_due_ns + index * period_ns))
        oldest = shown.sequence if shown is not None else 0
        self._kept = {sequence: frame for sequence, frame in self._kept.items() if sequence >= oldest}
        if self._worker is not None:
            keys = {wish.key for wish in wishes}
            self._ready = {key: image for key, image in self._ready.items() if key in keys}
            if wishes:
                self._worker.ask(wishes)
        near = [one.toward for one in upcoming[: self.sure(period_ns)] if one.toward is not None]
        return near[-1] if near else None

    def _keep(self, frame: FrameHeader, read: Read) -> KeptFrame:
        """Return the copy of a frame, made now if there is none."""
        kept = self._kept.get(frame.sequence)
        if kept is None:
            kept = self._kept[frame.sequence] = KeptFrame(frame.sequence, np.array(read(frame)))
        return kept
