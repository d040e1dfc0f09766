"""Decide which frame each output tick shows. Pure: no time, no threads, no pixels."""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache

from engine.clock import NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """A frame in the ring without its pixels; see engine.messages.frame.OutputFrame.

    Attributes:
        sequence: its number in the ring, from 0, never reused.
        published_ns: when the engine published it.
    """

    sequence: int
    epoch: int
    chunk_index: int
    position: int
    capture_ns: int
    period_ns: int
    published_ns: int = 0


class Action(Enum):
    """What a tick does.

    SHOW: a new picture. HOLD: the picture on air is still due (content slower than output).
    REPEAT: a new one was due, and there was none. WAIT: there has never been one.
    """

    SHOW = "show"
    HOLD = "hold"
    REPEAT = "repeat"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Decision:
    """One tick's action, and the new frame if it is SHOW."""

    action: Action
    frame: FrameHeader | None = None


class Playout:
    """The queue between the ring and the pacer, played at content rate.

    A frame is due for its period. What is left of the shown one is counted down in exact fractions
    of a tick, so that no rate drifts: content at 24 on an output at 30 holds every fourth frame for
    two ticks, 30 on 30 is one to one, 60 on 30 shows every second. The countdown runs on the ticks
    that really happen: neither a missed deadline nor a stall of the engine is ever made up for by
    playing faster. When frames return after a stall the countdown starts anew.

    A frame of a newer epoch takes over at the tick that first sees it, and nothing older is shown
    from then on. Every offered frame ends as shown, skipped, discarded, or is still queued.

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
        self.shown = 0
        """Frames that reached the output."""
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

    @property
    def oldest(self) -> FrameHeader | None:
        """Return the oldest queued frame; None without one."""
        return self._queue[0] if self._queue else None

    @property
    def on_air(self) -> FrameHeader | None:
        """Return the frame shown last; None before the first."""
        return self._shown

    def retime(self, rate: Fraction) -> None:
        """Go on at another output rate; the shown picture's time is counted as over."""
        self._rate = rate
        self._ticks_left = Fraction(0)
        self._starved = True

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
        self._ticks_left -= 1
        if self._shown is not None and self._ticks_left > 0:
            self.held += 1
            return Decision(Action.HOLD)
        if not self._queue:
            self._starved = True
            if self._shown is None:
                return Decision(Action.WAIT)
            self.repeated += 1
            return Decision(Action.REPEAT)
        if self._starved:
            return self._begin()
        return self._advance()

    def _begin(self) -> Decision:
        """Show the first queued frame and start its countdown now."""
        self._ticks_left = Fraction(0)
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
        return Decision(Action.SHOW, frame)


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
