"""Any sound to one channel at the analysis rate. Pure; streaming, with bounded memory.

A bank of windowed-sinc filters, one for each of a number of places between two samples, as in J. O. Smith, Digital
Audio Resampling (2002): an output sample is the product of the filter nearest to its place and the input around it.
"""

from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

RATE: Final = 24_000
"""Samples a second of the analysis: hats up to 11 kHz are in it, and the usual rates divide well."""

SLOWEST_RATE: Final = 8_000
FASTEST_RATE: Final = 192_000
MOST_CHANNELS: Final = 32

_SIDE: Final = 8
"""Zero crossings of the filter on each side."""

_PHASES: Final = 240
"""Filters at most: a place is then off by 1/480 sample at most, noise 54 dB below the sound."""

_BETA: Final = 7.0
"""Of the Kaiser window: stopband 70 dB down."""

_PASS: Final = 0.92
"""Share of the band up to the lower of both Nyquist frequencies that passes."""

_MOST: Final = 8.0
"""Samples are kept within this; full scale is 1."""

Mono = npt.NDArray[np.float32]
"""float32 [n], full scale -1..1."""


class Resampler:
    """Convert one stream.

    Args:
        rate: samples a second of what is pushed, SLOWEST_RATE..FASTEST_RATE.

    Raises:
        ValueError: the rate is outside that.
    """

    def __init__(self, rate: int) -> None:
        if not SLOWEST_RATE <= rate <= FASTEST_RATE:
            raise ValueError(f"no rate of sound: {rate} samples a second")
        step = Fraction(rate, RATE)
        self._step = step
        self._phases = min(step.denominator, _PHASES)
        half = int(np.ceil(_SIDE * max(1.0, float(step))))
        self._taps = 2 * half
        self._bank = _bank(half, self._phases, _PASS * min(1.0, 1 / float(step)))
        self._reach = np.arange(self._taps)
        self._tail: Mono = np.zeros(self._taps, np.float32)
        self._at = Fraction(half)  # place of the next output sample in the tail, in input samples

    @property
    def delay(self) -> float:
        """Seconds of sound that are held back."""
        return self._taps / 2 / (float(self._step) * RATE)

    def push(self, block: Mono) -> Mono:
        """Return the sound of a block at the analysis rate; it may be empty."""
        sound = np.concatenate((self._tail, block))
        half, step = self._taps // 2, self._step
        last = len(sound) - half  # the filter reaches half samples beyond the place
        count = max(0, -(-(last - self._at) // step)) if last > self._at else 0
        if count == 0:
            self._tail = sound
            return np.zeros(0, np.float32)
        numerator = self._at.numerator * step.denominator + (
            np.arange(count, dtype=np.int64) * step.numerator * self._at.denominator
        )
        whole, rest = np.divmod(numerator, self._at.denominator * step.denominator)
        phase = (rest * self._phases) // (self._at.denominator * step.denominator)
        windows = sound[(whole - half + 1)[:, None] + self._reach]
        out = np.einsum("ij,ij->i", windows, self._bank[phase])
        self._at += count * step
        drop = int(self._at) - half
        self._at -= drop
        self._tail = sound[drop:].copy()
        return np.asarray(out, np.float32)


def to_mono(block: npt.NDArray[Any]) -> Mono:
    """Return the mean of all channels, within -8..8; what is no number becomes 0.

    Args:
        block: [n] or [n, channels]: floats with full scale -1..1, or signed integers.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if np.issubdtype(block.dtype, np.integer):
            sound = block.astype(np.float32) / -float(np.iinfo(block.dtype).min or -1)
        else:
            sound = np.asarray(block, np.float32)
        if not np.isfinite(sound.sum()):  # one look at a number tells whether all are
            sound = np.nan_to_num(sound, nan=0.0, posinf=_MOST, neginf=-_MOST)
        sound = np.clip(sound, -_MOST, _MOST)
        mono: Mono = sound.mean(axis=1, dtype=np.float32) if sound.ndim > 1 else sound
        return mono


def _bank(half: int, phases: int, cutoff: float) -> npt.NDArray[np.float32]:
    """Return the filters [phases, 2 * half] that give the value behind tap half - 1 by each fraction of a sample."""
    places = np.arange(2 * half)[None, :] - (half - 1) - np.arange(phases)[:, None] / phases
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (places / half) ** 2, 0.0, 1.0))) / np.i0(_BETA)
    bank = np.sinc(places * cutoff) * window
    return np.asarray(bank / bank.sum(axis=1, keepdims=True), np.float32)
