"""MIDI timecode: quarter frames while it runs, either way, and full frames where it goes to.

Source: MIDI Time Code, MMA 0001 / RP004 and RP008. A label is told in eight messages, F1 0nnndddd, one each quarter of
a frame: nnn counts up from 0 forwards, down from 7 backwards. It is the label of the moment at which message 0 is sent.
A full frame is F0 7F id 01 01 hh mm ss ff F7. Two bits of the hour tell the rate.
"""

from typing import Final

from engine.messages.timecode import Timecode, TimecodeRate, TimecodeReading

QUARTER_FRAME: Final = 0xF1
PIECES: Final = 8

_FULL_FRAME: Final = bytes((0x7F, 0x01, 0x01))  # universal, real-time; the second byte names whom it is for
_FULL_LENGTH: Final = 8
_RATES: Final = (TimecodeRate.FILM, TimecodeRate.EBU, TimecodeRate.DROP, TimecodeRate.NTSC)


def is_full_frame(data: bytes) -> bool:
    """Whether a system exclusive message (without F0 and F7) is a full frame."""
    return len(data) == _FULL_LENGTH and data[:1] + data[2:4] == _FULL_FRAME


class MtcReader:
    """Reads the timecode of one port."""

    def __init__(self) -> None:
        self._pieces: dict[int, int] = {}
        self._last = -1
        self._way = 0

    def quarter_frame(self, data: int, at_ns: int) -> TimecodeReading | None:
        """Take in the data byte of a quarter frame; return where the code is once all eight have come, one way."""
        number, value = data >> 4 & 7, data & 0x0F
        way = {1: 1, PIECES - 1: -1}.get((number - self._last) % PIECES, 0) if self._last >= 0 else 0
        if way != self._way and self._way:
            self._pieces.clear()  # it turned round, or something was lost
        self._last, self._way = number, way
        if number == (0 if way >= 0 else PIECES - 1):
            self._pieces.clear()
        self._pieces[number] = value
        if len(self._pieces) < PIECES:
            return None
        label, rate = self._label()
        self._pieces.clear()
        if not _fits(label, rate):
            return None
        # Forwards the last is message 7, seven quarters after the label; backwards it is message 0.
        return TimecodeReading(label.frame(rate) + number / 4, rate, at_ns)

    def full_frame(self, data: bytes, at_ns: int) -> TimecodeReading | None:
        """Take in a full frame (without F0 and F7): the code has gone there."""
        self._pieces.clear()
        self._last, self._way = -1, 0
        hours, minutes, seconds, frames = data[4:8]
        label, rate = Timecode(hours & 0x1F, minutes, seconds, frames), _RATES[hours >> 5 & 3]
        return TimecodeReading(label.frame(rate), rate, at_ns, standing=True) if _fits(label, rate) else None

    def _label(self) -> tuple[Timecode, TimecodeRate]:
        frames, seconds, minutes, hours = (self._pieces[low] | self._pieces[low + 1] << 4 for low in (0, 2, 4, 6))
        return Timecode(hours & 0x1F, minutes & 0x3F, seconds & 0x3F, frames & 0x1F), _RATES[hours >> 5 & 3]


def _fits(label: Timecode, rate: TimecodeRate) -> bool:
    return label.valid and label.frames < rate.count
