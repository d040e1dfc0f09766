"""Tempo: taps to beats per minute, and the instants of beats and bars. Pure integer time."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.errors import ParameterError
from engine.messages.transitions import Launch

SLOWEST_BPM: Final = 30.0
FASTEST_BPM: Final = 300.0
BEATS_PER_BAR: Final = 4
BEATS_COUNTED: Final = 4 * BEATS_PER_BAR
"""The count runs over four bars, the longest thing that a cut can wait for."""

TAPS_KEPT: Final = 8
"""Two bars: enough for a steady median, few enough to follow a performer who drifts."""

OUTLIER_SHARE: Final = 0.3
"""Tap intervals further than this share from the median are left out (a missed or doubled tap)."""

LAUNCH_BEATS: Final[Mapping[Launch, int]] = {
    Launch.BEAT: 1,
    Launch.BAR: BEATS_PER_BAR,
    Launch.TWO_BARS: 2 * BEATS_PER_BAR,
    Launch.FOUR_BARS: 4 * BEATS_PER_BAR,
}


@dataclass(frozen=True, slots=True)
class Tempo:
    """A steady beat.

    Attributes:
        bpm: beats per minute, SLOWEST_BPM to FASTEST_BPM.
        anchor_ns: the instant of the first beat of four bars.

    Raises:
        ParameterError: the tempo is out of range.
    """

    bpm: float
    anchor_ns: int

    def __post_init__(self) -> None:
        if not SLOWEST_BPM <= self.bpm <= FASTEST_BPM:
            raise ParameterError(
                f"The tempo cannot be {self.bpm:g}",
                remedy=f"Choose {SLOWEST_BPM:g} to {FASTEST_BPM:g} beats per minute.",
            )

    @property
    def beat_period_ns(self) -> int:
        """Return the length of a beat."""
        return round(60 * NS_PER_SECOND / self.bpm)

    def next_ns(self, now_ns: int, launch: Launch) -> int:
        """Return the first instant at or after now_ns at which this launch may happen."""
        if launch is Launch.NOW:
            return now_ns
        step_ns = self.beat_period_ns * LAUNCH_BEATS[launch]
        return self.anchor_ns + -((self.anchor_ns - now_ns) // step_ns) * step_ns

    def nearest_ns(self, instant_ns: int, launch: Launch) -> int:
        """Return the instant nearest to another at which this launch may happen."""
        if launch is Launch.NOW:
            return instant_ns
        return self.next_ns(instant_ns - self.beat_period_ns * LAUNCH_BEATS[launch] // 2, launch)

    def nudged(self, offset_ns: int) -> "Tempo":
        """Return the tempo with every beat moved by an offset."""
        return Tempo(self.bpm, self.anchor_ns + offset_ns)

    def resynced(self, downbeat_ns: int) -> "Tempo":
        """Return the tempo with its first beat at an instant."""
        return Tempo(self.bpm, downbeat_ns)

    def followed(self, bpm: float, beat_ns: int) -> "Tempo":
        """Return the tempo of a clock that knows its beats but not the bar: the bar count goes on."""
        counted = round((beat_ns - self.anchor_ns) / self.beat_period_ns) % BEATS_COUNTED
        return Tempo(bpm, beat_ns - counted * Tempo(bpm, 0).beat_period_ns)


class TapTempo:
    """Find the tempo in taps; the first of a run is the first beat of a bar. The engine thread owns it."""

    def __init__(self) -> None:
        self._taps: list[int] = []
        self._beats = 0

    def tap(self, stamp_ns: int) -> Tempo | None:
        """Add a tap; return the tempo, from the second tap of a run on. A long pause starts a new run."""
        longest_ns = round(60 * NS_PER_SECOND / SLOWEST_BPM)
        if self._taps and not 0 < stamp_ns - self._taps[-1] <= longest_ns:
            self._taps.clear()
        if not self._taps:
            self._beats = 0
        self._taps = [*self._taps, stamp_ns][-TAPS_KEPT:]
        if len(self._taps) < 2:
            return None
        intervals = [b - a for a, b in zip(self._taps, self._taps[1:], strict=False)]
        middle = median(intervals)
        steady = [interval for interval in intervals if abs(interval - middle) <= OUTLIER_SHARE * middle]
        found = 60 * NS_PER_SECOND / (sum(steady) / len(steady)) if steady else 60 * NS_PER_SECOND / middle
        self._beats += max(round(intervals[-1] / middle), 1)
        tempo = Tempo(min(max(found, SLOWEST_BPM), FASTEST_BPM), stamp_ns)
        return tempo.nudged(-(self._beats % BEATS_COUNTED) * tempo.beat_period_ns)
