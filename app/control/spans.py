"""Which part of a target's range a control drives, which way and along which curve. Pure."""

import math
from dataclasses import dataclass
from enum import Enum


class Shape(Enum):
    """How a position bends on its way to the target's travel."""

    LINEAR = "linear"
    SLOW = "slow"  # finer near the low end
    FAST = "fast"  # finer near the high end
    SOFT = "soft"  # finer at both ends

    def bent(self, position: float) -> float:
        """The travel at a position; both 0..1."""
        match self:
            case Shape.LINEAR:
                return position
            case Shape.SLOW:
                return position * position
            case Shape.FAST:
                return 1.0 - (1.0 - position) ** 2
            case _:
                return 0.5 - 0.5 * math.cos(math.pi * position)

    def straight(self, travel: float) -> float:
        """The position that gives a travel; the inverse of bent."""
        match self:
            case Shape.LINEAR:
                return travel
            case Shape.SLOW:
                return math.sqrt(travel)
            case Shape.FAST:
                return 1.0 - math.sqrt(1.0 - travel)
            case _:
                return math.acos(1.0 - 2.0 * travel) / math.pi


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a target's travel, driven by a position 0..1.

    Attributes:
        low, high: the ends, 0..1, low <= high.
        invert: position 0 is the high end.
    """

    low: float = 0.0
    high: float = 1.0
    invert: bool = False
    shape: Shape = Shape.LINEAR

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.high <= 1.0:
            raise ValueError(f"a range runs upwards within 0 and 1, not from {self.low:g} to {self.high:g}")

    def travel(self, position: float) -> float:
        """The travel at a position."""
        along = self.shape.bent(1.0 - position if self.invert else position)
        return self.low + (self.high - self.low) * along

    def position(self, travel: float) -> float:
        """The position that gives a travel, the nearest end where none does."""
        width = self.high - self.low
        along = min(max((travel - self.low) / width, 0.0), 1.0) if width else 0.0
        position = self.shape.straight(along)
        return 1.0 - position if self.invert else position


WHOLE = Span()
