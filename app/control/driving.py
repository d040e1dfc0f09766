"""What a continuous slot moves: one parameter, or as many as the macro on it has. Pure."""

from typing import TypeAlias

from app.control.slots import Slot, SlotKind
from app.control.spans import Span
from app.control.state import ControlState
from engine.messages.parameters import OUTPUT_LEVEL

Driven: TypeAlias = tuple[tuple[str, Span], ...]
"""The parameters that a slot moves, each with the part of its travel."""


def is_macro(slot: Slot, state: ControlState) -> bool:
    """The slot is a macro, or a knob while the macros lie in front."""
    return slot.kind is SlotKind.MACRO or (slot.kind is SlotKind.KNOB and state.macro_on(slot.number))


def driven(slot: Slot, state: ControlState) -> Driven:
    """What a slot moves now; nothing where it is no continuous one, or nothing lies there."""
    match slot.kind:
        case SlotKind.MACRO | SlotKind.KNOB if is_macro(slot, state):
            return tuple((part.parameter, part.span) for part in state.macro_parts(slot.number))
        case SlotKind.LEVEL:
            name: str | None = OUTPUT_LEVEL
        case SlotKind.PARAMETER:
            name = slot.name
        case SlotKind.KNOB:
            name = state.knob(slot.number)
        case _:
            name = None
    return ((state.table[name].id, Span()),) if name is not None and name in state.table else ()
