"""Beats in content time: they run evenly from frame to frame and are drawn towards the tempo's own.

The instant that a boundary is given is that of a machine at work; it trembles by milliseconds. What oscillates with the
beat must not: so the count advances by the tempo, and what it is off by is made up for gently.
"""

from dataclasses import dataclass
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.scheduling.tempo import BEATS_COUNTED, Tempo

DRAWN_OVER_NS: Final = NS_PER_SECOND // 2
"""Time constant of the correction: slower than a machine trembles, faster than a hand nudges."""

MOST_BENT: Final = 0.5
"""The count never runs faster or slower than the tempo by more than this share while it is corrected."""

JUMP_BEATS: Final = 0.5
"""What is off by more is another count (a resync, another song): it is taken over at once."""


@dataclass(frozen=True, slots=True)
class BeatClock:
    """The count of beats at a boundary; None: it has not begun."""

    beats: float | None = None

    def span(self, tempo: Tempo, now_ns: int, chunk_ns: int) -> tuple[float, float]:
        """The count at the beginning and at the end of the chunk that follows.

        The tempo counts four bars; longer rounds go on through its repeats.

        Args:
            now_ns: the instant at which the chunk will be seen.
        """
        beat_ns = tempo.beat_period_ns
        due = (now_ns - tempo.anchor_ns) / beat_ns
        length = chunk_ns / beat_ns
        if self.beats is None:
            return due, due + length
        half = BEATS_COUNTED / 2
        off = (due - self.beats + half) % BEATS_COUNTED - half
        if abs(off) > JUMP_BEATS:
            begin = self.beats + off
            return begin, begin + length
        bend = off * min(chunk_ns / DRAWN_OVER_NS, 1.0)
        most = MOST_BENT * length
        return self.beats, self.beats + length + min(max(bend, -most), most)
