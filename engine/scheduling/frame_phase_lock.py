"""Choose the capture instants of a chunk's input: a phase lock between two clocks."""

from collections.abc import Sequence

LOCK_SHARE = 4
"""The phase closes a quarter of its distance to the frames' own instants each chunk: locked within half a
second of one-frame chunks, and deaf to a millisecond of capture jitter."""

SMOOTHING = 8
"""The distance to the wall is averaged over some eight chunks, so that a late chunk is not taken for drift."""

MIDDLE, BAND = 0.8, 0.65
"""In content periods: how far behind the chunk's start the newest instant lies, and how far it may stray."""


class FramePhaseLock:
    """Map the start of a chunk to capture instants that advance by exactly the content time.

    Chunks begin with some jitter and the source has a clock of its own. Instants read off the wall would
    fall now on this side, now on that side of the middle between two frames: one frame twice, the next
    not at all. So the instants lock onto the frames that were chosen. When they have drifted out of a band
    somewhat wider than a frame, they step by one frame at once: a drift between the two clocks costs one
    frame, once.

    The band lies so that the newest frame asked for has been captured by then: between a
    seventh and one and a half frames ago, wherever in it the source's phase happens to be.
    """

    def __init__(self, chunk_frames: int) -> None:
        self._chunk_frames = chunk_frames
        self._newest_ns: int | None = None
        self._drift_ns = 0
        self._period_ns = 0
        self._targets: tuple[int, ...] = ()

    def restart(self) -> None:
        """Drop the phase: the next chunk takes the newest frames."""
        self._newest_ns = None
        self._drift_ns = 0

    def targets(self, now_ns: int, period_ns: int) -> tuple[int, ...]:
        """Return the instants for a chunk started now, oldest first, period_ns apart; the newest about a period ago."""
        length_ns = self._chunk_frames * period_ns
        wanted_ns = now_ns - round(period_ns * MIDDLE)
        newest_ns = wanted_ns if self._newest_ns is None else self._newest_ns + length_ns
        error_ns = wanted_ns - newest_ns
        if abs(error_ns) > length_ns + period_ns:  # a stall
            newest_ns, self._drift_ns = wanted_ns, 0
        else:
            self._drift_ns += (error_ns - self._drift_ns) // SMOOTHING
        if abs(self._drift_ns) > period_ns * BAND:
            step_ns = period_ns if self._drift_ns > 0 else -period_ns
            newest_ns += step_ns
            self._drift_ns -= step_ns
        self._newest_ns, self._period_ns = newest_ns, period_ns
        last = self._chunk_frames - 1
        self._targets = tuple(newest_ns - (last - position) * period_ns for position in range(self._chunk_frames))
        return self._targets

    def chosen(self, captured_ns: Sequence[int]) -> None:
        """Record the capture times that the source chose for the last targets; none before its first frame."""
        if self._newest_ns is None or not captured_ns:
            return
        offsets = [captured - target for captured, target in zip(captured_ns, self._targets, strict=True)]
        near = [offset for offset in offsets if 2 * abs(offset) <= self._period_ns]
        if near:  # a frame further away stands in for one that is not there
            self._newest_ns += sum(near) // len(near) // LOCK_SHARE
