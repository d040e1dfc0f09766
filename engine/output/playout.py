"""Decide which frame each output tick shows. Pure: no time, no threads, no pixels."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.picture_format import PictureFormat

SLOWER: Final = Fraction(51, 50)
"""Content that is less slow than this against the output is shown frame by frame: one more tick now and then is not
seen, a picture between at every tick is."""

NEAR: Final = Fraction(1, 32)
"""A picture so near to a frame, as a share of the way to the next, is that frame."""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """A frame in the ring without its pixels; see engine.messages.frame.OutputFrame.

    Attributes:
        sequence: its number in the ring, from 0, never reused.
        published_ns: when the engine published it.
        format: of its picture.
    """

    sequence: int
    epoch: int
    chunk_index: int
    position: int
    capture_ns: int
    period_ns: int
    published_ns: int = 0
    format: PictureFormat = PictureFormat.SQUARE


class Action(Enum):
    """What a tick does.

    SHOW: a new picture. BETWEEN: a picture between two frames. HOLD: the picture on air is still due (content slower
    than output). REPEAT: a new one was due, and there was none. WAIT: there has never been one.
    """

    SHOW = "show"
    BETWEEN = "between"
    HOLD = "hold"
    REPEAT = "repeat"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Decision:
    """One tick's action.

    Attributes:
        frame: the new frame if it is SHOW, the earlier of the two if it is BETWEEN.
        toward: the later of the two; share: how much of the way to it is gone, 0 < share < 1.
    """

    action: Action
    frame: FrameHeader | None = None
    toward: FrameHeader | None = None
    share: Fraction = Fraction(0)


class Playout:
    """The queue between the ring and the pacer, played at content rate.

    A frame is due for its period. What is left of the shown one is counted down in exact fractions
    of a tick, so that no rate drifts: content at 24 on an output at 30 holds every fourth frame for
    two ticks, 30 on 30 is one to one, 60 on 30 shows every second. The countdown runs on the ticks
    that really happen: neither a missed deadline nor a stall of the engine is ever made up for by
    playing faster. When frames return after a stall the countdown starts anew.

    A frame of a newer epoch takes over at the tick that first sees it, and nothing older is shown
    from then on. Every offered frame ends as shown, skipped, discarded, or is still queued.

    Interpolating, slower content moves at every tick: what lies between two frames is shown between them, by the same
    countdown. That takes the later frame as soon as the earlier is shown, one period before its own time; where it is
    missing, the countdown waits for it, so that movement goes on from where it stood. After a wait of more than a
    period it starts anew. Nothing is interpolated across epochs.

    Args:
        rate: output frames per second.
    """

    def __init__(self, rate: Fraction) -> None:
        self._rate = rate
        self._queue: deque[FrameHeader] = deque()
        self._newest_epoch: int | None = None
        self._ticks_left = Fraction(0)
        self._starved = True
        self._shown: FrameHeader | None = None
        self._interpolating = False
        self._interpolated_after = -1
        self._waited = 0
        self.shown = 0
        """Frames that reached the output, by themselves or in pictures between them and the next."""
        self.repeated = 0
        """Ticks that showed a picture again for want of a new one."""
        self.held = 0
        """Ticks that showed a picture again by design."""
        self.skipped = 0
        """Frames of the epoch on air that were passed over."""
        self.discarded = 0
        """Frames that a newer epoch made stale."""

    @property
    def queued(self) -> int:
        """Return the number of frames offered and not yet shown, skipped or discarded."""
        return len(self._queue)

    def oldest_after(self, copied: FrameHeader | None) -> FrameHeader | None:
        """Return the oldest queued frame, or the oldest behind the queued frame `copied`; None without one."""
        if copied is None or not self._queue:
            return self._queue[0] if self._queue else None
        return next((frame for frame in self._queue if frame.sequence > copied.sequence), None)

    @property
    def on_air(self) -> FrameHeader | None:
        """Return the frame shown last; None before the first."""
        return self._shown

    def retime(self, rate: Fraction) -> None:
        """Go on at another output rate; the shown picture's time is counted as over."""
        self._rate = rate
        self._ticks_left = Fraction(0)
        self._starved = True

    def interpolate(self, on: bool) -> None:
        """Show pictures between frames from the next frame on, or no longer."""
        self._interpolating = on
        self._interpolated_after = self._shown.sequence if self._shown is not None else -1
        self._waited = 0

    @property
    def added_ns(self) -> int:
        """Return by how much later than without them frames are shown for the pictures between, at most: the shown
        frame's period, or 0 where there are none."""
        return self._shown.period_ns if self._shown is not None and self._is_slow(self._shown) else 0

    def upcoming(self, count: int) -> list[Decision]:
        """Return what the next ticks would decide if nothing more were offered."""
        state = dict(self.__dict__)
        self._queue = self._queue.copy()
        try:
            return [self.tick() for _ in range(count)]
        finally:
            self.__dict__.update(state)

    def offer(self, frame: FrameHeader) -> None:
        """Take the next published frame; at once discards whatever has become stale."""
        if self._newest_epoch is None or frame.epoch > self._newest_epoch:
            self._newest_epoch = frame.epoch
            self.discarded += len(self._queue)
            self._queue.clear()
        if frame.epoch < self._newest_epoch:
            self.discarded += 1
        else:
            self._queue.append(frame)

    def tick(self) -> Decision:
        """Decide the next output frame."""
        if self._shown is not None and self._queue and self._queue[0].epoch > self._shown.epoch:
            return self._begin()
        if self._shown is not None and self._is_slow(self._shown) and not self._starved:
            if not self._queue:
                return self._wait()
            if self._waited > ticks_per_frame(self._shown.period_ns, self._rate):
                return self._begin()
            self._waited = 0
        self._ticks_left -= 1
        if self._shown is not None and self._ticks_left > 0:
            return self._between(self._shown) or self._hold()
        if not self._queue:
            self._starved = True
            if self._shown is None:
                return Decision(Action.WAIT)
            self.repeated += 1
            return Decision(Action.REPEAT)
        if self._starved:
            return self._begin()
        return self._advance()

    def _hold(self) -> Decision:
        self.held += 1
        return Decision(Action.HOLD)

    def _is_slow(self, frame: FrameHeader) -> bool:
        """Return whether there are pictures to be shown between this frame and the next."""
        begun = self._interpolating and frame.sequence > self._interpolated_after
        return begun and ticks_per_frame(frame.period_ns, self._rate) >= SLOWER

    def _wait(self) -> Decision:
        """Let the countdown stand until the next frame is there."""
        self._waited += 1
        if self._ticks_left > self._waited:
            return self._hold()
        self.repeated += 1
        return Decision(Action.REPEAT)

    def _between(self, frame: FrameHeader) -> Decision | None:
        """Return the picture on the way from the shown frame to the next; None where it is the frame itself."""
        if not self._is_slow(frame) or not self._queue:
            return None
        share = 1 - self._ticks_left / ticks_per_frame(frame.period_ns, self._rate)
        return Decision(Action.BETWEEN, frame, self._queue[0], share) if share >= NEAR else None

    def _begin(self) -> Decision:
        """Show the first queued frame and start its countdown now."""
        self._ticks_left = Fraction(0)
        self._waited = 0
        return self._advance()

    def _advance(self) -> Decision:
        """Show the queued frame that is due, passing over those whose time is already over."""
        frame = self._queue.popleft()
        self._ticks_left += ticks_per_frame(frame.period_ns, self._rate)
        while self._ticks_left <= 0 and self._queue:
            self.skipped += 1
            frame = self._queue.popleft()
            self._ticks_left += ticks_per_frame(frame.period_ns, self._rate)
        if self._ticks_left <= 0:
            self._ticks_left = ticks_per_frame(frame.period_ns, self._rate)
        self._starved = False
        self._shown = frame
        self.shown += 1
        return self._between(frame) or Decision(Action.SHOW, frame)


@cache
def ticks_per_frame(period_ns: int, rate: Fraction) -> Fraction:
    """Return how many output ticks a content period lasts.

    A period in whole nanoseconds is a rounded fraction (1/30 s is written 33,333,333). The simple
    ratio behind it is restored wherever it is within that rounding, so that equal rates stay 1:1
    for ever. 1001 is the largest denominator in use (the 1000/1001 rates).
    """
    exact = Fraction(period_ns, NS_PER_SECOND) * rate
    simple = exact.limit_denominator(1001)
    rounding = rate / NS_PER_SECOND
    return simple if abs(simple - exact) < rounding else exact
