"""Loudness for the eye: gain, levels and bands within 0..1, rising at once and falling slowly. Pure."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.audio.spectrum import HOPS_PER_SECOND, Rows
from engine.messages.audio import BANDS

FLOOR_DB: Final = 48.0
"""Below full scale so many decibels are 0."""

SILENCE_DB: Final = -70.0
"""Below this it is no signal: the noise of an open input lies about there."""

TARGET_DB: Final = -14.0
"""Where the gain brings the loudest of late, as RMS: mastered music has that."""

MOST_GAIN_DB: Final = 40.0
LEAST_GAIN_DB: Final = -20.0

_RISE_DB: Final = 2.0 / HOPS_PER_SECOND
_FALL_DB: Final = 6.0 / HOPS_PER_SECOND
"""Of the gain, per hop: slow enough that no band's growth is taken for an onset."""

_LOUDEST_FALL_DB: Final = 1.0 / HOPS_PER_SECOND
"""How fast the loudest is forgotten."""

_GATE_DB: Final = -60.0
"""Below this the gain stands still: it does not turn up silence."""

_TILT_DB: Final = np.array((0.0, 2.0, 4.0, 6.0, 8.0, 9.0, 10.0, 12.0), np.float32)
"""Lift of the bands: music has less and less above 200 Hz."""

Row = tuple[float, ...]

_RELEASE: Final = 0.5 ** (1 / (0.09 * HOPS_PER_SECOND))
"""Of levels and bands, per hop: half in 90 ms."""

PULSE_RELEASE: Final = 0.5 ** (1 / (0.07 * HOPS_PER_SECOND))
"""Of onsets: half in 70 ms."""


def decibels(power: float) -> float:
    """Return 10 log10 of a power, -120 for none."""
    return 10.0 * math.log10(max(power, 1e-12))


class Gain:
    """A gain that follows the loudness slowly, or stands where it was put."""

    def __init__(self) -> None:
        self.fixed_db: float | None = None
        self._gain_db = 0.0
        self._loudest_db = -120.0

    @property
    def gain_db(self) -> float:
        """The gain now."""
        return self._gain_db

    def push(self, rms_db: float) -> float:
        """Return the factor for a hop's magnitudes, from its loudness before the gain."""
        if self.fixed_db is not None:
            self._gain_db = self.fixed_db
        elif rms_db > _GATE_DB:
            wanted = TARGET_DB - max(rms_db, self._loudest_db)
            wanted = max(LEAST_GAIN_DB, min(MOST_GAIN_DB, wanted))
            if self._loudest_db < _GATE_DB:
                self._gain_db = wanted  # the music begins
            else:
                self._gain_db += max(-_FALL_DB, min(_RISE_DB, wanted - self._gain_db))
        self._loudest_db = max(rms_db, self._loudest_db - _LOUDEST_FALL_DB)
        return float(10 ** (self._gain_db / 20))


class Levels:
    """Level, peak and bands of a stream."""

    def __init__(self) -> None:
        self._level = 0.0
        self._peak = 0.0
        self._bands = [0.0] * BANDS

    def push(self, power: float, peak: float, bands: Sequence[float], factor: float) -> tuple[float, float, Row]:
        """Return level, peak and bands, each in 0..1.

        Args:
            power: mean square of a hop; peak: its highest sample; both before the gain.
            bands: what shown_bands made of each.
            factor: the gain, for magnitudes.
        """
        square = factor * factor
        self._level = max(_shown(decibels(power * square)), self._level * _RELEASE)
        self._peak = max(_shown(decibels(peak * peak * square)), self._peak * _RELEASE)
        self._bands = [max(one, before * _RELEASE) for one, before in zip(bands, self._bands, strict=True)]
        return self._level, self._peak, tuple(self._bands)


def shown_bands(power: Rows, factors: npt.NDArray[np.float32]) -> Rows:
    """Return how high bands stand, 0..1, by the power of each [hops, BANDS] and the gain of each hop [hops]."""
    lifted = 10 * np.log10(np.maximum(power * (factors * factors)[:, None], 1e-12)) + _TILT_DB
    return np.asarray(np.minimum(np.maximum(1 + lifted / FLOOR_DB, 0.0), 1.0), np.float32)


def _shown(level_db: float) -> float:
    return max(0.0, min(1.0, 1.0 + level_db / FLOOR_DB))
