"""Depths of modulators under the hands: where they stand, and what asks for others. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.control.slots import Slot
from engine.messages.commands import Origin
from engine.messages.modulation_commands import SetModulationDepth
from engine.messages.modulation_events import ModulationChanged

Seat = tuple[str, int]
"""A target, and the place on it from 1."""


def seat_of(slot: Slot) -> Seat | None:
    """Return what the slot depth:TARGET/PLACE names; None where it names no place."""
    target, _, place = slot.name.rpartition("/")
    return (target, int(place)) if target and place.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Depths:
    """Depths of the scene that plays, -1..1, by seat."""

    there: Mapping[Seat, float] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def of(event: ModulationChanged) -> "Depths":
        """After the modulators have changed."""
        return Depths(
            MappingProxyType(
                {
                    (target, place): one.depth
                    for target, modulators in event.scene.items()
                    for place, one in enumerate(modulators, 1)
                }
            )
        )

    def travel(self, slot: Slot) -> float | None:
        """Return where a depth stands, 0..1 with 0.5 for none; None where there is no such modulator."""
        seat = seat_of(slot)
        depth = self.there.get(seat) if seat is not None else None
        return None if depth is None else (depth + 1.0) / 2.0

    def turned(
        self, slot: Slot, travel: float, stamp_ns: int, origin: Origin
    ) -> tuple[SetModulationDepth, float] | None:
        """Return what brings a depth to a place of its travel, and where it stands then; None where there is none."""
        seat = seat_of(slot)
        if seat is None or seat not in self.there:
            return None
        depth = round(2.0 * min(max(travel, 0.0), 1.0) - 1.0, 3)
        command = SetModulationDepth(target=seat[0], place=seat[1], depth=depth, stamp_ns=stamp_ns, origin=origin)
        return command, (depth + 1.0) / 2.0
