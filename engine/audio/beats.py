"""Tempo and beat from a stream of onsets. Pure."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from engine.audio.beat_grid import Grid, fit
from engine.audio.beat_states import FASTEST_BPM, SLOWEST_BPM, BeatStates
from engine.audio.resampler import RATE
from engine.audio.spectrum import HOP, HOPS_PER_SECOND

_HOP_S: Final = HOP / RATE

_REVIEW: Final = 20
"""Hops between two looks at the distribution: a beat of the fastest tempo has 30."""

_KEPT: Final = 400
"""Onsets remembered: 20 a second for 20 s."""

_SILENT_S: Final = 1.6
"""Without an onset for so long nothing is learnt from silence: it is a break, and the beat goes on."""

_AGREE: Final = 0.15
"""Beats between grid and distribution up to which they mean the same."""

_PATIENCE: Final = 7
"""Reviews (1.4 s) in a row that must disagree before the grid is given up."""

_FORGET_S: Final = 30.0
"""Confidence halves in so much silence."""

_RISE: Final = 0.28
_FALL: Final = 0.08
"""Share of its way to where it belongs that confidence goes at a review."""

FOUND: Final = 0.5
LOST: Final = 0.25
"""Confidence from which tempo and beat count as found, and below which as lost again."""

LONGEST_S: Final = 60 / SLOWEST_BPM
SHORTEST_S: Final = 60 / FASTEST_BPM


@dataclass(frozen=True, slots=True)
class Beat:
    """Tempo and beat as known at an instant.

    Attributes:
        period: of the beat in seconds, 0.0 while unknown; anchor: one of the beats, seconds of the sound's clock.
        confidence: 0..1; found: tempo and beat count as found.
        takes: counts the grids begun anew: beats are numbered afresh with each.
    """

    period: float = 0.0
    anchor: float = 0.0
    confidence: float = 0.0
    found: bool = False
    takes: int = 0


class BeatTracker:
    """Follows the beat of one stream. Push every hop."""

    def __init__(self) -> None:
        self._states = BeatStates()
        self._times: deque[float] = deque(maxlen=_KEPT)
        self._strengths: deque[float] = deque(maxlen=_KEPT)
        self._recent: deque[float] = deque([0.0] * 5, maxlen=5)
        self._grid: Grid | None = None
        self._hop = 0
        self._heard = -10.0
        self._quiet = True
        self._fresh = False
        self._found = False
        self._disagreed = 0
        self._takes = 0
        self._confidence = 0.0

    def push(self, at: float, onset: float, place: float) -> Beat:
        """Take in a hop.

        Args:
            at: its instant in seconds.
            onset: strength of an onset in it, 0..1, 0 for none; place: where between hops it lies, -0.5..0.5.
        """
        self._hop += 1
        if onset > 0.0:
            if self._quiet:
                self._resume(at)
            self._times.append(at + place * _HOP_S)
            self._strengths.append(onset)
            self._heard = at
            self._fresh = True
        self._recent.append(onset)
        older2, older, here, newer, newer2 = self._recent
        self._quiet = self._quiet or at - self._heard > _SILENT_S
        if self._quiet:
            self._confidence *= 0.5 ** (_HOP_S / _FORGET_S)
        else:
            # The states are two hops behind, so that an onset is seen coming.
            self._states.push(max(here, 0.8 * max(older, newer), 0.45 * max(older2, newer2)), here)
            if self._hop % _REVIEW == 0:
                self._review(at)
        grid = self._grid
        if grid is None:
            return Beat()
        self._found = self._confidence >= (LOST if self._found else FOUND)
        return Beat(grid.period, grid.nearest(at), self._confidence, self._found, self._takes)

    def skip(self, seconds: float) -> None:
        """So much sound was lost: the beat has gone on meanwhile."""
        self._quiet = True  # what comes next is weighed against the beat as after a break
        self._recent.extend([0.0] * 5)
        if not 0.0 < seconds < _FORGET_S:
            self._grid, self._confidence = None, 0.0
            self._times.clear()
            self._strengths.clear()

    def _resume(self, at: float) -> None:
        """The music is back: the beat before the break is likely, another is possible."""
        self._quiet = False
        if self._grid is not None and self._found:
            late = at - 2 * _HOP_S
            self._states.settle(self._grid.period / _HOP_S, self._grid.phase(late), 0.9)
        else:
            self._states.settle(HOPS_PER_SECOND / 2, 0.0, 0.0)

    def _review(self, at: float) -> None:
        pointer = self._states.pointer()
        late = at - 2 * _HOP_S  # what the states know of
        period = pointer.period * _HOP_S
        likely = Grid(period, late - pointer.phase * period)
        grid = self._grid
        if grid is not None and self._agrees(grid, likely, late):
            self._disagreed = 0
            if self._fresh:
                self._grid = self._bounded(fit(self._times, self._strengths, grid, late), grid)
                self._fresh = False
        else:
            self._disagreed += 1
            if grid is None or self._disagreed > _PATIENCE or not self._found:
                self._disagreed = 0
                self._takes += 1
                self._grid = self._bounded(fit(self._times, self._strengths, likely, late), likely)
        assert self._grid is not None
        agreement = 0.0 if self._disagreed else pointer.certainty
        target = min(1.0, 1.25 * agreement) * self._grid.hits**0.5
        rate = _RISE if target > self._confidence else _FALL
        self._confidence += rate * (target - self._confidence)

    @staticmethod
    def _bounded(grid: Grid, before: Grid) -> Grid:
        return grid if SHORTEST_S <= grid.period <= LONGEST_S else before

    @staticmethod
    def _agrees(grid: Grid, likely: Grid, at: float) -> bool:
        turn = abs((grid.phase(at) - likely.phase(at) + 0.5) % 1.0 - 0.5)
        return turn < _AGREE and abs(likely.period / grid.period - 1) < 0.06
