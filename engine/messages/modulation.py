"""What moves a parameter by itself: modulators and their sources, as frozen data.

A source gives a signal of 0..1 over content time. A modulator adds `depth` of a control's travel times that signal to
a target: a parameter by its id, or a macro (macro.1 to macro.8). A target takes up to four, from the scene that plays,
and as many again that stay whatever plays.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Final

from engine.errors import ModulationError
from engine.messages.audio import FEATURE_IDS
from engine.messages.parameters import CommitPolicy, ParameterTable

MOST_PER_TARGET: Final = 4
STEPS: Final = 16
MOST_POINTS: Final = 64
"""Of a drawn shape."""

MACROS: Final = tuple(f"macro.{number}" for number in range(1, 9))


class LfoShape(Enum):
    """One round of an oscillator, which begins at its lowest. DRAWN is through given points."""

    SINE = "sine"
    TRIANGLE = "triangle"
    SAW = "saw"
    SQUARE = "square"
    SMOOTH = "random smooth"
    HOLD = "random hold"
    DRAWN = "drawn"


class Polarity(Enum):
    """UP: from the base on, into the direction of the depth; BOTH: to both sides of it."""

    UP = "up"
    BOTH = "both"


class Trigger(Enum):
    """What starts an envelope: a pad's cut or morph, an onset in the sound, a note, or a hand (key, button, OSC)."""

    PAD = "pad"
    KICK = "kick"
    SNARE = "snare"
    HAT = "hat"
    NOTE = "note"
    HAND = "hand"


ONSETS: Final[Mapping[Trigger, str]] = {Trigger.KICK: "kick", Trigger.SNARE: "snare", Trigger.HAT: "hat"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lfo:
    """An oscillator.

    Attributes:
        hertz: rounds a second; None: it runs with the beat.
        beats: of one round, from 1/16 to 64 (16 bars).
        phase: where it is on the first beat, in rounds, 0..1.
        points: of a drawn shape: 2 to 64 levels 0..1, evenly spaced over the round, joined by straight lines.
    """

    shape: LfoShape = LfoShape.SINE
    hertz: float | None = None
    beats: float = 4.0
    phase: float = 0.0
    points: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFollower:
    """A feature of the sound.

    Attributes:
        feature: one of FEATURE_IDS.
        threshold: what is below counts as 0, 0..0.95; the rest is stretched to 0..1.
        attack_s, release_s: time constants upwards and downwards, in seconds.
        curve: exponent of the level: above 1 quiet things count less, below 1 more.
    """

    feature: str
    threshold: float = 0.0
    attack_s: float = 0.01
    release_s: float = 0.25
    curve: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSequence:
    """Sixteen levels in turn.

    Attributes:
        levels: 16 of 0..1.
        beats: of one step.
        slide: share of a step that the way to the next level takes, 0..1.
    """

    levels: tuple[float, ...]
    beats: float = 0.25
    slide: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Up, held, and down again whenever it is triggered, in seconds."""

    trigger: Trigger
    attack_s: float = 0.02
    hold_s: float = 0.0
    release_s: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """How hard keys and pads of a controller are pressed, smoothed by a time constant in seconds."""

    smoothing_s: float = 0.05


Source = Lfo | AudioFollower | StepSequence | Envelope | Pressure


@dataclass(frozen=True, slots=True, kw_only=True)
class Modulator:
    """A source on a target; depth: share of the target's travel, -1..1."""

    source: Source
    depth: float = 0.25
    polarity: Polarity = Polarity.UP


Modulation = Mapping[str, tuple[Modulator, ...]]
"""Modulators by target."""

LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "depth": (-1.0, 1.0),
    "hertz": (0.01, 20.0),
    "beats": (1 / 16, 64.0),
    "phase": (0.0, 1.0),
    "threshold": (0.0, 0.95),
    "attack_s": (0.0, 10.0),
    "hold_s": (0.0, 60.0),
    "release_s": (0.0, 60.0),
    "smoothing_s": (0.0, 10.0),
    "curve": (0.1, 10.0),
    "slide": (0.0, 1.0),
    "levels": (0.0, 1.0),
    "points": (0.0, 1.0),
}
"""The closed range of every number, by the name of its field."""


def check_target(target: str, table: ParameterTable) -> str:
    """The target's name, that of a parameter under its present id.

    Raises:
        ModulationError: there is no such parameter or macro, or the output stage's own cannot be modulated.
    """
    if target in MACROS:
        return target
    if target not in table:
        raise ModulationError(
            "There is nothing of this name to modulate",
            where=target,
            remedy=f"Name a parameter of the generator, or {MACROS[0]} to {MACROS[-1]}.",
        )
    spec = table[target]
    if spec.policy is not CommitPolicy.CHUNK:
        raise ModulationError(f"{spec.label} cannot be modulated", where=spec.id)
    return spec.id


def check_modulator(modulator: Modulator) -> Modulator:
    """The modulator, if every number in it is in its range.

    Raises:
        ModulationError: with what is wrong and what is right.
    """
    for part in (modulator, modulator.source):
        for one in fields(part):
            _check_number(one.name, getattr(part, one.name))
    match modulator.source:
        case Lfo(shape=LfoShape.DRAWN, points=points) if not 2 <= len(points) <= MOST_POINTS:
            raise ModulationError("A drawn shape has too few or too many points", remedy=f"Give 2 to {MOST_POINTS}.")
        case StepSequence(levels=levels) if len(levels) != STEPS:
            raise ModulationError(f"A step sequence has {len(levels)} levels", remedy=f"Give {STEPS}.")
        case AudioFollower(feature=feature) if feature not in FEATURE_IDS:
            raise ModulationError(
                "There is no such feature of the sound", where=feature, remedy=f"Known are {', '.join(FEATURE_IDS)}."
            )
        case _:
            return modulator


def _check_number(name: str, value: object) -> None:
    limits = LIMITS.get(name)
    if limits is None or value is None:
        return
    low, high = limits
    for number in value if isinstance(value, tuple) else (value,):
        if not isinstance(number, int | float) or not math.isfinite(number) or not low <= number <= high:
            raise ModulationError(
                f"A modulator's {name.removesuffix('_s')} cannot be {number}", remedy=f"Choose {low:g} to {high:g}."
            )


def check_count(target: str, count: int) -> None:
    """Raise ModulationError if a target would have more modulators than it takes."""
    if count > MOST_PER_TARGET:
        raise ModulationError(
            f"There are more than {MOST_PER_TARGET} modulators on one control", where=target, remedy="Clear one first."
        )
