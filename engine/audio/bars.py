"""Which of four beats is the first of a bar. Pure.

Votes over the beats of the last bars: a kick on one and three and a snare on two and four (Goto, An audio-based
real-time beat tracking system, JNMR 2001), and where the spectrum changes from beat to beat, which it does most often
at a bar's beginning (Davies & Plumbley, A spectral difference approach to downbeat extraction, EUSIPCO 2006).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.audio.beats import Beat

BEATS: Final = 4

_AROUND: Final = 0.2
"""Beats around a beat in which a stroke belongs to it."""

_FORGET: Final = 0.9
"""What a bar's votes count after another bar."""

_LEAD: Final = 1.15
"""How much better another beat must be to become the first."""

_KICK: Final = np.array((1.0, -0.6, 0.5, -0.6))
_CHANGE: Final = np.array((1.0, -0.5, 0.1, -0.5))
_ACCENT: Final = np.array((1.5, -0.5, -0.5, -0.5))

_VOTES: Final = np.stack((_KICK, np.zeros(BEATS), _ACCENT, _CHANGE), axis=1)
"""[beats of the bar, kinds of votes]; those of snares are counted in pairs."""


class BarTracker:
    """Counts beats and says where bars begin. Push every hop."""

    def __init__(self, bands: int) -> None:
        self._bands = bands
        self._restart(0)

    def _restart(self, takes: int) -> None:
        self._takes = takes
        self._count = -1
        self._before = 0.0
        self._votes = np.zeros((BEATS, 4))
        self._strokes = (0.0, 0.0, 0.0)
        self._sum = np.zeros(self._bands)
        self._hops = 0
        self._last: npt.NDArray[np.float64] | None = None
        self._first = 0
        self._confidence = 0.0

    def push(
        self, at: float, beat: Beat, kick: float, snare: float, accent: float, logs: npt.NDArray[np.floating]
    ) -> None:
        """Take in a hop.

        Args:
            at: its instant in seconds.
            kick, snare: strength of an onset in it, 0..1.
            accent: its highest sample, 0..1 of the highest of late.
            logs: its spectrum in log10.
        """
        if beat.takes != self._takes:
            self._restart(beat.takes)
        if beat.period <= 0.0:
            return
        phase = ((at - beat.anchor) / beat.period + _AROUND) % 1.0  # 0 where strokes begin to belong to the next beat
        if self._before - phase > 0.5:
            self._turn()
        if phase - self._before < 0.5:  # not a small step back over the edge
            self._before = phase
        if phase < 2 * _AROUND:
            before = self._strokes
            self._strokes = (max(before[0], kick), max(before[1], snare), max(before[2], accent))
        self._sum += logs
        self._hops += 1

    def _turn(self) -> None:
        """A beat is over: count its votes."""
        change = 0.0
        if self._hops:
            mean = self._sum / self._hops
            if self._last is not None:
                change = float(np.abs(mean - self._last).mean())
            self._last = mean
        if self._count >= 0:
            slot = self._votes[self._count % BEATS]
            slot *= _FORGET
            slot += (*self._strokes, 4.0 * change)
        self._count += 1
        self._strokes = (0.0, 0.0, 0.0)
        self._sum[:] = 0.0
        self._hops = 0
        self._choose()

    def _choose(self) -> None:
        snare = self._votes[:, 1]
        scores = np.array([float((np.roll(self._votes, -first, axis=0) * _VOTES).sum()) for first in range(BEATS)])
        backbeat = float(min(snare[1], snare[3]) - min(snare[0], snare[2]))  # on both or it tells nothing
        scores += np.array((backbeat, -backbeat, backbeat, -backbeat))
        best = int(np.argmax(scores))
        spread = float(scores.max() - scores.min())
        if spread <= 0.0:
            return
        if scores[best] - scores.mean() > _LEAD * (scores[self._first] - scores.mean()):
            self._first = best
        others = np.delete(scores, self._first)
        margin = float(scores[self._first] - others.max()) / spread
        heard = min(1.0, self._count / (2 * BEATS))
        self._confidence = max(0.0, min(1.0, 2.5 * margin)) * heard

    def bar(self, at: float, beat: Beat) -> tuple[float, float]:
        """Return the instant of a bar's first beat near this instant, in seconds, and how sure that is, 0..1."""
        if beat.period <= 0.0:
            return 0.0, 0.0
        phase = ((at - beat.anchor) / beat.period + _AROUND) % 1.0
        current = at - (phase - _AROUND) * beat.period  # the beat that strokes belong to now
        return current - (self._count - self._first) % BEATS * beat.period, self._confidence
