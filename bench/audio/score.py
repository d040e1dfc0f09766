"""Analyse a track as a show would, block by block, and compare with its truth."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.audio.tracks import DRUMS, RATE, Times, Track
from engine.audio.analysis import Analyser
from engine.messages.audio import AudioFeatures

BLOCK: Final = 960
"""Samples that a block has: 22 ms, as they come from a sound card by way of a thread."""

SETTLED_S: Final = 6.0
"""From here on the tempo is to be right."""

TOLERANCE_S: Final = 0.025
"""Within which an onset is found, as in MIREX with half its tolerance."""

EARLY_S: Final = 0.005
"""An onset is told so much before its peak, in the time of the sound: flux that has grown enough is told."""

MERGED_S: Final = 0.03
"""Strokes of several drums within this are one onset."""

RIGHT_SHARE: Final = 0.9
"""Share of the time after SETTLED_S in which the tempo must be right for the track to count."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well a track was heard.

    Attributes:
        found, told, true: onsets by column (drums in their order, then all together): right ones, told ones, real ones.
        tempo_right: the tempo is within 1 % nearly all the time after SETTLED_S, or its double or half is.
        octave_right: and it is neither double nor half.
        phase_s: distances from beats told to true ones once the beat was found, the octave being right.
        lock_s: when the beat was found, inf for never; held: over all silent stretches, True without any.
        bar_right: share of the time after SETTLED_S in which the bar's first beat is right.
        cpu: share of a core.
    """

    name: str
    kind: str
    found: tuple[int, ...]
    told: tuple[int, ...]
    true: tuple[int, ...]
    tempo_right: bool
    octave_right: bool
    phase_s: tuple[float, ...]
    lock_s: float
    held: bool
    bar_right: float
    cpu: float


def hear(track: Track) -> tuple[list[AudioFeatures], float]:
    """Return the features of a track, and the share of a core that they took."""
    analyser = Analyser(RATE)
    features: list[AudioFeatures] = []
    began = time.thread_time()
    for begin in range(0, len(track.sound), BLOCK):
        block = track.sound[begin : begin + BLOCK]
        features += analyser.push(block, round((begin + len(block)) / RATE * 1e9))
    return features, (time.thread_time() - began) / (len(track.sound) / RATE)


def score(track: Track) -> Score:
    """Hear a track and compare."""
    features, cpu = hear(track)
    at = np.array([one.at_ns for one in features]) / 1e9
    bpm = np.array([one.bpm for one in features])
    beats = track.beats
    true_bpm = np.interp(at, beats[:-1], 60 / np.diff(beats))
    late = at > SETTLED_S
    ratio = bpm[late] / true_bpm[late]
    near = np.min(np.abs(ratio[:, None] / np.array((1.0, 2.0, 0.5)) - 1), axis=1) < 0.01
    octave = np.abs(np.log2(np.maximum(ratio, 1e-3))) < 0.3
    locked = bpm > 0
    bars = beats[::4]
    right = [
        one.bpm > 0 and np.abs(bars - one.bar_ns / 1e9).min() < 0.1
        for one, settled in zip(features, late, strict=True)
        if settled and one.at_ns / 1e9 < bars[-1]
    ]
    found, told, true = _onsets(track, features)
    return Score(
        name=track.name,
        kind=track.kind,
        found=found,
        told=told,
        true=true,
        tempo_right=bool(np.mean(near) >= RIGHT_SHARE),
        octave_right=bool(np.mean(octave & near) >= RIGHT_SHARE) if np.mean(near) >= RIGHT_SHARE else False,
        phase_s=tuple(_phases(features, at, true_bpm, beats)),
        lock_s=float(at[np.argmax(locked)]) if locked.any() else float("inf"),
        held=all(bool(locked[(at > begin) & (at < end + 1.0)].all()) for begin, end in track.silent),
        bar_right=float(np.mean(right)) if right else 0.0,
        cpu=cpu,
    )


def _phases(features: Sequence[AudioFeatures], at: Times, true_bpm: Times, beats: Times) -> Iterable[float]:
    """Return for each true beat how far from it a beat was expected just before."""
    for beat in beats:
        index = int(np.searchsorted(at, beat)) - 1
        if index < 0 or index >= len(features) - 1 or features[index].bpm <= 0:
            continue
        one = features[index]
        if abs(np.log2(one.bpm / true_bpm[index])) < 0.3:
            period = 60 / one.bpm
            yield abs(float((one.beat_ns / 1e9 - beat + period / 2) % period - period / 2))


def _onsets(
    track: Track, features: Sequence[AudioFeatures]
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    told = [_rises(features, drum) for drum in DRUMS]
    real = [track.onsets.get(drum, np.zeros(0)) for drum in DRUMS]
    pairs = [*zip(told, real, strict=True), (_merged(told), _merged(list(track.onsets.values())))]
    return (
        tuple(_matches(one, other) for one, other in pairs),
        tuple(len(one) for one, _ in pairs),
        tuple(len(other) for _, other in pairs),
    )


def _rises(features: Sequence[AudioFeatures], drum: str) -> Times:
    """Return when a drum's strength begins to rise; it may go on for some hops."""
    strength = np.array([getattr(one, drum) for one in features])
    at = np.array([one.at_ns for one in features]) / 1e9
    rises = np.diff(strength, prepend=0.0) > 0
    return np.asarray(at[1:][rises[1:] & ~rises[:-1]] + EARLY_S)


def _merged(lists: Sequence[Times]) -> Times:
    kept: list[float] = []
    for at in np.sort(np.concatenate(lists)):
        if not kept or at - kept[-1] > MERGED_S:
            kept.append(float(at))
    return np.array(kept)


def _matches(told: Times, real: Times) -> int:
    """Return how many of both lie within the tolerance of each other, each counted once."""
    first = second = count = 0
    while first < len(told) and second < len(real):
        apart = told[first] - real[second]
        if abs(apart) <= TOLERANCE_S:
            count, first, second = count + 1, first + 1, second + 1
        elif apart < 0:
            first += 1
        else:
            second += 1
    return count


def f_measure(scores: Sequence[Score], column: int) -> float:
    """Return the F-measure of onsets in a column over several tracks, 0..1."""
    found = sum(one.found[column] for one in scores)
    both = sum(one.told[column] + one.true[column] for one in scores)
    return 2 * found / both if both else 0.0
