"""What a press asks for: of the engine, or of what the window has in front. Pure."""

from dataclasses import replace
from typing import Final

from app.control.slots import LAUNCHES, MORPHS, Assignments, CutMode, Slot, SlotKind
from engine.clock import NS_PER_MS
from engine.messages.commands import (
    CancelQueued,
    Command,
    GoToCue,
    NudgeTempo,
    Origin,
    RecallSnapshot,
    Resync,
    StepCues,
    StepPlaylist,
    StoreSnapshot,
    Tap,
)

NUDGE_NS: Final = 10 * NS_PER_MS
"""Small enough to aim with, large enough to be heard; as the window's keys."""

_STEPS: Final = {
    SlotKind.NUDGE_EARLIER: -1,
    SlotKind.NUDGE_LATER: 1,
    SlotKind.MORPH_SHORTER: -1,
    SlotKind.MORPH_LONGER: 1,
    SlotKind.PROMPT_PREVIOUS: -1,
    SlotKind.PROMPT_NEXT: 1,
    SlotKind.CUE_PREVIOUS: -1,
    SlotKind.CUE_NEXT: 1,
}


def asked(slot: Slot, front: Assignments, stamp_ns: int) -> tuple[Command, ...]:
    """What the press of a button on a slot asks of the engine; nothing where it asks of the window."""
    stamp, origin, step = stamp_ns, Origin.MIDI, _STEPS.get(slot.kind, 0)
    match slot.kind:
        case SlotKind.TAP:
            return (Tap(stamp_ns=stamp, origin=origin),)
        case SlotKind.CANCEL:
            return (CancelQueued(stamp_ns=stamp, origin=origin),)
        case SlotKind.RESYNC:
            return (Resync(stamp_ns=stamp, origin=origin),)
        case SlotKind.NUDGE_EARLIER | SlotKind.NUDGE_LATER:
            return (NudgeTempo(offset_ns=step * NUDGE_NS, stamp_ns=stamp, origin=origin),)
        case SlotKind.PROMPT_PREVIOUS | SlotKind.PROMPT_NEXT:
            return (StepPlaylist(steps=step, chunks=front.morph_chunks, stamp_ns=stamp, origin=origin),)
        case SlotKind.CUE_PREVIOUS | SlotKind.CUE_NEXT:
            return (StepCues(steps=step, stamp_ns=stamp, origin=origin),)
        case SlotKind.CUE:
            return (GoToCue(number=slot.number, stamp_ns=stamp, origin=origin),)
        case SlotKind.SNAPSHOT:
            return (RecallSnapshot(slot=slot.number, launch=front.launch, stamp_ns=stamp, origin=origin),)
        case SlotKind.STORE:
            return (StoreSnapshot(slot=slot.number, stamp_ns=stamp, origin=origin),)
        case _:
            return ()


def turned_to(slot: Slot, front: Assignments) -> Assignments:
    """What is in front after the press of a button; the same where it asks of the engine."""
    match slot.kind:
        case SlotKind.CUT_MODE:
            return replace(front, cut_mode=CutMode.SOFT if front.cut_mode is CutMode.HARD else CutMode.HARD)
        case SlotKind.LAUNCH:
            return replace(front, launch=LAUNCHES[slot.number - 1])
        case SlotKind.MORPH_SHORTER | SlotKind.MORPH_LONGER:
            return replace(front, morph=min(max(front.morph + _STEPS[slot.kind], 1), MORPHS))
        case SlotKind.PAD_BANK:
            return replace(front, pad_bank=slot.number)
        case SlotKind.KNOB_PAGE:
            return replace(front, knob_page=slot.number)
        case _:
            return front


def is_in_front(slot: Slot, front: Assignments) -> bool:
    """The slot's button stands for what is in front now, so that its light is on."""
    match slot.kind:
        case SlotKind.CUT_MODE:
            return front.cut_mode is CutMode.SOFT
        case SlotKind.LAUNCH:
            return front.launch is LAUNCHES[slot.number - 1]
        case SlotKind.PAD_BANK:
            return front.pad_bank == slot.number
        case SlotKind.KNOB_PAGE:
            return front.knob_page == slot.number
        case _:
            return False
