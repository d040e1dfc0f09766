"""A grid of beats fitted to onsets: finer than hops, and able to go on where nothing is heard. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

SPANS: Final = (4, 8, 16, 32)
"""Beats over which a line is fitted: short ones first, so that onsets are counted right over the long ones."""

_REACH: Final = (0.15, 0.12, 0.1, 0.08)
"""How far from its beat an onset may lie, in beats, for each span."""

_BENT_S: Final = 0.004
"""The longest span counts whose newest onsets lie within this of its curve: in a ramp it is a short one."""

_NEWEST: Final = 4

_BETTER: Final = 0.4
"""A parabola is taken for a line, the tempo moving, where it leaves at most this share of the squared rest."""

_WIDTH_S: Final = 0.012
"""Distance from the curve at which an onset counts half: a stroke off its place pulls little."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Beats at anchor + k * period, in seconds of the sound's own clock.

    Attributes:
        hits: share of the newest beats near which an onset was heard, 0..1.
    """

    period: float
    anchor: float
    hits: float = 0.0

    def phase(self, at: float) -> float:
        """Return the place in the beat, 0..1."""
        return (at - self.anchor) / self.period % 1.0

    def nearest(self, at: float) -> float:
        """Return the beat nearest to an instant."""
        return self.anchor + round((at - self.anchor) / self.period) * self.period


def fit(times: Sequence[float], strengths: Sequence[float], start: Grid, now: float) -> Grid:
    """Return the grid that the newest onsets lie on, beginning from one that is about right.

    Args:
        times, strengths: of the onsets, in order of their times.
    """
    at, weight = np.asarray(times), np.asarray(strengths) ** 2
    chosen = here = start
    bend = 0.0
    for span, reach in zip(SPANS, _REACH, strict=True):
        recent = int(np.searchsorted(at, now - (span + 0.5) * here.period, "right"))
        back = (at[recent:] - here.nearest(now)) / here.period
        place = back - 0.5 * bend * back * back
        number = np.round(place)
        near = np.abs(place - number) < reach
        beats = number[near]
        met = int(np.count_nonzero(beats[1:] != beats[:-1])) + 1 if len(beats) else 0
        if met < 3:
            break
        curve = _curve(beats, at[recent:][near], weight[recent:][near], parabola=span >= 8 and met >= 7)
        if curve is None or not 0.93 < curve.period / here.period < 1.07:
            break
        here = Grid(curve.period, curve.start, min(1.0, met / min(span, 8)))
        bend = curve.bend
        if curve.off > _BENT_S and span > SPANS[0]:
            break
        chosen = here
    return chosen


@dataclass(frozen=True, slots=True)
class _Curve:
    """Instant of beat k, 0 being the newest: start + period k (1 + bend k / 2); off: how far the newest onsets lie."""

    start: float
    period: float
    bend: float
    off: float


def _curve(beats: Numbers, instants: Numbers, weight: Numbers, *, parabola: bool) -> _Curve | None:
    scale = max(1.0, float(np.abs(beats).max()))
    place, first = beats / scale, float(instants[0])
    late = instants - first
    powers = np.ones((5 if parabola else 3, len(beats)))
    for power in range(1, len(powers)):
        np.multiply(powers[power - 1], place, out=powers[power])
    found = _solve(powers[:3], late, weight)
    if found is None:
        return None
    if parabola:
        bent = _solve(powers, late, weight)
        if bent is not None and bent[1] < _BETTER * found[1]:
            found = bent
    (start, period, *rest), _, off = found
    period /= scale
    return _Curve(start + first, period, 2 * rest[0] / (scale * scale * period) if rest else 0.0, off)


def _solve(powers: Numbers, late: Numbers, weight: Numbers) -> tuple[list[float], float, float] | None:
    """Return coefficients by power, the weighted squared rest and how far the newest lie: least squares, twice.

    Args:
        powers: of each onset's beat [2 * coefficients - 1, onsets], from 0 on.
    """
    terms = (len(powers) + 1) // 2
    used, pull, rest, found = powers[:terms], weight, late, [0.0] * terms
    for again in (True, False):
        sums = (powers @ pull).tolist()
        solved = _eliminated([sums[row : row + terms] for row in range(terms)], (used @ (pull * late)).tolist())
        if solved is None:
            return None
        found = solved
        rest = late - np.array(found) @ used
        if again:
            pull = weight / (1 + (rest / _WIDTH_S) ** 2)  # Cauchy
    newest = slice(-_NEWEST, None)
    off = abs(float(rest[newest] @ weight[newest])) / float(weight[newest].sum())
    return found, float(weight @ np.minimum(rest * rest, _WIDTH_S**2)), off


def _eliminated(matrix: list[list[float]], right: list[float]) -> list[float] | None:
    """Return the solution of a symmetric positive system of two or three equations; None where it has none."""
    size = len(right)
    for row in range(size):
        pivot = matrix[row][row]
        if not pivot > 1e-12 * matrix[0][0]:
            return None
        for below in range(row + 1, size):
            share = matrix[below][row] / pivot
            right[below] -= share * right[row]
            for column in range(row, size):
                matrix[below][column] -= share * matrix[row][column]
    for row in reversed(range(size)):
        known = sum(matrix[row][column] * right[column] for column in range(row + 1, size))
        right[row] = (right[row] - known) / matrix[row][row]
    return right
