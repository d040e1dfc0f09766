"""Short-time spectra: frames of sound, and the filters that sum them into bands. Pure.

A frame of 1024 samples (43 ms) every 240 (10 ms), as in SuperFlux (Böck & Widmer, Maximum filter vibrato suppression
for onset detection, DAFx 2013), with half the samples at half the rate.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.audio.resampler import RATE, Mono
from engine.messages.audio import BANDS

WINDOW: Final = 1024
HOP: Final = 240
HOPS_PER_SECOND: Final = RATE // HOP
HOP_NS: Final = 1_000_000_000 // HOPS_PER_SECOND

LOWEST_HZ: Final = 30.0
HIGHEST_HZ: Final = 11_000.0

_PER_OCTAVE: Final = 9
"""Filters an octave: more find no more onsets here, and cost time."""

Rows = npt.NDArray[np.float32]
"""float32 [hops, n]."""


class Framer:
    """Cut a stream into overlapping frames."""

    def __init__(self) -> None:
        self._tail: Mono = np.zeros(WINDOW - HOP, np.float32)

    def push(self, sound: Mono) -> Rows:
        """Return the frames [hops, WINDOW] that are complete now: a view, to be read before the next push."""
        held = np.concatenate((self._tail, sound))
        count = max(0, (len(held) - WINDOW) // HOP + 1)
        self._tail = held[count * HOP :].copy()
        if not count:
            return np.zeros((0, WINDOW), np.float32)
        return np.ndarray((count, WINDOW), np.float32, held, 0, (held.itemsize * HOP, held.itemsize))

    @property
    def held(self) -> int:
        """Samples pushed since the end of the last frame, negative before the first."""
        return len(self._tail) - (WINDOW - HOP)


class Spectrum:
    """Magnitudes of frames, summed into bands."""

    def __init__(self) -> None:
        self._window = (np.hanning(WINDOW + 1)[:-1]).astype(np.float32)
        edges = _edges()
        narrow = _triangles(edges)
        self.centres = edges[1:-1]
        wide = _wide_bands()
        # Hann's main lobe spreads a sine's power over 1.5 bins.
        self._narrow = np.ascontiguousarray(narrow.T * (4 / WINDOW), np.float32)
        self._wide = np.ascontiguousarray(wide.T * ((4 / WINDOW) ** 2 * 0.5 / 1.5), np.float32)
        self.count = len(narrow)

    def analyse(self, levelled: Rows) -> tuple[Rows, Rows]:
        """Return the magnitude in narrow bands [hops, count] and the power in wide ones [hops, BANDS].

        levelled: frames less the mean of each: a constant is no sound. A sine at full scale has magnitude 1 and power
        1/2.
        """
        magnitude = np.asarray(np.abs(np.fft.rfft(levelled * self._window)), np.float32)
        power = np.asarray((magnitude * magnitude) @ self._wide, np.float32)
        return magnitude @ self._narrow, power


def _edges() -> npt.NDArray[np.float64]:
    """Return ascending frequencies, the middle ones being centres of filters: as dense as the bins allow."""
    octaves = np.log2(HIGHEST_HZ / LOWEST_HZ)
    wanted = LOWEST_HZ * 2 ** (np.arange(int(octaves * _PER_OCTAVE) + 1) / _PER_OCTAVE)
    bins = np.unique(np.round(wanted * WINDOW / RATE))
    return np.asarray(bins * RATE / WINDOW)


def _triangles(edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    frequencies = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    rows = []
    for low, centre, high in zip(edges, edges[1:], edges[2:], strict=False):
        rising, falling = (frequencies - low) / (centre - low), (high - frequencies) / (high - centre)
        row = np.clip(np.minimum(rising, falling), 0.0, None)
        rows.append(row / row.sum())
    return np.array(rows)


def bark(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the place on the Bark scale (Traunmüller, Analytical expressions for the tonotopic scale, 1990)."""
    frequency = np.asarray(hertz, np.float64)
    return 26.81 * frequency / (1960.0 + frequency) - 0.53


def _wide_bands() -> npt.NDArray[np.float64]:
    """Return BANDS filters of equal width on the Bark scale, each summing power."""
    frequencies = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    low, high = bark(LOWEST_HZ), bark(HIGHEST_HZ)
    place = (bark(frequencies) - low) / (high - low) * BANDS
    return np.array([(place >= band) & (place < band + 1) & (frequencies >= LOWEST_HZ) for band in range(BANDS)], float)
