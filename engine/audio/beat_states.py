"""Where in the beat the music is, as a distribution over tempo and phase. Pure.

The bar-pointer model in the state space of Krebs, Böck & Widmer, An efficient state-space model for joint tempo and
meter tracking (ISMIR 2015), over beats: each tempo has as many states as its beat has hops, the pointer moves a state
a hop, and the tempo may change where a beat begins. Run forward only, so that it is online.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.audio.spectrum import HOPS_PER_SECOND

SLOWEST_BPM: Final = 58.0
FASTEST_BPM: Final = 206.0
"""A little beyond what is reported, so that 60 and 200 are found."""

_INERTIA: Final = 100.0
"""Lambda of the paper: how unlikely a change of tempo is from beat to beat."""

_MISSED: Final = 0.25
"""Likelihood of a beat on which nothing is heard, against one with the strongest onset."""

_STRAY: Final = 0.85
"""How much an onset between beats speaks against them: the strongest leaves 1 - 0.85."""

_NEAR: Final = 3
"""Hops around a beat in which an onset belongs to it."""

_RESTART: Final = 2e-4
"""Chance per hop that the music begins anew at any tempo and phase."""

_USUAL_BPM: Final = 120.0
_OCTAVES: Final = 0.9
"""Listeners tap most readily at some 120 BPM, this many octaves wide: D. Moelants, Preferred tempo reconsidered
(ICMPC 2002); the width as in D. Ellis, Beat tracking by dynamic programming (JNMR 2007)."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The likeliest tempo and phase.

    Attributes:
        period: of the beat, in hops; phase: of the newest hop, 0..1.
        certainty: share of the distribution that agrees, 0..1.
    """

    period: float
    phase: float
    certainty: float


class BeatStates:
    """The distribution, moved on by every hop."""

    def __init__(self) -> None:
        shortest = int(60 * HOPS_PER_SECOND / FASTEST_BPM)
        longest = int(np.ceil(60 * HOPS_PER_SECOND / SLOWEST_BPM))
        periods = np.arange(shortest, longest + 1)
        self._periods = periods
        self._first = np.concatenate(([0], np.cumsum(periods)[:-1]))
        self._last = self._first + periods - 1
        place = np.concatenate([np.arange(period) for period in periods])
        self._owner = np.repeat(np.arange(len(periods)), periods)
        self._phase = place / periods[self._owner]
        distance = np.minimum(place, periods[self._owner] - place)
        self._between = (distance > _NEAR).astype(np.float64)
        ratio = periods[None, :] / periods[:, None]
        moves = np.exp(-_INERTIA * np.abs(ratio - 1))
        self._moves = moves / moves.sum(axis=1, keepdims=True)
        octaves = np.log2(60 * HOPS_PER_SECOND / periods / _USUAL_BPM)
        usual = np.exp(-0.5 * (octaves / _OCTAVES) ** 2)
        prior = (usual / periods / usual.sum())[self._owner]
        self._prior = prior / prior.sum()
        self._turn = np.exp(2j * np.pi * self._phase)
        self._now = self._prior.copy()
        self._next = np.empty_like(self._now)
        self._work = np.empty_like(self._now)

    def push(self, near: float, here: float) -> None:
        """Move on by a hop and weigh what was heard.

        Args:
            near: the strongest onset within some hops, less the further away it is, 0..1.
            here: the onset at this very hop, 0..1, 0 for none.
        """
        self.advance()
        now = self._now
        if here > 0.0:
            np.multiply(self._between, -_STRAY * here, out=self._work)
            self._work += 1.0
            now *= self._work
        now[self._first] *= _MISSED + (1 - _MISSED) * near
        now *= (1 - _RESTART) / now.sum()
        now += _RESTART * self._prior

    def advance(self) -> None:
        """Move on by a hop in which nothing can be known."""
        now, after = self._now, self._next
        after[1:] = now[:-1]
        after[self._first] = now[self._last] @ self._moves
        self._now, self._next = after, now

    def settle(self, period: float, phase: float, share: float) -> None:
        """Put a share of the distribution near a tempo and a phase; the rest is as before anything was heard."""
        turn = np.abs((self._phase - phase + 0.5) % 1.0 - 0.5)
        pull = (self._periods[self._owner] / period - 1) / 0.015
        peak = np.exp(-0.5 * pull**2 - 0.5 * (turn / 0.04) ** 2)
        total = peak.sum()
        self._now = self._prior * (1 - share) + (peak * (share / total) if total > 0 else 0.0)

    def pointer(self) -> Pointer:
        """Return the likeliest tempo and phase."""
        tempo = np.add.reduceat(self._now, self._first)
        smooth = np.convolve(tempo, (0.5, 1.0, 1.0, 1.0, 0.5), mode="same")
        middle = int(np.argmax(smooth))
        low, high = max(0, middle - 2), min(len(tempo), middle + 3)
        weight = tempo[low:high]
        period = float((weight @ self._periods[low:high]) / weight.sum())
        states = slice(self._first[low], self._last[high - 1] + 1)
        mean = complex(self._now[states] @ self._turn[states]) / float(weight.sum())
        phase = float(np.angle(mean) / (2 * np.pi) % 1.0)
        return Pointer(period, phase, float(weight.sum()) * abs(mean))
