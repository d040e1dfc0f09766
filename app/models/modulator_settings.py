"""What can be set of a modulator, in the words of the window: choices, amounts, levels to draw."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.messages.audio import FEATURE_IDS
from engine.messages.modulation import (
    AudioFollower,
    Envelope,
    Lfo,
    LfoShape,
    Modulator,
    Polarity,
    Pressure,
    Source,
    StepSequence,
    Trigger,
)

_MOST_THRESHOLD: Final = 0.95

DRAWN_POINTS: Final = 32
"""Points of a shape that is drawn in the window: finer than a hand draws."""

SHAPES: Final = {
    LfoShape.SINE: "Sine",
    LfoShape.TRIANGLE: "Triangle",
    LfoShape.SAW: "Saw",
    LfoShape.SQUARE: "Square",
    LfoShape.SMOOTH: "Random",
    LfoShape.HOLD: "Jumps",
    LfoShape.DRAWN: "Drawn",
}
BEATS: Final = {
    1 / 16: "1/16",
    1 / 8: "1/8",
    1 / 4: "1/4",
    1 / 2: "1/2",
    1.0: "1 beat",
    2.0: "2 beats",
    4.0: "1 bar",
    8.0: "2 bars",
    16.0: "4 bars",
    32.0: "8 bars",
    64.0: "16 bars",
}
STEP_BEATS: Final = {1 / 8: "1/8", 1 / 4: "1/4", 1 / 2: "1/2", 1.0: "1 beat", 2.0: "2", 4.0: "1 bar"}
FEATURES: Final = {
    "kick": "Kick",
    "snare": "Snare",
    "hat": "Hats",
    "level": "Loudness",
    "peak": "Peak",
    "flux": "Change",
    "centroid": "Bright",
    "beat": "Beat",
    "bar": "Bar",
    **{f"band.{number}": f"Band {number}" for number in range(1, 9)},
}
TRIGGERS: Final = {
    Trigger.PAD: "Pads",
    Trigger.KICK: "Kick",
    Trigger.SNARE: "Snare",
    Trigger.HAT: "Hats",
    Trigger.NOTE: "Notes",
    Trigger.HAND: "By hand",
}
POLARITIES: Final = {Polarity.UP: "One way", Polarity.BOTH: "Both ways"}
assert set(FEATURES) == set(FEATURE_IDS)


@dataclass(frozen=True, slots=True)
class Option:
    """One of several: what it is called, the modulator with it, and whether it is chosen."""

    label: str
    modulator: Modulator
    current: bool


@dataclass(frozen=True, slots=True)
class Options:
    """Several of which one is chosen."""

    title: str
    options: tuple[Option, ...]
    columns: int = 4


@dataclass(frozen=True, slots=True)
class Amount:
    """A number on a track.

    Attributes:
        share: where it stands on the track, 0..1.
        words: a share's number in words; made: the modulator with it.
        feature: what is heard of this is shown on the track too, most being at its end; "" for nothing.
    """

    label: str
    share: float
    words: Callable[[float], str]
    made: Callable[[float], Modulator]
    feature: str = ""
    most: float = 1.0


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels 0..1 to draw; made: the modulator with others; joined: lines lead from one to the next."""

    levels: tuple[float, ...]
    made: Callable[[tuple[float, ...]], Modulator]
    joined: bool


Setting = Options | Amount | Levels


def settings_of(modulator: Modulator) -> tuple[Setting, ...]:
    """Everything that can be set of a modulator but its depth, in the order in which it is shown."""
    ways = Options("", _options(POLARITIES, modulator.polarity, lambda one: replace(modulator, polarity=one)), 2)
    match modulator.source:
        case Lfo() as lfo:
            return (*_of_lfo(modulator, lfo), ways)
        case AudioFollower():
            return (*_of_follower(modulator, modulator.source), ways)
        case StepSequence() as steps:
            return (
                Levels(steps.levels, lambda levels: _with(modulator, levels=levels), joined=False),
                Options("A step", _options(STEP_BEATS, steps.beats, lambda one: _with(modulator, beats=one)), 6),
                _share(modulator, "Slide", "slide", steps.slide),
                ways,
            )
        case Envelope() as envelope:
            return (
                Options("With", _options(TRIGGERS, envelope.trigger, lambda one: _with(modulator, trigger=one)), 3),
                _seconds(modulator, "Attack", "attack_s", envelope.attack_s, 5.0),
                _seconds(modulator, "Hold", "hold_s", envelope.hold_s, 10.0),
                _seconds(modulator, "Release", "release_s", envelope.release_s, 20.0),
                ways,
            )
        case Pressure() as pressure:
            return (_seconds(modulator, "Smoothing", "smoothing_s", pressure.smoothing_s, 2.0), ways)


def _of_lfo(modulator: Modulator, lfo: Lfo) -> tuple[Setting, ...]:
    shapes = tuple(Option(label, _shaped(modulator, lfo, shape), lfo.shape is shape) for shape, label in SHAPES.items())
    points: tuple[Setting, ...] = ()
    if lfo.shape is LfoShape.DRAWN:
        points = (Levels(_resampled(lfo.points), lambda levels: _with(modulator, points=levels), joined=True),)
    rates = tuple(
        Option(label, _with(modulator, beats=beats, hertz=None), lfo.hertz is None and lfo.beats == beats)
        for beats, label in BEATS.items()
    )
    free = Option("Free", _with(modulator, hertz=lfo.hertz or 1.0), lfo.hertz is not None)
    hertz: tuple[Setting, ...] = ()
    if lfo.hertz is not None:
        hertz = (
            Amount(
                "Rate",
                _log_share(lfo.hertz, 0.02, 10.0),
                lambda share: f"{_from_log(share, 0.02, 10.0):.3g} Hz",
                lambda share: _with(modulator, hertz=round(_from_log(share, 0.02, 10.0), 3)),
            ),
        )
    return (
        Options("", shapes),
        *points,
        Options("A round", (*rates, free)),
        *hertz,
        _share(modulator, "Phase", "phase", lfo.phase),
    )


def _of_follower(modulator: Modulator, follower: AudioFollower) -> tuple[Setting, ...]:
    return (
        Options("", _options(FEATURES, follower.feature, lambda one: _with(modulator, feature=one)), 5),
        replace(
            _share(modulator, "Threshold", "threshold", follower.threshold, _MOST_THRESHOLD),
            feature=follower.feature,
            most=_MOST_THRESHOLD,
        ),
        _seconds(modulator, "Attack", "attack_s", follower.attack_s, 2.0),
        _seconds(modulator, "Release", "release_s", follower.release_s, 5.0),
        Amount(
            "Curve",
            _log_share(follower.curve, 0.25, 4.0),
            lambda share: f"{_from_log(share, 0.25, 4.0):.2g}",
            lambda share: _with(modulator, curve=round(_from_log(share, 0.25, 4.0), 2)),
        ),
    )


def _options(words: dict[Any, str], chosen: object, made: Callable[[Any], Modulator]) -> tuple[Option, ...]:
    return tuple(Option(label, made(one), one == chosen) for one, label in words.items())


def _with(modulator: Modulator, **changes: Any) -> Modulator:
    source: Source = replace(modulator.source, **changes)
    return replace(modulator, source=source)


def _shaped(modulator: Modulator, lfo: Lfo, shape: LfoShape) -> Modulator:
    """With another shape; one to draw begins as a sine."""
    if shape is not LfoShape.DRAWN:
        return _with(modulator, shape=shape, points=())
    places = (place / DRAWN_POINTS for place in range(DRAWN_POINTS))
    points = lfo.points or tuple(round(0.5 - 0.5 * math.cos(2 * math.pi * place), 3) for place in places)
    return _with(modulator, shape=shape, points=points)


def _resampled(points: tuple[float, ...]) -> tuple[float, ...]:
    """A drawn shape through DRAWN_POINTS points, as it is played."""
    found = []
    for place in range(DRAWN_POINTS):
        at = place / DRAWN_POINTS * len(points)
        here, there = points[int(at)], points[(int(at) + 1) % len(points)]
        found.append(here + (there - here) * (at - int(at)))
    return tuple(found)


def _share(modulator: Modulator, label: str, key: str, value: float, most: float = 1.0) -> Amount:
    return Amount(
        label,
        min(value / most, 1.0),
        lambda share: f"{100 * share * most:.0f} %",
        lambda share: _with(modulator, **{key: round(share * most, 3)}),
    )


def _seconds(modulator: Modulator, label: str, key: str, value: float, most: float) -> Amount:
    """A time on a track that is finer at its beginning."""

    def seconds(share: float) -> float:
        return round(most * share**3, 3)

    def words(share: float) -> str:
        length = seconds(share)
        return f"{1000 * length:.0f} ms" if length < 1.0 else f"{length:.1f} s"

    return Amount(
        label, min(value / most, 1.0) ** (1 / 3), words, lambda share: _with(modulator, **{key: seconds(share)})
    )


def _log_share(value: float, low: float, high: float) -> float:
    return min(max(math.log(value / low) / math.log(high / low), 0.0), 1.0)


def _from_log(share: float, low: float, high: float) -> float:
    return low * math.exp(share * math.log(high / low))
