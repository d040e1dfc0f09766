"""MIDI messages as frozen values. Channels count from 1 as they do on every controller's panel.

Source: MIDI 1.0 Detailed Specification, document version 4.2.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoteOn:
    """A key or pad went down; velocity 1..127."""

    channel: int
    note: int
    velocity: int


@dataclass(frozen=True, slots=True)
class NoteOff:
    """A key or pad came up; velocity 0..127 (64 where the device does not measure it)."""

    channel: int
    note: int
    velocity: int


@dataclass(frozen=True, slots=True)
class PolyPressure:
    """Pressure on one held note (polyphonic aftertouch), 0..127."""

    channel: int
    note: int
    pressure: int


@dataclass(frozen=True, slots=True)
class ControlChange:
    """A knob, fader or button: controller 0..127, value 0..127."""

    channel: int
    controller: int
    value: int


@dataclass(frozen=True, slots=True)
class ProgramChange:
    """A program was chosen, 0..127."""

    channel: int
    program: int


@dataclass(frozen=True, slots=True)
class ChannelPressure:
    """Pressure on the whole channel (aftertouch), 0..127."""

    channel: int
    pressure: int


@dataclass(frozen=True, slots=True)
class PitchBend:
    """The bend wheel, -8192..8191, 0 at rest."""

    channel: int
    value: int


@dataclass(frozen=True, slots=True)
class SysEx:
    """A device's own message: the bytes between F0 and F7, each 0..127."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SongPosition:
    """Where the sequencer stands, in sixteenth notes from the start, 0..16383."""

    sixteenths: int


@dataclass(frozen=True, slots=True)
class QuarterFrame:
    """A piece of MIDI timecode, 0..127."""

    data: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A tick of the MIDI clock, 24 per quarter note."""


@dataclass(frozen=True, slots=True)
class Start:
    """The sequencer starts from the beginning."""


@dataclass(frozen=True, slots=True)
class Continue:
    """The sequencer goes on from where it stands."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The sequencer stops."""


ChannelMessage = NoteOn | NoteOff | PolyPressure | ControlChange | ProgramChange | ChannelPressure | PitchBend
RealtimeMessage = Clock | Start | Continue | Stop
Message = ChannelMessage | SysEx | QuarterFrame | SongPosition | RealtimeMessage


def describe(message: Message) -> str:
    """The message in words, as a performer reads it on the panel."""
    match message:
        case NoteOn(channel, note, velocity):
            return f"note {note} on, velocity {velocity}, channel {channel}"
        case NoteOff(channel, note, _):
            return f"note {note} off, channel {channel}"
        case PolyPressure(channel, note, pressure):
            return f"pressure {pressure} on note {note}, channel {channel}"
        case ControlChange(channel, controller, value):
            return f"CC {controller} = {value}, channel {channel}"
        case ProgramChange(channel, program):
            return f"program {program}, channel {channel}"
        case ChannelPressure(channel, pressure):
            return f"pressure {pressure}, channel {channel}"
        case PitchBend(channel, value):
            return f"pitch bend {value:+d}, channel {channel}"
        case SysEx(data):
            return f"system exclusive, {len(data)} bytes"
        case QuarterFrame(data):
            return f"timecode, piece {data >> 4}"
        case SongPosition(sixteenths):
            return f"song position {sixteenths}"
        case Clock() | Start() | Continue() | Stop():
            return type(message).__name__.lower()
