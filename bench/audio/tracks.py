"""Synthesised music: click tracks and drum loops whose beats and onsets are known. Deterministic by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 44_100
Sound = npt.NDArray[np.float32]
Times = npt.NDArray[np.float64]

DRUMS: Final = ("kick", "snare", "hat")


@dataclass(frozen=True, slots=True)
class Track:
    """A piece of music and its truth.

    Attributes:
        sound: float32 [n] at RATE.
        beats: instants in seconds; the first is the first of a bar, and bars have four.
        onsets: instants by drum; a click counts as "click".
        silent: stretches in which nothing sounds, (from, to) in seconds.
    """

    name: str
    kind: str
    sound: Sound
    beats: Times
    onsets: Mapping[str, Times]
    silent: tuple[tuple[float, float], ...] = ()


Pattern = Mapping[str, Sequence[float]]
"""Per drum the places of its strokes in a bar, in beats from 0; a stroke on 0.5 + k is swung."""

PATTERNS: Final[Mapping[str, Pattern]] = {
    "house": {"kick": (0, 1, 2, 3), "snare": (1, 3), "hat": (0.5, 1.5, 2.5, 3.5)},
    "rock": {"kick": (0, 2, 2.5), "snare": (1, 3), "hat": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)},
    "boom bap": {"kick": (0, 1.75, 2.5), "snare": (1, 3), "hat": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)},
    "break": {"kick": (0, 0.5, 2.5, 3.25), "snare": (1, 1.75, 3), "hat": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)},
    "drum and bass": {"kick": (0, 2.5), "snare": (1, 3), "hat": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)},
    "half time": {"kick": (0, 0.75, 2.5), "snare": (2,), "hat": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)},
    "techno": {"kick": (0, 1, 2, 3), "snare": (), "hat": (0.5, 1.5, 2.5, 3.5, 3.75)},
    "motown": {"kick": (0, 2), "snare": (0, 1, 2, 3), "hat": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)},
}


def _decay(seconds: float, half_life: float) -> npt.NDArray[np.float64]:
    times = np.arange(round(seconds * RATE)) / RATE
    return np.asarray(0.5 ** (times / half_life))


def _kick(random: np.random.Generator) -> npt.NDArray[np.float64]:
    envelope = _decay(0.3, 0.05)
    times = np.arange(len(envelope)) / RATE
    pitch = random.uniform(45, 58) + 110 * np.exp(-times / 0.02)
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) * envelope
    return tone + 0.12 * random.standard_normal(len(times)) * np.exp(-times / 0.003)


def _snare(random: np.random.Generator) -> npt.NDArray[np.float64]:
    envelope = _decay(0.22, 0.03)
    times = np.arange(len(envelope)) / RATE
    tone = np.sin(2 * np.pi * random.uniform(175, 215) * times) * np.exp(-times / 0.06)
    noise = random.standard_normal(len(times) + 1)
    return 0.5 * tone + 0.3 * (noise[1:] - 0.6 * noise[:-1]) * envelope


def _hat(random: np.random.Generator) -> npt.NDArray[np.float64]:
    envelope = _decay(0.09, random.uniform(0.01, 0.018))
    noise = np.diff(random.standard_normal(len(envelope) + 2), 2)  # two differences: 12 dB an octave towards the top
    return 0.12 * noise * envelope


def _click(random: np.random.Generator, high: bool) -> npt.NDArray[np.float64]:
    envelope = _decay(0.03, 0.004)
    times = np.arange(len(envelope)) / RATE
    return np.sin(2 * np.pi * (1568.0 if high else random.uniform(980, 1020)) * times) * envelope


_VOICES: Final = {"kick": _kick, "snare": _snare, "hat": _hat}
_LOUDNESS: Final = {"kick": 0.9, "snare": 0.7, "hat": 0.5}


def stroke(drum: str, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return one stroke of a drum at RATE, as loud as in a loop."""
    return _LOUDNESS[drum] * _VOICES[drum](random)


def _put(sound: npt.NDArray[np.float64], at_s: float, stroke: npt.NDArray[np.float64]) -> None:
    begin = round(at_s * RATE)
    room = sound[begin : begin + len(stroke)]
    room += stroke[: len(room)]


def _beats(bpm: Sequence[float], seconds: float, begin: float) -> Times:
    """Return the instants of beats of a tempo that moves linearly from bpm[0] to bpm[-1]."""
    first, last = bpm[0], bpm[-1]
    instants, at = [], begin
    while at < seconds - 0.05:
        instants.append(at)
        at += 60.0 / (first + (last - first) * min(1.0, at / seconds))
    return np.array(instants)


def _place(beats: Times, place: float, swing: float) -> float:
    """Return the instant of a place in beats; swing moves the eighth between two beats from 1/2 to this share."""
    whole, rest = int(place), place % 1.0
    if swing != 0.5:
        rest = rest * 2 * swing if rest <= 0.5 else swing + (rest - 0.5) * 2 * (1 - swing)
    following = beats[whole + 1] if whole + 1 < len(beats) else 2 * beats[-1] - beats[-2]
    return float(beats[whole] + rest * (following - beats[whole]))


def _noisy(sound: npt.NDArray[np.float64], random: np.random.Generator, ratio_db: float | None) -> Sound:
    sound = sound / max(1e-9, np.abs(sound).max()) * 0.8
    if ratio_db is not None:
        power = np.mean(sound**2) / 10 ** (ratio_db / 10)
        sound = sound + random.standard_normal(len(sound)) * np.sqrt(power)
    return np.clip(sound, -1, 1).astype(np.float32)


def click_track(
    seed: int, bpm: Sequence[float], *, seconds: float = 20.0, swing: float = 0.5, eighths: bool = False, kind: str = ""
) -> Track:
    """Return clicks on the beat, the first of a bar higher, perhaps softer swung eighths; noise 10 dB below.

    Args:
        bpm: the tempo, or (first, last) of a ramp.
        swing: place of the eighth between two beats, 0.5 (straight) .. 0.67.
    """
    random = np.random.default_rng(seed)
    beats = _beats(bpm, seconds, random.uniform(0.1, 0.9))
    sound = np.zeros(round(seconds * RATE))
    onsets = []
    for number, _ in enumerate(beats):
        for place, loudness in ((0.0, 1.0 if number % 4 == 0 else 0.75), (0.5, 0.3))[: 1 + eighths]:
            at = _place(beats, number + place, swing)
            _put(sound, at, loudness * _click(random, number % 4 == 0 and not place))
            onsets.append(at)
    name = f"clicks {'–'.join(f'{one:g}' for one in bpm)}{f' swing {swing:g}' if eighths else ''}"
    return Track(name, kind or "clicks", _noisy(sound, random, 10.0), beats, {"click": np.array(onsets)})


def drum_loop(
    seed: int,
    pattern: str,
    bpm: Sequence[float],
    *,
    seconds: float = 24.0,
    swing: float = 0.5,
    break_bars: tuple[int, int] | None = None,
    bass: bool = False,
    kind: str = "",
) -> Track:
    """Return a drum loop with strokes of uneven loudness, 3 ms off their places.

    Args:
        break_bars: (first, count) of bars in which nothing sounds.
        bass: a bass on the kicks and a chord that changes with the bar sound too.
    """
    random = np.random.default_rng(seed)
    beats = _beats(bpm, seconds, random.uniform(0.1, 0.9))
    sound = np.zeros(round(seconds * RATE))
    onsets: dict[str, list[float]] = {drum: [] for drum in DRUMS}
    quiet = range(0) if break_bars is None else range(break_bars[0], sum(break_bars))
    bars = -(-len(beats) // 4)
    for bar in range(bars):
        if bar in quiet:
            continue
        for drum, places in PATTERNS[pattern].items():
            for place in places:
                if 4 * bar + place >= len(beats) - 0.01:
                    continue
                at = max(0.0, _place(beats, 4 * bar + place, swing) + random.normal(0, 0.003))
                loudness = _LOUDNESS[drum] * random.uniform(0.75, 1.0) * (0.8 if place % 1 and drum == "hat" else 1.0)
                _put(sound, at, loudness * _VOICES[drum](random))
                onsets[drum].append(at)
        if bass:
            _put_harmony(sound, beats, bar, PATTERNS[pattern]["kick"], random)
    silent: tuple[tuple[float, float], ...] = ()
    if break_bars is not None:
        silent = ((float(beats[4 * quiet.start]), float(beats[min(4 * quiet.stop, len(beats) - 1)])),)
    name = f"{pattern} {'–'.join(f'{one:g}' for one in bpm)}" + f" swing {swing:g}" * (swing != 0.5) + " + bass" * bass
    times = {drum: np.array(sorted(strokes)) for drum, strokes in onsets.items()}
    return Track(name, kind or "drums", _noisy(sound, random, 30.0), beats, times, silent)


def _put_harmony(
    sound: npt.NDArray[np.float64], beats: Times, bar: int, kicks: Sequence[float], random: np.random.Generator
) -> None:
    root = 55.0 * 2 ** ((0, 5, 7, 3)[bar % 4] / 12)
    begin, end = beats[4 * bar], beats[min(4 * bar + 4, len(beats) - 1)]
    length = max(0, round((end - begin) * RATE))
    times = np.arange(length) / RATE
    chord = sum(np.sin(2 * np.pi * root * ratio * times + random.uniform(0, 6)) for ratio in (4, 5, 6))
    _put(sound, begin, 0.04 * chord * np.minimum(1.0, times / 0.05) * np.minimum(1.0, (length / RATE - times) / 0.05))
    for place in kicks:
        if 4 * bar + place < len(beats) - 1:
            envelope = _decay(0.25, 0.12)
            tone = np.sin(2 * np.pi * root * np.arange(len(envelope)) / RATE)
            _put(sound, _place(beats, 4 * bar + place, 0.5), 0.3 * tone * envelope)


def click_tracks() -> list[Track]:
    """Return click tracks of 60 to 180 BPM, straight and swung."""
    tracks = [click_track(bpm, (float(bpm),)) for bpm in range(60, 181, 10)]
    tracks += [
        click_track(1000 + bpm, (float(bpm),), swing=swing, eighths=True)
        for bpm, swing in ((72, 0.6), (88, 0.67), (104, 0.58), (116, 0.5), (128, 0.62), (144, 0.55), (168, 0.5))
    ]
    return tracks


def drum_loops() -> list[Track]:
    """Return drum loops at tempos that are usual for them."""
    plan: Sequence[tuple[str, float, float, bool]] = (
        ("house", 118, 0.5, False),
        ("house", 124, 0.5, True),
        ("house", 128.5, 0.54, True),
        ("techno", 132, 0.5, False),
        ("techno", 140, 0.5, True),
        ("rock", 76, 0.5, False),
        ("rock", 96, 0.5, True),
        ("rock", 120, 0.5, False),
        ("rock", 150, 0.5, True),
        ("boom bap", 84, 0.58, False),
        ("boom bap", 92, 0.6, True),
        ("boom bap", 100, 0.5, True),
        ("break", 110, 0.5, False),
        ("break", 126, 0.5, True),
        ("break", 137, 0.5, False),
        ("drum and bass", 160, 0.5, False),
        ("drum and bass", 174, 0.5, True),
        ("half time", 130, 0.5, False),
        ("half time", 142, 0.5, True),
        ("motown", 104, 0.5, False),
        ("motown", 112, 0.55, True),
        ("motown", 170, 0.5, True),
    )
    return [
        drum_loop(2000 + index, pattern, (bpm,), swing=swing, bass=bass)
        for index, (pattern, bpm, swing, bass) in enumerate(plan)
    ]


def ramps() -> list[Track]:
    """Return music that gets faster or slower."""
    return [
        click_track(3000, (100.0, 120.0), seconds=30.0, kind="ramps"),
        click_track(3001, (130.0, 110.0), seconds=30.0, kind="ramps"),
        drum_loop(3002, "house", (120.0, 132.0), seconds=30.0, kind="ramps"),
        drum_loop(3003, "rock", (105.0, 90.0), seconds=30.0, kind="ramps", bass=True),
        drum_loop(3004, "break", (125.0, 137.0), seconds=30.0, kind="ramps"),
    ]


def breaks() -> list[Track]:
    """Return loops that fall silent for four bars."""
    return [
        drum_loop(4000, "house", (124.0,), seconds=32.0, break_bars=(7, 4), bass=True, kind="breaks"),
        drum_loop(4001, "rock", (98.0,), seconds=36.0, break_bars=(6, 4), kind="breaks"),
        drum_loop(4002, "break", (134.0,), seconds=30.0, break_bars=(7, 4), kind="breaks"),
        drum_loop(4003, "techno", (138.0,), seconds=30.0, break_bars=(7, 4), kind="breaks"),
        drum_loop(4004, "boom bap", (88.0,), seconds=40.0, swing=0.57, break_bars=(6, 4), bass=True, kind="breaks"),
        drum_loop(4005, "drum and bass", (172.0,), seconds=28.0, break_bars=(8, 4), kind="breaks"),
    ]


def every_track() -> list[Track]:
    """Return all of them."""
    return [*click_tracks(), *drum_loops(), *ramps(), *breaks()]
