"""A grid of beats fitted to onsets: finer than hops, and able to go on where nothing is heard. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

SPANS: Final = (4, 8, 16, 32)
"""Beats over which a line is fitted: short ones first, so that onsets are counted right over the long ones."""

_REACH: Final = (0.15, 0.12, 0.1, 0.08)
"""How far from its beat an onset may lie, in beats, for each span."""

_STRAIGHT_S: Final = 0.006
"""The longest span counts whose newest onsets lie within this of its line: in a ramp it is a short one."""

_NEWEST: Final = 4


@dataclass(frozen=True, slots=True)
class Grid:
    """Beats at anchor + k * period, in seconds of the sound's own clock.

    Attributes:
        hits: share of the beats of the last span near which an onset was heard, weighted, 0..1.
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
    """Return the grid that the newest onsets lie on, beginning from one that is about right."""
    at, weight = np.asarray(times), np.asarray(strengths) ** 2
    best = start
    chosen: Grid | None = None
    for span, reach in zip(SPANS, _REACH, strict=True):
        recent = at > now - (span + 0.5) * best.period
        place = (at[recent] - best.nearest(now)) / best.period
        number = np.round(place)
        near = np.abs(place - number) < reach
        if np.count_nonzero(near) < 3 or len(np.unique(number[near])) < 3:
            break
        beats, instants, pull = number[near], at[recent][near], weight[recent][near]
        line = _line(beats, instants, pull)
        if line is None or not 0.93 < line[0] / best.period < 1.07:
            break
        rest = instants - (line[1] + line[0] * beats)
        last = slice(-_NEWEST, None)
        bent = abs(float(np.average(rest[last], weights=pull[last])))
        hits = min(1.0, len(np.unique(beats)) / min(span, 8))
        best = Grid(line[0], line[1], hits)
        if bent > _STRAIGHT_S and chosen is not None:
            break
        chosen = best
    return chosen or start


def _line(
    beats: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    instants: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    weight: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> tuple[float, float] | None:
    """Return slope and value at 0 of the weighted line of least squares; what lies far off it counts less."""
    total = weight.sum()
    for turn in range(2):
        middle, mean = (weight @ beats) / total, (weight @ instants) / total
        spread = weight @ (beats - middle) ** 2
        if spread <= 0:
            return None
        slope = (weight @ ((beats - middle) * (instants - mean))) / spread
        start = mean - slope * middle
        if turn == 0:
            rest = (instants - start - slope * beats) / 0.012
            weight = weight / (1 + rest * rest)  # Cauchy: a stroke off its place pulls little
            total = weight.sum()
    return float(slope), float(start)
