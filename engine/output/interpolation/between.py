"""What is asked of an interpolation: frozen, so that the pacer's thread and the worker's share it."""

from dataclasses import dataclass
from fractions import Fraction

from engine.messages.frame import RgbxImage


@dataclass(frozen=True, slots=True, eq=False)
class KeptFrame:
    """A copy of a generated frame; never written again.

    Attributes:
        sequence: its number in the ring.
    """

    sequence: int
    image: RgbxImage


@dataclass(frozen=True, slots=True, eq=False)
class Between:
    """A picture wanted between two frames.

    Attributes:
        share: of the second, 0 < share < 1.
        due_ns: when the pacer will ask for it.
    """

    first: KeptFrame
    second: KeptFrame
    share: Fraction
    due_ns: int

    @property
    def key(self) -> tuple[int, int, Fraction]:
        """Return what tells two wishes apart."""
        return self.first.sequence, self.second.sequence, self.share
