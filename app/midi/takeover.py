"""Soft takeover: a knob that stands elsewhere does not make the picture jump.

Pickup catches by *crossing*: the previous and the present position are compared with the value, so that a sweep
of any speed catches it. Positions and travels are 0..1 of a control's way.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

CATCH: Final = 1 / 127
"""How near counts as meeting: one step of a 7-bit control, the smallest move it can make."""


class TakeoverMode(Enum):
    """What a control does while its position differs from the value."""

    PICKUP = "pickup"  # nothing, until it crosses the value
    JUMP = "jump"  # takes the value along at once


@dataclass(frozen=True, slots=True)
class Takeover:
    """One hardware control against the value it drives.

    Attributes:
        position: where the hardware stands (the ghost on screen); None before its first message.
        held: it has hold of the value, and every move is passed on.
    """

    position: float | None = None
    held: bool = False

    @property
    def waiting(self) -> bool:
        """Its position is known and it has not met the value."""
        return self.position is not None and not self.held

    def moved(self, position: float, travel: float, mode: TakeoverMode = TakeoverMode.PICKUP) -> "Takeover":
        """After the hardware moved to position while the value stands at travel; drive the value if held."""
        previous = position if self.position is None else self.position
        low, high = min(previous, position) - CATCH, max(previous, position) + CATCH
        held = self.held or mode is TakeoverMode.JUMP or low <= travel <= high
        return Takeover(position, held)

    def rearmed(self, travel: float) -> "Takeover":
        """After something else moved the value to travel."""
        met = self.position is not None and abs(self.position - travel) <= CATCH
        return Takeover(self.position, met)
