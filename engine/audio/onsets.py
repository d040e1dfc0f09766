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

_FULL: Final = np.array((0.4, 0.4, 0.2, 0.3))
"""Flux that counts as full strength at least: where a drum does not play, its strongest is weak."""

_REFRACTORY: Final = 4
"""Hops between two onsets of one drum, at least."""


class Flux:
    """Spectral flux of a stream."""

    def __init__(self, centres: npt.NDArray[np.float64]) -> None:
        self._ranges = [slice(*np.searchsorted(centres, bounds)) for bounds in RANGES_HZ]
        self._fine = _Growth(len(centres), FINE)
        self._coarse = _Growth(len(centres), COARSE)

    def push(self, magnitude: Rows) -> Rows:
        """Return the flux [hops, COLUMNS] of magnitudes [hops, bands]."""
        kick, snare, hat = self._ranges
        fine, coarse = self._fine.push(magnitude), self._coarse.push(magnitude)
        flux = np.empty((len(magnitude), COLUMNS), np.float32)
        flux[:, KICK] = coarse[:, kick].mean(axis=1)
        flux[:, HAT] = fine[:, hat].mean(axis=1)
        flux[:, SNARE] = np.minimum(flux[:, HAT], 3 * fine[:, snare].mean(axis=1))
        flux[:, ANY] = fine.mean(axis=1)
        return flux


class _Growth:
    def __init__(self, bands: int, compression: float) -> None:
        self._compression = np.float32(compression)
        self._history = np.zeros((LAG, bands), np.float32)

    def push(self, magnitude: Rows) -> Rows:
        logs = np.log10(1 + self._compression * magnitude)
        held = np.concatenate((self._history, logs))
        before = held[:-LAG]
        widest = before.copy()
        np.maximum(widest[:, 1:], before[:, :-1], out=widest[:, 1:])
        np.maximum(widest[:, :-1], before[:, 1:], out=widest[:, :-1])
        self._history = held[len(held) - LAG :].copy()
        return np.asarray(np.maximum(logs - widest, 0), np.float32)


class PeakPicker:
    """Find the onsets in a stream of flux [COLUMNS]; a peak is known a hop after it."""

    def __init__(self) -> None:
        self._past = np.zeros((_MEMORY + PEAK_DELAY + 1, COLUMNS))
        self._mean = np.zeros(COLUMNS)
        self._since = np.full(COLUMNS, _REFRACTORY)
        self._least = np.array(_LEAST)
        self._strongest = np.zeros(COLUMNS)
        self._share = np.array(_OF_STRONGEST)

    def push(self, flux: npt.NDArray[np.floating]) -> tuple[tuple[float, float], ...]:
        """Return per column (strength, place) of an onset at the hop before, (0, 0) where there is none.

        strength: 0..1, relative to the strongest of late. place: where the peak lies between hops, -0.5..0.5 from the
        hop before.
        """
        past = self._past
        past[:-1] = past[1:]
        past[-1] = flux
        here = past[-2]
        self._strongest = np.maximum(_STRONGEST_DECAY * self._strongest, here)
        bound = np.maximum(np.maximum(self._least, _ABOVE_MEAN * self._mean), self._share * self._strongest)
        self._mean = _MEAN_DECAY * self._mean + (1 - _MEAN_DECAY) * past[-1]
        self._since += 1
        found = (here >= bound) & (here > past[-1]) & (here >= past[:-2].max(axis=0)) & (self._since > _REFRACTORY)
        if not found.any():
            return _NONE
        self._since[found] = 0
        full = np.maximum(self._strongest, _FULL)
        return tuple(
            (float(here[one] / full[one]), parabola(past[-3, one], here[one], past[-1, one]))
            if found[one]
            else (0.0, 0.0)
            for one in range(COLUMNS)
        )


_NONE: Final = ((0.0, 0.0),) * COLUMNS


def parabola(before: float, here: float, after: float) -> float:
    """Return where the peak of the parabola through three equidistant values lies, -0.5..0.5 from the middle."""
    bend = before - 2 * here + after
    return float(min(0.5, max(-0.5, 0.5 * (before - after) / bend))) if bend < 0 else 0.0
