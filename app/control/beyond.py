"""Continuous slots that move no parameter, as one controller knows them: depths of modulators, corners of displays."""

from typing import Protocol

from app.control.corners import DisplayCorners
from app.control.depths import Depths
from app.control.echo import ParameterEcho
from app.control.slots import Slot, SlotKind
from engine.messages.commands import Command, Origin
from engine.messages.modulation_events import ModulationChanged
from engine.messages.output_events import OutputChanged


class Movable(Protocol):
    """What slots of one kind move, as the engine told it last. Travels are 0..1."""

    def travel(self, slot: Slot) -> float | None:
        """Return where it stands; None where there is none."""
        ...

    def turned(self, slot: Slot, travel: float, stamp_ns: int, origin: Origin) -> tuple[Command, float] | None:
        """Return what moves it there, and where it stands then; None where there is none."""
        ...


class BeyondParameters:
    """Where these slots stand, own moves on their way through the engine taken in. A one-thread object.

    Args:
        origin: the controller's own.
    """

    def __init__(self, origin: Origin) -> None:
        self._origin = origin
        self._told: dict[SlotKind, Movable] = {SlotKind.DEPTH: Depths(), SlotKind.CORNER: DisplayCorners()}
        self._echoes: dict[Slot, ParameterEcho] = {}

    def __contains__(self, slot: Slot) -> bool:
        return slot.kind in self._told

    def travel(self, slot: Slot) -> float | None:
        """Return where a slot stands, 0..1; None where there is nothing of that name."""
        told = self._told[slot.kind].travel(slot)
        echo = self._echoes.get(slot)
        return told if echo is None or told is None else echo.value

    def turned(self, slot: Slot, travel: float, stamp_ns: int) -> Command | None:
        """Return what moves a slot there; None where there is nothing of that name."""
        told = self._told[slot.kind]
        before, found = told.travel(slot), told.turned(slot, travel, stamp_ns, self._origin)
        if before is None or found is None:
            return None
        command, there = found
        self._echoes.setdefault(slot, ParameterEcho(before, self._origin)).sent(there)
        return command

    def follow(self, event: ModulationChanged | OutputChanged) -> set[Slot]:
        """Take in how they stand; return the slots of those turned here that something else has moved or taken away."""
        kind, now = (
            (SlotKind.DEPTH, Depths.of(event))
            if isinstance(event, ModulationChanged)
            else (SlotKind.CORNER, DisplayCorners(event.shapes))
        )
        self._told[kind] = now
        moved = set[Slot]()
        for slot in [one for one in self._echoes if one.kind is kind]:
            there = now.travel(slot)
            if there is None:
                del self._echoes[slot]
                moved.add(slot)
            elif self._echoes[slot].committed(there, None):
                moved.add(slot)
        return moved
