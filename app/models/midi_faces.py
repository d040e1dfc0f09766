"""What each control of a device's picture shows: its light, where it stands, what it does in a word."""

from dataclasses import dataclass
from enum import Enum

from app.midi.pictures import ControlKind, PictureControl
from app.midi.slots import SlotKind
from app.models import midi_targets
from app.models.midi_controllers import ControllerView
from app.models.pads import PadState
from app.models.show import Show


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
        travel: where what it moves stands, 0..1; None where nothing is moved or that is not known.
        level: where the hardware stands, 0..1; None until it was heard, and for what sends steps.
        own: the user has bound it.
    """

    text: str = ""
    light: Light = Light.NONE
    travel: float | None = None
    level: float | None = None
    own: bool = False


def faces(view: ControllerView, show: Show) -> tuple[ControlFace, ...]:
    """One face for each control of the view's picture, in its order."""
    return tuple(_face(view, control, show) for control in view.picture.controls)


def _face(view: ControllerView, control: PictureControl, show: Show) -> ControlFace:
    if control.source is None:
        return ControlFace(control.label)
    _, group = view.standing(control.source)
    binding = next((one for one in group if one.bank in (None, view.bank)), None)
    touch = view.touch(control.source)
    level = touch.level if touch is not None and not view.relative(control.source) else None
    own = view.is_own(control.source)
    if binding is None:
        return ControlFace(control.label, Light.NONE, None, level, own)
    slot = binding.slot
    if slot.kind in (SlotKind.PAD, SlotKind.SCENE):
        state = midi_targets.pad_state(slot, show)
        text = midi_targets.scene_of(slot, show) or midi_targets.label(slot, show)
        return ControlFace(text, _PADS[state] if state is not None else Light.DARK, None, level, own)
    text = midi_targets.label(slot, show)
    if slot.kind is SlotKind.KNOB:
        text = midi_targets.lies_there(slot, show)
    if slot.continuous:
        return ControlFace(text, Light.DARK, midi_targets.travel(slot, show), level, own)
    on = midi_targets.is_on(slot, show)
    lit = Light.ALARM if slot.kind is SlotKind.BLACKOUT else Light.ON
    return ControlFace(text, lit if on else Light.DARK, None, level, own)


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
