"""Soft takeover: a knob that stands elsewhere does not make the picture jump.

Pickup catches by *crossing*: the previous and the present position are compared with the value, so that a sweep
of any speed catches it. Positions and travels are 0..1 of a control's way.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

CATCH: Final = 1 / 127
"""How near counts as meeting: one step of a 7-bit control, the smallest move it can make."""


class TakeoverMode(Enum):
    """What a control does while its position differs from the value."""

    PICKUP = "pickup"  # nothing, until it crosses the value
    JUMP = "jump"  # takes the value along at once
    SCALE = "scale"  # shares out the rest of both ways, so that the two meet at the end at the latest


@dataclass(frozen=True, slots=True)
class Takeover:
    """One hardware control against the value it drives.

    Attributes:
        position: where the hardware stands (the ghost on screen); None before its first message.
        held: it has hold of the value, and every move is passed on.
        drives: where the last move puts the value, 0..1; None: it does not move it.
    """

    position: float | None = None
    held: bool = False
    drives: float | None = field(default=None, compare=False)

    @property
    def waiting(self) -> bool:
        """Its position is known and it has not met the value."""
        return self.position is not None and not self.held

    def moved(self, position: float, travel: float, mode: TakeoverMode = TakeoverMode.PICKUP) -> "Takeover":
        """After the hardware moved to position while the value stands at travel; drive the value if held."""
        previous = position if self.position is None else self.position
        low, high = min(previous, position) - CATCH, max(previous, position) + CATCH
        held = self.held or mode is TakeoverMode.JUMP or low <= travel <= high
        if held or mode is not TakeoverMode.SCALE:
            return Takeover(position, held, position if held else None)
        share = _scaled(previous, position, travel)
        return Takeover(position, abs(share - position) <= CATCH, share if share != travel else None)

    def rearmed(self, travel: float) -> "Takeover":
        """After something else moved the value to travel."""
        met = self.position is not None and abs(self.position - travel) <= CATCH
        return Takeover(self.position, met)


def _scaled(previous: float, position: float, travel: float) -> float:
    """Value scaling: the move as a share of the control's remaining way, taken of the value's remaining way."""
    if position > previous:
        return travel + (position - previous) * (1.0 - travel) / (1.0 - previous)
    if position < previous:
        return travel - (previous - position) * travel / previous
    return travel
