"""What a control can be bound to, in the words of the window, and how each of these stands."""

from dataclasses import dataclass
from typing import Final

from app.midi.slots import MACROS, Slot, SlotKind
from app.models.pads import PadState
from app.models.show import Show
from engine.parameters import OUTPUT_LEVEL, OUTPUT_PARAMETERS

KNOBS: Final = 8
PADS: Final = 16

WORDS: Final = {
    SlotKind.LEVEL: "Master",
    SlotKind.FREEZE: "Freeze",
    SlotKind.BLACKOUT: "Blackout",
    SlotKind.PANIC: "Panic",
    SlotKind.TAP: "Tap",
    SlotKind.CUT_MODE: "Cut or morph",
    SlotKind.CANCEL: "Cancel what waits",
    SlotKind.BANK_NEXT: "Its next bank",
    SlotKind.BANK_PREVIOUS: "Its bank before",
    SlotKind.NONE: "Nothing",
}

_NUMBERED: Final = {SlotKind.KNOB: "Knob", SlotKind.PAD: "Pad", SlotKind.MACRO: "Macro", SlotKind.BANK: "Its bank"}


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Targets of one kind."""

    title: str
    targets: tuple[Slot, ...]


def target_groups(show: Show) -> tuple[TargetGroup, ...]:
    """Everything a control can be bound to now."""
    parameters = [key for key in show.knobs.knobs if key not in OUTPUT_PARAMETERS]
    output = (SlotKind.LEVEL, SlotKind.FREEZE, SlotKind.BLACKOUT, SlotKind.PANIC)
    transport = (SlotKind.TAP, SlotKind.CUT_MODE, SlotKind.CANCEL)
    return (
        TargetGroup("Output", tuple(Slot(kind) for kind in output)),
        TargetGroup("Transport", tuple(Slot(kind) for kind in transport)),
        TargetGroup("Knobs, whatever lies there", _numbered(SlotKind.KNOB, KNOBS)),
        TargetGroup("Pads, whatever lies there", _numbered(SlotKind.PAD, PADS)),
        TargetGroup("Parameters", tuple(Slot(SlotKind.PARAMETER, name=key) for key in parameters)),
        TargetGroup("Macros", _numbered(SlotKind.MACRO, MACROS)),
        TargetGroup("Scenes", tuple(Slot(SlotKind.SCENE, name=name) for name in show.pads.scenes)),
        TargetGroup(
            "The controller's own banks",
            (Slot(SlotKind.BANK_PREVIOUS), Slot(SlotKind.BANK_NEXT), *_numbered(SlotKind.BANK, 4)),
        ),
    )


def _numbered(kind: SlotKind, count: int) -> tuple[Slot, ...]:
    return tuple(Slot(kind, number) for number in range(1, count + 1))


def label(slot: Slot, show: Show) -> str:
    """A target by its name, without what lies there."""
    match slot.kind:
        case SlotKind.PARAMETER:
            knob = show.knobs.knobs.get(slot.name)
            return knob.spec.label if knob is not None else slot.name
        case SlotKind.SCENE:
            return slot.name
        case kind if kind in _NUMBERED:
            return f"{_NUMBERED[kind]} {slot.number}"
        case kind:
            return WORDS.get(kind, str(slot).replace("_", " ").replace(".", " ").capitalize())


def lies_there(slot: Slot, show: Show) -> str:
    """What a knob or pad slot stands for at the moment; "" for what stands for itself."""
    match slot.kind:
        case SlotKind.KNOB:
            order = show.knobs.in_order
            return show.knobs.knobs[order[slot.number - 1]].spec.label if slot.number <= len(order) else "–"
        case SlotKind.PAD:
            return scene_of(slot, show) or "empty"
        case SlotKind.MACRO:
            return macro_words(slot.number, show)
        case _:
            return ""


def macro_words(number: int, show: Show) -> str:
    """What a macro moves."""
    parts = show.midi.macros[number].parts if number in show.midi.macros else ()
    known = [show.knobs.knobs[part.parameter] for part in parts if part.parameter in show.knobs.knobs]
    return ", ".join(knob.spec.label for knob in known) or "moves nothing yet"


def scene_of(slot: Slot, show: Show) -> str:
    """The scene that a slot plays, "" for none."""
    if slot.kind is SlotKind.SCENE:
        return slot.name
    if slot.kind is SlotKind.PAD:
        order = show.pads.in_order
        return order[slot.number - 1] if slot.number <= len(order) else ""
    return ""


def pad_state(slot: Slot, show: Show) -> PadState | None:
    """What the scene of a slot is doing; None for what plays no scene."""
    if slot.kind not in (SlotKind.PAD, SlotKind.SCENE):
        return None
    return show.pads.state_of(scene_of(slot, show))


def is_on(slot: Slot, show: Show) -> bool:
    """A switch that is on."""
    match slot.kind:
        case SlotKind.FREEZE:
            return show.transport.freeze.shown
        case SlotKind.BLACKOUT:
            return show.transport.blackout.shown
        case SlotKind.CUT_MODE:
            return show.transport.soft
        case _:
            return False


def travel(slot: Slot, show: Show) -> float | None:
    """Where what a slot moves stands, 0..1; None where that is not known."""
    match slot.kind:
        case SlotKind.LEVEL:
            key = OUTPUT_LEVEL
        case SlotKind.PARAMETER:
            key = slot.name
        case SlotKind.KNOB:
            order = show.knobs.in_order
            key = order[slot.number - 1] if slot.number <= len(order) else ""
        case _:
            return None
    knob = show.knobs.knobs.get(key)
    return knob.spec.to_travel(knob.target) if knob is not None else None
