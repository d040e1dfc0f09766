"""Onsets of kick, snare and hat, by spectral flux. Pure.

SuperFlux (Böck & Widmer 2013): the growth of each band's log magnitude over the highest of its neighbourhood two
hops before, so that a gliding tone is no onset; summed over the range of each drum. Peaks are picked online as in
Böck, Krebs & Schedl, Evaluating the online capabilities of onset detection methods (ISMIR 2012).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.audio.spectrum import Rows

KICK, SNARE, HAT, ANY = range(4)
"""Columns of the flux; ANY is an onset of whatever kind, over all bands."""

COLUMNS: Final = 4

RANGES_HZ: Final = ((30.0, 105.0), (300.0, 4500.0), (6000.0, 11000.0))
"""Where kick, snare and hat are heard and the others least; a snare is heard in the range of hats at the same time."""

FINE: Final = 1000.0
COARSE: Final = 40.0
"""Magnitude m counts as log10(1 + 1000 m): what is 60 dB below full scale begins to count. With 40 only what is loud
does: the click of a kick is no snare."""

LAG: Final = 2
"""Hops between the spectra compared: a stroke needs some 20 ms to fill the window."""

PEAK_DELAY: Final = 1
"""Hops after a peak in which it is told: the next must be lower."""

_MEMORY: Final = 3
"""Hops before, among which a peak is the highest: the beats of a roll are some 40 ms apart."""

_MEAN_DECAY: Final = 0.985
"""Of the running mean flux that a peak must exceed, per hop: some 0.7 s."""

_ABOVE_MEAN: Final = 2.0
_LEAST: Final = (0.15, 0.15, 0.06, 0.05)
"""Flux of an onset in log10 of magnitude, at least."""

_OF_STRONGEST: Final = (0.6, 0.7, 0.2, 0.12)
"""Share of the strongest of late that it must have: the strokes of one drum are heard in the ranges of the others."""

_STRONGEST_DECAY: Final = 0.998
"""Of the strongest of late, per hop: half in 3.5 s."""

_FULL: Final = (0.4, 0.4, 0.2, 0.3)
"""Flux that counts as full strength at least: where a drum does not play, its strongest is weak."""

_REFRACTORY: Final = 4
"""Hops between two onsets of one drum, at least."""

_RISES: Final = 3
"""Hops in which an onset may grow once it is told."""


class Flux:
    """Spectral flux of a stream."""

    def __init__(self, centres: npt.NDArray[np.float64]) -> None:
        kick, snare, hat = (slice(*np.searchsorted(centres, bounds)) for bounds in RANGES_HZ)
        count = len(centres)
        self._bands = count
        self._compression = np.repeat(np.array((FINE, COARSE), np.float32), count)
        self._history = np.zeros((LAG, 2 * count), np.float32)
        means = np.zeros((2, count, COLUMNS))  # of growth in fine and in coarse logarithms
        means[1, kick, KICK] = 1 / max(1, kick.stop - kick.start)
        means[0, snare, SNARE] = 3 / max(1, snare.stop - snare.start)
        means[0, hat, HAT] = 1 / max(1, hat.stop - hat.start)
        means[0, :, ANY] = 1 / count
        self._means = means.reshape(2 * count, COLUMNS).astype(np.float32)

    def push(self, magnitude: Rows) -> tuple[Rows, Rows]:
        """Return the flux [hops, COLUMNS] of magnitudes [hops, bands], and their fine logarithms [hops, bands]."""
        count = self._bands
        logs = np.concatenate((magnitude, magnitude), axis=1)
        logs *= self._compression
        logs += np.float32(1)
        np.log10(logs, out=logs)
        held = np.concatenate((self._history, logs))
        before = held[:-LAG]
        widest = before.copy()
        for half in (slice(0, count), slice(count, 2 * count)):
            wide, narrow = widest[:, half], before[:, half]
            np.maximum(wide[:, 1:], narrow[:, :-1], out=wide[:, 1:])
            np.maximum(wide[:, :-1], narrow[:, 1:], out=wide[:, :-1])
        self._history = held[len(held) - LAG :]
        growth = logs - widest
        np.maximum(growth, 0.0, out=growth)
        flux = growth @ self._means
        flux[:, SNARE] = np.minimum(flux[:, HAT], flux[:, SNARE])
        return np.asarray(flux, np.float32), logs[:, :count]


Row = tuple[float, ...]


class PeakPicker:
    """Find the onsets in a stream of flux [COLUMNS]. A peak is known a hop after it; that one is coming, before it."""

    def __init__(self) -> None:
        nothing: Row = (0.0,) * COLUMNS
        self._past: tuple[Row, ...] = (nothing,) * (_MEMORY + PEAK_DELAY + 1)
        self._mean = [0.0] * COLUMNS
        self._since = [_REFRACTORY] * COLUMNS
        self._strongest = [0.0] * COLUMNS
        self._rising = [_REFRACTORY] * COLUMNS  # hops since an onset was first told

    def push(self, flux: Row) -> tuple[tuple[float, float], ...]:
        """Return per column (strength, place) of an onset at the hop before, (0, 0) where there is none.

        strength: 0..1, relative to the strongest of late. place: where the peak lies between hops, -0.5..0.5 from the
        hop before.
        """
        past = self._past = (*self._past[1:], flux)
        found: list[tuple[float, float]] | None = None
        for column in range(COLUMNS):
            before, here, after = past[-3][column], past[-2][column], flux[column]
            strongest = self._strongest[column] = max(_STRONGEST_DECAY * self._strongest[column], here)
            mean = self._mean[column]
            self._mean[column] = _MEAN_DECAY * mean + (1 - _MEAN_DECAY) * after
            self._since[column] += 1
            if here <= after or here < _LEAST[column] or self._since[column] <= _REFRACTORY:
                continue
            if here < max(_ABOVE_MEAN * mean, _OF_STRONGEST[column] * strongest):
                continue
            if any(here < one[column] for one in past[:-2]):
                continue
            self._since[column] = 0
            found = found or list(_NONE)
            found[column] = here / max(strongest, _FULL[column]), parabola(before, here, after)
        return _NONE if found is None else tuple(found)

    def rise(self, column: int) -> float:
        """Return the strength so far of an onset whose peak is to come or here, 0..1; 0 where there is none.

        Flux that grows to what a peak must have leads to one: waiting for the peak would only cost time. Until then the
        strength may grow from hop to hop.
        """
        here, strongest = self._past[-1][column], self._strongest[column]
        self._rising[column] += 1
        if here < _LEAST[column] or here < _ABOVE_MEAN * self._mean[column] or here <= self._past[-2][column]:
            return 0.0
        if self._rising[column] > _RISES:
            if self._rising[column] <= _REFRACTORY or self._since[column] < _REFRACTORY:
                return 0.0
            if here < _OF_STRONGEST[column] * max(strongest, here) or any(here < one[column] for one in self._past):
                return 0.0
            self._rising[column] = 0
        return min(1.0, here / max(strongest, here, _FULL[column]))


_NONE: Final = ((0.0, 0.0),) * COLUMNS


def parabola(before: float, here: float, after: float) -> float:
    """Return where the peak of the parabola through three equidistant values lies, -0.5..0.5 from the middle."""
    bend = before - 2 * here + after
    return float(min(0.5, max(-0.5, 0.5 * (before - after) / bend))) if bend < 0 else 0.0
