"""Tempo: taps to beats per minute, and the instants of beats and bars. Pure integer time."""

from dataclasses import dataclass
from statistics import median

from engine.clock import NS_PER_SECOND
from engine.commands import Launch

SLOWEST_BPM = 30.0
FASTEST_BPM = 300.0
BEATS_PER_BAR = 4
TAPS_KEPT = 8
"""Two bars: enough for a steady median, few enough to follow a performer who drifts."""

OUTLIER_SHARE = 0.3
"""Tap intervals further than this share from the median are left out (a missed or doubled tap)."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """A steady beat.

    Attributes:
        bpm: beats per minute.
        anchor_ns: the instant of a bar's first beat.
    """

    bpm: float
    anchor_ns: int

    @property
    def beat_period_ns(self) -> int:
        """Length of a beat."""
        return round(60 * NS_PER_SECOND / self.bpm)

    def next_ns(self, now_ns: int, launch: Launch) -> int:
        """The first instant at or after now_ns at which this launch may happen."""
        if launch is Launch.NOW:
            return now_ns
        step_ns = self.beat_period_ns * (BEATS_PER_BAR if launch is Launch.BAR else 1)
        return self.anchor_ns + -((self.anchor_ns - now_ns) // step_ns) * step_ns


class TapTempo:
    """Finds the tempo in taps. The engine thread owns it."""

    def __init__(self) -> None:
        self._taps: list[int] = []

    def tap(self, stamp_ns: int) -> Tempo | None:
        """Take a tap; the tempo, from the second tap of a run on. A long pause starts a new run."""
        longest_ns = round(60 * NS_PER_SECOND / SLOWEST_BPM)
        if self._taps and not 0 < stamp_ns - self._taps[-1] <= longest_ns:
            self._taps.clear()
        self._taps = [*self._taps, stamp_ns][-TAPS_KEPT:]
        if len(self._taps) < 2:
            return None
        intervals = [b - a for a, b in zip(self._taps, self._taps[1:], strict=False)]
        middle = median(intervals)
        steady = [interval for interval in intervals if abs(interval - middle) <= OUTLIER_SHARE * middle]
        bpm = 60 * NS_PER_SECOND / (sum(steady) / len(steady))
        return Tempo(min(max(bpm, SLOWEST_BPM), FASTEST_BPM), stamp_ns)
