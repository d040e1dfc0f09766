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

_PHASES: Final = 640
"""Filters at most. All usual rates need fewer; another is taken for the nearest that does, less than 0.1 % off."""

_BLOCK: Final = 64
"""Samples that one product makes at least."""

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
        step = Fraction(rate, RATE).limit_denominator(_PHASES)
        half = int(np.ceil(_SIDE * max(1.0, float(step))))
        bank = _bank(half, step.denominator, _PASS * min(1.0, 1 / float(step)))
        self._taps = 2 * half
        # Outputs repeat their places between inputs after so many: a block of them is one product with a matrix.
        self._makes = step.denominator * -(-_BLOCK // step.denominator)
        self._takes = int(self._makes * step)
        self._step = step
        places = [divmod(output * step.numerator, step.denominator) for output in range(self._makes)]
        self._matrix: npt.NDArray[np.float32] = np.zeros((self._takes + self._taps, self._makes), np.float32)
        for output, (whole, phase) in enumerate(places):
            self._matrix[whole + 1 : whole + 1 + self._taps, output] = bank[phase]
        self._needs = np.array([whole + self._taps for whole, _ in places])  # inputs, but for one, of each output
        self._tail: Mono = np.zeros(self._taps, np.float32)  # from the beginning of a block of outputs on
        self._made = 0  # outputs of that block so far

    @property
    def delay(self) -> float:
        """Seconds of sound that are held back."""
        return self._taps / 2 / (float(self._step) * RATE)

    def push(self, block: Mono) -> Mono:
        """Return the sound of a block at the analysis rate; it may be empty."""
        sound = np.concatenate((self._tail, block))
        whole, left = divmod(max(0, len(sound) - self._taps), self._takes)
        ready = whole * self._makes + int(np.searchsorted(self._needs, left + self._taps))
        if ready <= self._made:
            self._tail = sound
            return np.zeros(0, np.float32)
        blocks = -(-ready // self._makes)
        reach = (blocks - 1) * self._takes + len(self._matrix)
        held = sound if len(sound) >= reach else np.concatenate((sound, np.zeros(reach - len(sound), np.float32)))
        rows = np.ndarray((blocks, len(self._matrix)), np.float32, held, 0, (4 * self._takes, 4))
        out = (rows @ self._matrix).ravel()[self._made : ready]
        done = ready // self._makes
        self._tail, self._made = sound[done * self._takes :].copy(), ready - done * self._makes
        return out


def to_mono(block: npt.NDArray[Any]) -> Mono:
    """Return the mean of all channels, within -8..8; what is no number becomes 0.

    Args:
        block: [n] or [n, channels]: floats with full scale -1..1, or signed integers.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        if block.dtype == np.float32:  # the way of every driver, where all is well
            usual = block if block.ndim == 1 else block @ np.full(block.shape[1], 1 / block.shape[1], np.float32)
            if len(usual) and usual.min() >= -_MOST and usual.max() <= _MOST:  # false where it is no number
                return np.asarray(usual, np.float32)
        if block.dtype.kind in "iu":
            sound = block.astype(np.float32) / -float(np.iinfo(block.dtype).min or -1)
        else:
            sound = np.asarray(block, np.float32)
        if not np.isfinite(sound.sum()):  # one look at a number tells whether all are
            sound = np.nan_to_num(sound, nan=0.0, posinf=_MOST, neginf=-_MOST)
        bounded: Mono = np.minimum(np.maximum(sound, -_MOST), _MOST)
        if bounded.ndim > 1:
            bounded = bounded @ np.full(bounded.shape[1], 1 / bounded.shape[1], np.float32)
        return bounded


def _bank(half: int, phases: int, cutoff: float) -> npt.NDArray[np.float32]:
    """Return the filters [phases, 2 * half] that give the value behind tap half - 1 by each fraction of a sample."""
    places = np.arange(2 * half)[None, :] - (half - 1) - np.arange(phases)[:, None] / phases
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (places / half) ** 2, 0.0, 1.0))) / np.i0(_BETA)
    bank = np.sinc(places * cutoff) * window
    return np.asarray(bank / bank.sum(axis=1, keepdims=True), np.float32)
