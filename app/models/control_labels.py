"""What each control of a device's picture shows: its light, where it stands, what it does in a word."""

from dataclasses import dataclass
from enum import Enum

from app.control.show import PadState
from app.control.slots import SlotKind
from app.midi.bindings import Mode
from app.midi.profiles.pictures import ControlKind, PictureControl
from app.models.controllers.devices import ControllerView
from app.models.targets import Targets


class Light(Enum):
    """What a control's light says."""

    NONE = "none"  # it does nothing
    DARK = "dark"
    EMPTY = "empty"
    LOADED = "loaded"
    ARMED = "armed"
    QUEUED = "queued"
    PLAYING = "playing"
    ON = "on"
    ALARM = "alarm"  # blackout is on


_PADS = {
    PadState.EMPTY: Light.EMPTY,
    PadState.LOADED: Light.LOADED,
    PadState.ARMED: Light.ARMED,
    PadState.QUEUED: Light.QUEUED,
    PadState.PLAYING: Light.PLAYING,
}


@dataclass(frozen=True, slots=True)
class ControlFace:
    """One control as it is drawn.

    Attributes:
        text: what it does, in a word; what is printed on it where it does nothing.
        short: the same for a small key.
        travel: where what it moves stands, 0..1; None where nothing is moved or that is not known.
        level: where the hardware stands, 0..1; None until it was heard, and for what sends steps.
        own: the user has bound it.
    """

    text: str = ""
    light: Light = Light.NONE
    travel: float | None = None
    level: float | None = None
    own: bool = False
    short: str = ""


def faces(view: ControllerView, targets: Targets) -> tuple[ControlFace, ...]:
    """One face for each control of the view's picture, in its order."""
    return tuple(_face(view, control, targets) for control in view.picture.controls)


def _face(view: ControllerView, control: PictureControl, targets: Targets) -> ControlFace:
    source = control.source
    if source is None:
        return ControlFace(control.label)
    _, group = view.standing(source)
    binding = next((one for one in group if one.bank in (None, view.bank)), None)
    touch = view.touch(source)
    level = touch.level if touch is not None and not any(one.mode is Mode.RELATIVE for one in group) else None
    own = view.is_own(source)
    if binding is None:
        return ControlFace(control.label, Light.NONE, None, level, own)
    slot = binding.slot
    short = targets.short(slot)
    if slot.kind in (SlotKind.PAD, SlotKind.SCENE):
        text = targets.scene(slot) or targets.label(slot)
        return ControlFace(text, _PADS[targets.pad_state(slot)], None, level, own, short)
    text = targets.assigned_label(slot) if slot.kind is SlotKind.KNOB else targets.label(slot)
    if slot.continuous:
        return ControlFace(text, Light.DARK, targets.travel(slot), level, own, short)
    lit = Light.ALARM if slot.kind is SlotKind.BLACKOUT else Light.ON
    return ControlFace(text, lit if targets.is_on(slot) else Light.DARK, None, level, own, short)


_KIND_WORDS = {
    ControlKind.KNOB: "Knob",
    ControlKind.ENCODER: "Encoder",
    ControlKind.PUSH: "Push of an encoder",
    ControlKind.FADER: "Fader",
    ControlKind.PAD: "Pad",
    ControlKind.BUTTON: "Button",
    ControlKind.PLATE: "Plate",
}


def kind_words(kind: ControlKind) -> str:
    """A kind of control for people."""
    return _KIND_WORDS[kind]
