"""`python -m bench.audio.hostile COUNT`: hostile blocks: is anything raised, is the state right, is memory flat?"""

import math
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import psutil

from bench.audio.score import BLOCK
from bench.audio.tracks import RATE, click_track
from engine.audio.analysis import Analyser
from engine.messages.audio import AudioFeatures

RATES: Final = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 37_123)
CHANNELS: Final = (1, 1, 2, 2, 4, 8, 32)

Block = npt.NDArray[Any]


def hostile_block(random: np.random.Generator) -> Block:
    """Return a block of any length, type and number of channels, of the kinds that drivers have sent."""
    samples, channels = int(random.integers(0, 700)), CHANNELS[random.integers(len(CHANNELS))]
    shape = (samples, channels) if channels > 1 or random.random() < 0.5 else (samples,)
    match int(random.integers(0, 10)):
        case 0:
            return np.zeros(shape, np.float32)
        case 1:
            return np.full(shape, (np.nan, np.inf, -np.inf)[random.integers(3)], np.float32)
        case 2:
            block = _noise(random, shape)
            block[random.random(shape, np.float32) < 0.1] = np.nan
            return block
        case 3:
            return np.sign(_noise(random, shape))  # clipping throughout
        case 4:
            return np.full(shape, random.uniform(-1, 1), np.float32)  # a constant
        case 5:
            return (random.standard_normal(shape) * 10 ** random.uniform(-12, 38)).astype(np.float64)
        case 6:
            return random.integers(-(2**15), 2**15, shape, dtype=np.int16)
        case 7:
            return random.integers(-(2**31), 2**31, shape, dtype=np.int32)
        case _:
            return np.float32(0.1) * _noise(random, shape)


def _noise(random: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    return random.standard_normal(shape, np.float32)


def sane(one: AudioFeatures) -> bool:
    """Return whether every value lies in its range."""
    values = (one.level, one.peak, *one.bands, one.centroid, one.flux, one.kick, one.snare, one.hat)
    tempo = one.bpm == 0.0 or 55.0 <= one.bpm <= 210.0
    shares = (*values, one.confidence, one.bar_confidence)
    return tempo and all(math.isfinite(value) and -1e-6 <= value <= 1 + 1e-6 for value in shares)


def abuse(random: np.random.Generator, count: int) -> Iterator[tuple[Analyser, tuple[AudioFeatures, ...]]]:
    """Yield an analyser and what it told of each of so many hostile blocks; the device changes now and then."""
    analyser, rate, now_ns = Analyser(48_000), 48_000, 0
    for _ in range(count):
        if random.random() < 0.002:
            rate = RATES[random.integers(len(RATES))]
            analyser = Analyser(rate)
        block = hostile_block(random)
        now_ns += round(len(block) / rate * 1e9)
        if random.random() < 0.01:
            now_ns += int(random.integers(-(10**9), 5 * 10**9))  # sound was lost, or a clock jumps
        yield analyser, analyser.push(block, now_ns)


def recovers(analyser: Analyser, rate: int, seconds: float) -> float:
    """Return the tempo that is told after so many seconds of clicks at 120 BPM."""
    track = click_track(7, (120.0,), seconds=seconds)
    sound = np.interp(np.arange(0, seconds, 1 / rate), np.arange(len(track.sound)) / RATE, track.sound)
    told: list[AudioFeatures] = []
    for begin in range(0, len(sound), BLOCK):
        block = sound[begin : begin + BLOCK].astype(np.float32)
        told += analyser.push(block, 10**15 + round((begin + len(block)) / rate * 1e9))
    return told[-1].bpm


def main(count: int) -> int:
    """Send so many blocks and print the outcome; return 0 if all is well."""
    random, me, began = np.random.default_rng(1), psutil.Process(), time.monotonic()
    memory, insane, hops = [], 0, 0
    for number, (_, told) in enumerate(abuse(random, count)):
        hops += len(told)
        insane += sum(not sane(one) for one in told)
        if number % max(1, count // 10) == count // 20:
            memory.append(me.memory_info().rss / 2**20)
    tempo = recovers(Analyser(48_000), 48_000, 10.0)
    sys.stdout.write(
        f"{count} blocks, {hops} hops in {time.monotonic() - began:.0f} s: nothing raised, {insane} out of range; "
        f"clicks of 120 BPM after it: {tempo:.1f}; memory, MiB: {' '.join(f'{one:.1f}' for one in memory)}.\n"
    )
    return 0 if insane == 0 and abs(tempo - 120) < 1.2 else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
