"""Linear timecode: 80 bits a frame as a sound (SMPTE ST 12-1).

Biphase mark: the level changes at the edge of every bit, and in the middle of a 1. Only the times of the changes
count, so that it does not matter which way round the wires are, nor how loud it is. The last sixteen bits are
0011111111111101, which no label contains, and which read otherwise when the tape runs backwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND
from engine.messages.timecode import Timecode, TimecodeRate, TimecodeReading

BITS: Final = 80
SYNC: Final = 0b0011111111111101
_SYNC_BACK: Final = int(f"{SYNC:016b}"[::-1], 2)

SLOWEST_BIT_S: Final = 1 / (BITS * 24 * 0.85)
FASTEST_BIT_S: Final = 1 / (BITS * 30 * 1.15)
"""Of a whole bit, from 24 frames a second 15 % slow to 30 frames a second 15 % fast."""

HALF: Final = 0.75
"""A change after less than so much of a bit is one in its middle."""

FOLLOW: Final = 0.1
"""How far the length of a bit follows each bit that is read: a tape that swims is followed, a click is not."""

GATE: Final = 0.2
"""Part of the peak that the level has to pass; noise that is lower changes nothing."""

PEAK_S: Final = 0.5
"""In such a time the peak that is remembered falls to a third."""

MAX_CHANNELS: Final = 64

_MOST: Final = 8.0
"""Samples count within this."""

_WHOLE: Final = (1 << BITS) - 1


@dataclass(slots=True)
class _Edges:
    """Where the level changes, in samples from the first of a block; it carries over what the next block needs."""

    sign: float = 0.0
    last: float = 0.0
    peak: float = 0.0
    mean: float = 0.0

    def of(self, samples: npt.NDArray[np.float64], rate: float) -> npt.NDArray[np.float64]:
        """The changes within a block of samples [n]."""
        length_s = len(samples) / rate
        share = 1.0 - np.exp(-length_s / PEAK_S)
        self.mean += share * (float(samples.mean()) - self.mean)
        samples = samples - self.mean
        self.peak = max(float(np.abs(samples).max()), self.peak * float(np.exp(-length_s / PEAK_S)))
        gate = GATE * self.peak
        if gate < 1e-5:  # silence, -100 dB
            self.last = float(samples[-1])
            return np.empty(0)
        signs = np.where(samples > gate, 1.0, np.where(samples < -gate, -1.0, 0.0))
        strong = np.flatnonzero(signs)
        if not len(strong):
            self.last = float(samples[-1])
            return np.empty(0)
        levels = signs[strong]
        before = np.concatenate(([self.sign or levels[0]], levels[:-1]))
        changed = strong[levels != before]
        earlier = np.where(changed > 0, samples[np.maximum(changed - 1, 0)], self.last)
        here = samples[changed]
        threshold = np.sign(here) * gate
        step = here - earlier
        within = np.where(np.abs(step) > 0, (here - threshold) / np.where(step == 0, 1.0, step), 0.0)
        self.sign, self.last = float(levels[-1]), float(samples[-1])
        edges: npt.NDArray[np.float64] = changed - np.clip(within, 0.0, 1.0)
        return edges


class LtcReader:
    """Reads the timecode in one sound. Whatever comes, nothing is raised."""

    def __init__(self) -> None:
        self._edges = _Edges()
        self._rate = 0.0
        self._since = 0.0  # samples from the newest change to the end of the block before
        self._bit = 0.0  # length of a bit in samples; 0.0: not known
        self._first_half: float | None = None
        self._bits = 0
        self._count = 0
        self._before: tuple[Timecode, int] | None = None
        self._found: TimecodeRate | None = None

    def push(self, block: npt.NDArray[np.floating], rate: float, at_ns: int) -> tuple[TimecodeReading, ...]:
        """Take in sound and return where the code was, once for each frame that is read whole.

        Args:
            block: samples [n] or [n, channels], -1..1 (only the first channel counts); not kept.
            rate: samples a second.
            at_ns: when the first sample sounded.
        """
        if block.ndim == 2 and 0 < block.shape[1] <= MAX_CHANNELS:
            block = block[:, 0]
        if block.ndim != 1 or not len(block) or not rate > 0.0:
            return ()
        if rate != self._rate:
            self._rate = rate
            self._lose()
        samples = np.asarray(block, np.float64)
        if not (samples.min() >= -_MOST and samples.max() <= _MOST):  # so where one is no number
            samples = np.nan_to_num(samples, posinf=0.0, neginf=0.0).clip(-_MOST, _MOST)
        edges = self._edges.of(samples, rate)
        if not len(edges):
            self._since = min(self._since + len(samples), 10.0 * rate)
            return ()
        lengths = np.diff(edges, prepend=-self._since)
        self._since = min(len(samples) - float(edges[-1]), 10.0 * rate)
        readings: list[TimecodeReading] = []
        for begin, end in self._runs(lengths):
            for edge, length in zip(edges[begin:end].tolist(), lengths[begin:end].tolist(), strict=True):
                if self._take(length):
                    reading = self._read(at_ns + round(edge * NS_PER_SECOND / rate))
                    if reading is not None:
                        readings.append(reading)
        return tuple(readings)

    def _runs(self, lengths: npt.NDArray[np.float64]) -> Iterator[tuple[int, int]]:
        """The stretches, first and last but one, that may be code: in music there is hardly one.

        Between two changes that no code has (see _take) lie as many as a frame has bits, or they are none of it.
        """
        seconds = lengths / self._rate
        breaks = np.flatnonzero((seconds <= 0.4 * FASTEST_BIT_S) | (seconds >= 1.2 * SLOWEST_BIT_S)).tolist()
        begin = 0
        for end in breaks:
            if end - begin + (self._count if begin == 0 else 0) >= BITS:
                yield begin, end
            self._lose()
            begin = end + 1
        yield begin, len(lengths)

    def _take(self, length: float) -> bool:
        """Take in the time between two changes, one that a code may have; True where a bit ends."""
        if not self._bit:  # whole or half: the two ranges do not meet, see FASTEST_BIT_S
            middle = (FASTEST_BIT_S * SLOWEST_BIT_S / 2) ** 0.5
            self._bit = length if length / self._rate > middle else 2 * length
            self._first_half = None
        if length > HALF * self._bit:
            if self._first_half is not None:  # a half without its other half: the edges were taken for the middles
                self._first_half = None
                self._count = 0
            self._add(0, length)
            return True
        if self._first_half is None:
            self._first_half = length
            return False
        whole = self._first_half + length
        self._first_half = None
        self._add(1, whole)
        return True

    def _add(self, bit: int, length: float) -> None:
        self._bits = (self._bits << 1 | bit) & _WHOLE
        self._count = min(self._count + 1, BITS)
        self._bit += FOLLOW * (length - self._bit)
        self._bit = min(max(self._bit, FASTEST_BIT_S * self._rate), SLOWEST_BIT_S * self._rate)

    def _lose(self) -> None:
        self._bit, self._first_half, self._count = 0.0, None, 0

    def _read(self, at_ns: int) -> TimecodeReading | None:
        """The reading of the 80 newest bits, if they are a frame."""
        if self._count < BITS:
            return None
        if self._bits & 0xFFFF == SYNC:
            label, drop = _label_of(self._bits >> 16)
            return self._reading(label, drop, at_ns, after=1)  # the frame is over
        if self._bits >> 64 == _SYNC_BACK:
            backwards = int(f"{self._bits & (1 << 64) - 1:064b}"[::-1], 2)
            label, drop = _label_of(backwards)
            return self._reading(label, drop, at_ns, after=0)
        return None

    def _reading(self, label: Timecode | None, drop: bool, at_ns: int, after: int) -> TimecodeReading | None:
        if label is None:
            return None
        self._count = 0
        rate = TimecodeRate.DROP if drop else self._counted(label, at_ns)
        return TimecodeReading(label.frame(rate) + after, rate, at_ns)

    def _counted(self, label: Timecode, at_ns: int) -> TimecodeRate:
        """How frames are counted: by the last number before a new second, and before one was heard by pace.

        The pace alone does not tell: 24 frames 4 % fast are 25.
        """
        before, self._before = self._before, (label, at_ns)
        frame_s = BITS * self._bit / self._rate
        if before is not None and label.frames == 0 and 0 < at_ns - before[1] < 1.5 * frame_s * NS_PER_SECOND:
            self._found = _BY_COUNT.get(before[0].frames + 1, self._found)
        if self._found is not None and label.frames < self._found.count:
            return self._found
        return min(_BY_COUNT.values(), key=lambda one: (label.frames >= one.count, abs(one.count - 1 / frame_s)))


_BY_COUNT: Final = {one.count: one for one in (TimecodeRate.FILM, TimecodeRate.EBU, TimecodeRate.NTSC)}


def _label_of(bits: int) -> tuple[Timecode | None, bool]:
    """The label in the first 64 bits of a frame, the first of them the highest here; and whether labels are dropped."""

    def field(first: int, length: int) -> int:
        return sum((bits >> 63 - first - place & 1) << place for place in range(length))

    units = [field(first, 4) for first in (0, 16, 32, 48)]
    tens = [field(first, length) for first, length in ((8, 2), (24, 3), (40, 3), (56, 2))]
    frames, seconds, minutes, hours = (10 * ten + unit for unit, ten in zip(units, tens, strict=True))
    label = Timecode(hours, minutes, seconds, frames)
    whole = label.valid and all(unit < 10 for unit in units)
    return (label if whole else None), bool(field(10, 1))
