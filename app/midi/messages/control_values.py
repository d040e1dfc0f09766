"""What a message says of a control: which one it is, how far it went, whether it is down. One reading for all."""

from dataclasses import dataclass
from typing import Final

from app.midi.control_ids import ControlId, MessageKind
from app.midi.messages.types import (
    ChannelPressure,
    ControlChange,
    Message,
    NoteOff,
    NoteOn,
    PitchBend,
    PolyPressure,
    ProgramChange,
)

PRESSED: Final = 64
"""From this value on a controller message counts as a button held down (the specification's switch rule)."""

_CENTRED: Final = 8192


@dataclass(frozen=True, slots=True)
class Sent:
    """What a control sent.

    Attributes:
        source: the control, on the channel that was heard.
        level: 0..1: a position, a force, 0 for a release.
        down: it is pressed, or would be if it were a button.
    """

    source: ControlId
    level: float
    down: bool

    @property
    def value(self) -> int:
        """The level as seven bits, 0..127."""
        return round(self.level * 127)


def sent_by(message: Message) -> Sent | None:
    """What a control sent; None for what no control sends (clock, system exclusive …)."""
    match message:
        case ControlChange(channel, number, value):
            return _seven_bits(MessageKind.CC, number, channel, value)
        case NoteOn(channel, note, velocity):
            return Sent(ControlId(MessageKind.NOTE, note, channel), velocity / 127, True)
        case NoteOff(channel, note, _):
            return Sent(ControlId(MessageKind.NOTE, note, channel), 0.0, False)
        case PolyPressure(channel, note, pressure):
            return _seven_bits(MessageKind.POLY_PRESSURE, note, channel, pressure)
        case ChannelPressure(channel, pressure):
            return _seven_bits(MessageKind.PRESSURE, 0, channel, pressure)
        case PitchBend(channel, value):
            return positioned(MessageKind.BEND, 0, channel, (value + _CENTRED) / (2 * _CENTRED - 1))
        case ProgramChange(channel, program):
            return Sent(ControlId(MessageKind.PROGRAM, program, channel), 1.0, True)
        case _:
            return None


def positioned(kind: MessageKind, number: int, channel: int, position: float) -> Sent:
    """A control that tells its position more finely than in seven bits."""
    return Sent(ControlId(kind, number, channel), position, position > 0.5)


def _seven_bits(kind: MessageKind, number: int, channel: int, value: int) -> Sent:
    return Sent(ControlId(kind, number, channel), value / 127, value >= PRESSED)
