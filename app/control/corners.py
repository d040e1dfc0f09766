"""Corners of displays under the hands: where they stand, and what asks for other places. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from app.control.slots import Slot, SlotKind
from engine.messages.commands import Origin
from engine.messages.output_commands import AdjustShape
from engine.messages.shape import CORNERS, DisplayShape

REACH: Final = 0.2
"""How far a control moves a corner either way, in widths and heights of the picture: whatever corners do within that,
they never lie across each other. Farther goes by mouse, OSC or --shape."""

AXES: Final = ("x", "y")
_USUAL: Final = DisplayShape()


@dataclass(frozen=True, slots=True)
class CornerSeat:
    """One direction of one corner.

    Attributes:
        sink: the display as it is written; corner: 1 to 4, clockwise from the top left; axis: 0 right, 1 down.
    """

    sink: str
    corner: int
    axis: int

    @property
    def slot(self) -> Slot:
        """Return the slot that names it."""
        return Slot(SlotKind.CORNER, name=f"{self.sink}/{self.corner}/{AXES[self.axis]}")


def corner_of(slot: Slot) -> CornerSeat | None:
    """Return what the slot corner:SINK/CORNER/AXIS names; None where it names none."""
    sink, *rest = slot.name.rsplit("/", 2)
    if len(rest) != 2 or not sink or rest[1] not in AXES or not rest[0].isdecimal():
        return None
    corner = int(rest[0])
    return CornerSeat(sink, corner, AXES.index(rest[1])) if 1 <= corner <= CORNERS else None


@dataclass(frozen=True, slots=True)
class DisplayCorners:
    """Shapes of displays, by their sinks as they are written; one that is not there is as usual."""

    shapes: Mapping[str, DisplayShape] = field(default_factory=lambda: MappingProxyType({}))

    def travel(self, slot: Slot) -> float | None:
        """Return where a corner stands, 0..1 with 0.5 for its usual place; None for what is no corner."""
        seat = corner_of(slot)
        if seat is None:
            return None
        return _travel(round(self.shapes.get(seat.sink, _USUAL).corners[seat.corner - 1][seat.axis], 4))

    def turned(self, slot: Slot, travel: float, stamp_ns: int, origin: Origin) -> tuple[AdjustShape, float] | None:
        """Return what moves a corner to a place of its travel, and where it stands then; None for what is no corner.

        The command moves it in its own direction alone: another hand may move it in the other one.
        """
        seat = corner_of(slot)
        if seat is None:
            return None
        # As precise as a shape is written, so that what comes back is what was asked.
        moved = round((2.0 * min(max(travel, 0.0), 1.0) - 1.0) * REACH, 4)
        there = _USUAL.places[seat.corner - 1][seat.axis] + moved
        place = (there, None) if seat.axis == 0 else (None, there)
        command = AdjustShape(sink=seat.sink, corner=seat.corner, place=place, stamp_ns=stamp_ns, origin=origin)
        return command, _travel(moved)


def _travel(moved: float) -> float:
    return min(max(0.5 + moved / (2.0 * REACH), 0.0), 1.0)
