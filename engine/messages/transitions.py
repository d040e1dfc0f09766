"""How something gets from where it is to where it is going: when, how long, along which curve. Pure data."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.errors import ParameterError

STEEPNESS: Final = 5.0
"""Of the exponential curves: after a fifth of the time, 63 % of the way; the last 0.7 % is cut off at the end."""

LONGEST_SECONDS: Final = 3600.0


class Launch(Enum):
    """When a cut may happen: at the next chunk boundary, or on the next beat, bar, or group of bars."""

    NOW = "now"
    BEAT = "beat"
    BAR = "bar"
    TWO_BARS = "2 bars"
    FOUR_BARS = "4 bars"


class SpanUnit(Enum):
    """What a span is counted in."""

    CHUNKS = "chunks"
    SECONDS = "seconds"
    BEATS = "beats"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in chunks, seconds or beats, >= 0."""

    amount: float
    unit: SpanUnit = SpanUnit.SECONDS

    def length_ns(self, chunk_ns: int, beat_ns: int) -> int:
        """Its length, given the length of a chunk and of a beat.

        Raises:
            ParameterError: it is not a number from 0 to an hour.
        """
        match self.unit:
            case SpanUnit.CHUNKS:
                unit_ns = chunk_ns
            case SpanUnit.SECONDS:
                unit_ns = NS_PER_SECOND
            case SpanUnit.BEATS:
                unit_ns = beat_ns
        length = self.amount * unit_ns
        if not math.isfinite(length) or not 0 <= length <= LONGEST_SECONDS * NS_PER_SECOND:
            raise ParameterError(
                f"A transition cannot take {self.amount:g} {self.unit.value}", remedy="Choose 0 seconds to an hour."
            )
        return round(length)


class Ease(Enum):
    """The curve of a transition: from 0 at its beginning to 1 at its end, never backwards.

    EXPONENTIAL is fast at first and settles like a smoothed control; LOGARITHMIC is its mirror image: it hesitates
    and then hurries. SMOOTH is 3t² - 2t³ (smoothstep).
    """

    LINEAR = "linear"
    SMOOTH = "smooth"
    EASE_IN = "ease in"
    EASE_OUT = "ease out"
    EXPONENTIAL = "exponential"
    LOGARITHMIC = "logarithmic"

    def __call__(self, travelled: float) -> float:
        """The share of the way after a share of the time, both 0..1."""
        t = min(max(travelled, 0.0), 1.0)
        match self:
            case Ease.LINEAR:
                return t
            case Ease.SMOOTH:
                return t * t * (3.0 - 2.0 * t)
            case Ease.EASE_IN:
                return t * t
            case Ease.EASE_OUT:
                return t * (2.0 - t)
            case Ease.EXPONENTIAL:
                return math.expm1(-STEEPNESS * t) / math.expm1(-STEEPNESS)
            case Ease.LOGARITHMIC:
                return 1.0 - math.expm1(-STEEPNESS * (1.0 - t)) / math.expm1(-STEEPNESS)

    @property
    def steepest(self) -> float:
        """The largest slope anywhere on the curve: no step is larger than this times the time it took."""
        match self:
            case Ease.LINEAR:
                return 1.0
            case Ease.SMOOTH:
                return 1.5
            case Ease.EASE_IN | Ease.EASE_OUT:
                return 2.0
            case Ease.EXPONENTIAL | Ease.LOGARITHMIC:
                return -STEEPNESS / math.expm1(-STEEPNESS)


@dataclass(frozen=True, slots=True)
class Transition:
    """How long a value takes to its target, and along which curve."""

    span: Span
    ease: Ease = Ease.SMOOTH


AT_ONCE: Final = Transition(Span(0.0))

FOLLOW_THE_HAND: Final = Transition(Span(0.12))
"""Long enough to hide the steps of a 7-bit knob, short enough to feel attached to the hand."""
