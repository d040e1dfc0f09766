"""Bytes to messages: a pure stream decoder that takes anything and raises nothing.

It follows the receiver's rules of the MIDI 1.0 specification: running status, a note-on of velocity 0 is a
note-off, real-time bytes may stand anywhere, any other status byte ends what was unfinished.
"""

from typing import Final

from app.midi.messages.types import (
    ChannelMessage,
    ChannelPressure,
    Clock,
    Continue,
    ControlChange,
    Message,
    NoteOff,
    NoteOn,
    PitchBend,
    PolyPressure,
    ProgramChange,
    QuarterFrame,
    RealtimeMessage,
    SongPosition,
    Start,
    Stop,
    SysEx,
)

MAX_SYSEX: Final = 1 << 16
"""Longest system exclusive message kept, in bytes; controllers send tens. More is noise or a firmware dump."""

IMPLIED_RELEASE: Final = 64
"""Release velocity of a note-off that is written as a note-on of velocity 0 (specification, page 10)."""

_SYSEX, _SYSEX_END = 0xF0, 0xF7
_QUARTER_FRAME, _SONG_POSITION = 0xF1, 0xF2
_FIRST_COMMON, _FIRST_REALTIME = 0xF0, 0xF8
_COMMON_LENGTHS: Final = {_QUARTER_FRAME: 1, _SONG_POSITION: 2, 0xF3: 1}
_CHANNEL_LENGTHS: Final = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_REALTIME: Final[dict[int, RealtimeMessage]] = {0xF8: Clock(), 0xFA: Start(), 0xFB: Continue(), 0xFC: Stop()}


class Decoder:
    """The decoder of one port. Feed it packets of any length, whole messages or pieces of them."""

    def __init__(self) -> None:
        self._status = 0  # the message being collected, or the running status; 0: neither
        self._wanted = 0  # data bytes that status needs
        self._data = bytearray()
        self._overlong = False

    def push(self, packet: bytes) -> tuple[Message, ...]:
        """The messages that these bytes complete, in order."""
        messages: list[Message] = []
        for byte in packet:
            message = self._data_byte(byte) if byte < 0x80 else self._status_byte(byte)
            if message is not None:
                messages.append(message)
        return tuple(messages)

    def _status_byte(self, byte: int) -> Message | None:
        if byte >= _FIRST_REALTIME:
            return _REALTIME.get(byte)
        finished = None
        if byte == _SYSEX_END and self._status == _SYSEX and not self._overlong:
            finished = SysEx(bytes(self._data))
        self._data.clear()
        self._overlong = False
        if byte < _FIRST_COMMON:
            self._status, self._wanted = byte, _CHANNEL_LENGTHS[byte & 0xF0]
        elif byte == _SYSEX or byte in _COMMON_LENGTHS:
            self._status, self._wanted = byte, _COMMON_LENGTHS.get(byte, 0)
        else:
            self._status = 0
        return finished

    def _data_byte(self, byte: int) -> Message | None:
        if self._status == 0:
            return None
        if self._status == _SYSEX:
            self._overlong = self._overlong or len(self._data) >= MAX_SYSEX
            if not self._overlong:
                self._data.append(byte)
            return None
        self._data.append(byte)
        if len(self._data) < self._wanted:
            return None
        status, first, last = self._status, self._data[0], self._data[-1]
        self._data.clear()
        if status < _FIRST_COMMON:
            return _channel_message(status, first, last)
        self._status = 0  # system common messages leave no running status behind
        if status == _QUARTER_FRAME:
            return QuarterFrame(first)
        return SongPosition(first | last << 7) if status == _SONG_POSITION else None


def _channel_message(status: int, first: int, last: int) -> ChannelMessage:
    channel = (status & 0x0F) + 1
    match status & 0xF0:
        case 0x80:
            return NoteOff(channel, first, last)
        case 0x90:
            return NoteOn(channel, first, last) if last else NoteOff(channel, first, IMPLIED_RELEASE)
        case 0xA0:
            return PolyPressure(channel, first, last)
        case 0xB0:
            return ControlChange(channel, first, last)
        case 0xC0:
            return ProgramChange(channel, first)
        case 0xD0:
            return ChannelPressure(channel, first)
        case _:
            return PitchBend(channel, (first | last << 7) - 8192)
