"""Messages to gestures: what a profile makes of what a controller sends. Pure, without state."""

from dataclasses import dataclass
from typing import Final

from app.midi.messages import ControlChange, Message, NoteOff, NoteOn
from app.midi.profile import Profile, Source, SourceKind
from app.midi.slots import Slot

PRESSED: Final = 64
"""From this value on a controller message counts as a button held down (the specification's switch rule)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A knob or fader stands at position, 0..1. The source tells it from another control on the same slot."""

    source: Source
    slot: Slot
    position: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pad or button went down, with force 0..1."""

    source: Source
    slot: Slot
    force: float


@dataclass(frozen=True, slots=True)
class Released:
    """A pad or button came up."""

    source: Source
    slot: Slot


Gesture = Moved | Pressed | Released


def interpret(message: Message, profile: Profile) -> Gesture | None:
    """What the message means on this controller; None if nothing there is bound to it."""
    match message:
        case ControlChange(channel, number, value):
            slot = profile.slot(SourceKind.CC, number, channel)
            source = Source(SourceKind.CC, number, channel)
            if slot is None:
                return None
            if slot.continuous:
                return Moved(source, slot, value / 127)
            return Pressed(source, slot, value / 127) if value >= PRESSED else Released(source, slot)
        case NoteOn(channel, number, velocity):
            slot = profile.slot(SourceKind.NOTE, number, channel)
            return Pressed(Source(SourceKind.NOTE, number, channel), slot, velocity / 127) if slot else None
        case NoteOff(channel, number, _):
            slot = profile.slot(SourceKind.NOTE, number, channel)
            return Released(Source(SourceKind.NOTE, number, channel), slot) if slot else None
        case _:
            return None
