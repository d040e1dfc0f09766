"""Levels to commands and intents: a channel that moves is the value, as of a lamp; nothing is picked up. Pure."""

from typing import Final, TypeAlias

from app.control.actions import action
from app.control.corners import DisplayCorners
from app.control.depths import Depths
from app.control.driving import driven
from app.control.intents import Intent
from app.control.slots import SlotKind
from app.control.state import ControlState
from app.dmx.bindings import DmxBinding
from engine.messages.commands import Command, Origin, SetParameter
from engine.messages.output_commands import SetBlackout, SetFreeze

Asked: TypeAlias = Command | Intent
"""What a level asks: of the engine, or of the owner of what lies in front."""

NO_DEPTHS: Final = Depths()
CORNERS: Final = DisplayCorners()
"""Where they stand does not matter: a channel is the value."""

ON: Final = 0.5
"""From this level on a channel is a button held down, 128 of 255."""


def asked(
    binding: DmxBinding,
    level: float,
    before: float | None,
    state: ControlState,
    stamp_ns: int,
    depths: Depths = NO_DEPTHS,
) -> tuple[Asked, ...]:
    """What a channel asks that stands at a level now.

    A switch (freeze, blackout) is as the channel is. A button acts when it goes down, and so not where it stood when
    the desk was first heard.

    Args:
        level: 0..1; before: the same before, None where it was not known.
        depths: of the modulators there are; a channel on another does nothing.
    """
    if level == before:
        return ()
    slot = binding.slot
    if slot.kind in (SlotKind.DEPTH, SlotKind.CORNER):
        movable = depths if slot.kind is SlotKind.DEPTH else CORNERS
        turned = movable.turned(slot, binding.span.travel(level), stamp_ns, Origin.DMX)
        return () if turned is None else (turned[0],)
    if slot.continuous:
        travel = binding.span.travel(level)
        return tuple(
            SetParameter(
                parameter=parameter,
                value=state.table[parameter].from_travel(span.travel(travel)),
                stamp_ns=stamp_ns,
                origin=Origin.DMX,
            )
            for parameter, span in driven(slot, state)
        )
    down, was_down = level >= ON, before is not None and before >= ON
    if slot.kind in (SlotKind.FREEZE, SlotKind.BLACKOUT):
        if down == was_down:
            return ()
        switch = SetFreeze if slot.kind is SlotKind.FREEZE else SetBlackout
        return (switch(on=down, stamp_ns=stamp_ns, origin=Origin.DMX),)
    if not down or was_down or before is None:
        return ()
    one = action(slot, stamp_ns, Origin.DMX)
    return () if one is None else (one,)
