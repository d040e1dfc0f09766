"""Changing what a control does: which ways of taking it make sense, and what to ask before two things collide. Pure."""

from dataclasses import dataclass, replace
from typing import Final

from app.control.slots import SWITCHES, Slot
from app.midi.bindings import Binding, Conflict, Mode, usual_mode
from app.midi.control_ids import ControlId, MessageKind

_PRESSED: Final = (MessageKind.NOTE, MessageKind.PROGRAM)


def modes(kind: MessageKind, slot: Slot) -> tuple[Mode, ...]:
    """The ways in which such a control can be taken on such a target, in their order."""
    if slot.continuous:
        return (Mode.ABSOLUTE, Mode.TOGGLE, Mode.MOMENTARY, Mode.TRIGGER) if kind in _PRESSED else tuple(Mode)
    return (Mode.TOGGLE, Mode.MOMENTARY, Mode.TRIGGER) if slot.kind in SWITCHES else (Mode.TRIGGER,)


def aimed(binding: Binding, slot: Slot) -> Binding:
    """The binding on another target; its way is kept where it makes sense there."""
    kept = slot.continuous is binding.slot.continuous and binding.mode in modes(binding.source.kind, slot)
    return replace(binding, slot=slot, mode=binding.mode if kept else usual_mode(binding.source.kind, slot))


@dataclass(frozen=True, slots=True)
class Change:
    """What a control is to do.

    Attributes:
        bindings: all it does afterwards; where there is a conflict, if what is in the way is replaced.
        both: the same if everything is kept.
        conflict: what is in the way and must be asked about; None: nothing.
        edited: the one that is new among them.
    """

    source: ControlId
    bindings: tuple[Binding, ...]
    both: tuple[Binding, ...] = ()
    conflict: Conflict | None = None
    edited: Binding | None = None


def changed(source: ControlId, group: tuple[Binding, ...], old: Binding | None, new: Binding) -> Change:
    """Put a binding in the place of another of the same control, or (old None) beside the others.

    A new target asks about the one it had; a new bank asks about what the control does in that bank. The same target
    twice in one bank becomes one.
    """
    group = tuple(replace(one, source=source) for one in group)
    new = replace(new, source=source)
    old = replace(old, source=source) if old is not None else None
    twins = {one for one in group if one != old and one.slot == new.slot and one.meets(new)}
    asked = {one for one in group if one.meets(new) and one.slot != new.slot}
    if old is not None:
        asked = {one for one in asked if not one.meets(old)} if old.slot == new.slot else asked | {old}
    if not asked:
        kept = tuple(new if one == old else one for one in group if one not in twins)
        return Change(source, kept if old is not None else (*kept, new), edited=new)
    replaced = tuple(one for one in group if one not in asked | twins and one != old)
    kept = tuple(one for one in group if one not in twins and (one != old or one in asked))
    in_the_way = tuple(one for one in group if one in asked)
    return Change(source, (*replaced, new), (*kept, new), Conflict(new, in_the_way), new)


def without(source: ControlId, group: tuple[Binding, ...], gone: Binding) -> Change:
    """Take one thing from a control; a control that does nothing more is silenced."""
    return Change(source, tuple(replace(one, source=source) for one in group if one != gone))
