"""The decoder: every message, every truncation, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.midi.messages.decode import MAX_SYSEX, Decoder
from app.midi.messages.types import (
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
    SongPosition,
    Start,
    Stop,
    SysEx,
    describe,
)

WHOLE: list[tuple[str, Message]] = [
    ("80 3C 07", NoteOff(1, 60, 7)),
    ("9F 3C 01", NoteOn(16, 60, 1)),
    ("90 3C 00", NoteOff(1, 60, 64)),
    ("A1 3C 11", PolyPressure(2, 60, 17)),
    ("B0 30 7F", ControlChange(1, 48, 127)),
    ("C9 05", ProgramChange(10, 5)),
    ("D0 40", ChannelPressure(1, 64)),
    ("E0 00 00", PitchBend(1, -8192)),
    ("E0 00 40", PitchBend(1, 0)),
    ("E0 7F 7F", PitchBend(1, 8191)),
    ("F0 47 7F 4F F7", SysEx(bytes([0x47, 0x7F, 0x4F]))),
    ("F1 35", QuarterFrame(0x35)),
    ("F2 01 02", SongPosition(257)),
    ("F8", Clock()),
    ("FA", Start()),
    ("FB", Continue()),
    ("FC", Stop()),
]


def decoded(text: str) -> tuple[Message, ...]:
    return Decoder().push(bytes.fromhex(text))


@pytest.mark.parametrize(("text", "message"), WHOLE)
def test_decodes_each_message(text: str, message: Message) -> None:
    assert decoded(text) == (message,)
    assert describe(message)


@pytest.mark.parametrize(("text", "message"), WHOLE)
def test_a_truncated_message_is_nothing_and_harms_nothing_after_it(text: str, message: Message) -> None:
    whole = bytes.fromhex(text)
    for length in range(len(whole)):
        assert Decoder().push(whole[:length] + bytes.fromhex("B0 01 02")) == (ControlChange(1, 1, 2),)


def test_running_status_lasts_until_another_status() -> None:
    assert decoded("B0 01 02 03 04 F8 05 06") == (
        ControlChange(1, 1, 2),
        ControlChange(1, 3, 4),
        Clock(),
        ControlChange(1, 5, 6),
    )
    assert decoded("B0 01 02 F2 00 00 03 04") == (ControlChange(1, 1, 2), SongPosition(0))
    assert decoded("B0 01 02 F6 03 04") == (ControlChange(1, 1, 2),)


def test_real_time_stands_inside_anything() -> None:
    assert decoded("F0 01 F8 02 F7") == (Clock(), SysEx(b"\x01\x02"))
    assert decoded("90 F8 24 FA 7F") == (Clock(), Start(), NoteOn(1, 36, 127))


def test_system_exclusive_ends_with_any_status_and_only_f7_completes_it() -> None:
    assert decoded("F0 01 02 90 24 7F") == (NoteOn(1, 36, 127),)
    assert decoded("F0 01 F0 02 F7") == (SysEx(b"\x02"),)
    assert decoded("F7 24 7F") == ()


def test_an_endless_system_exclusive_is_dropped_not_collected() -> None:
    decoder = Decoder()
    assert decoder.push(b"\xf0" + bytes(3 * MAX_SYSEX)) == ()
    assert len(decoder._data) == MAX_SYSEX
    assert decoder.push(b"\xf7") == ()
    assert decoder.push(bytes.fromhex("F0 01 F7")) == (SysEx(b"\x01"),)


def test_messages_that_mean_nothing_here_vanish() -> None:
    assert decoded("F3 01 F4 F5 F6 F9 FD FE FF 24 7F") == ()


@given(st.lists(st.binary(max_size=40)))
def test_anything_decodes_to_valid_messages_and_packets_do_not_matter(packets: list[bytes]) -> None:
    decoder = Decoder()
    messages = tuple(message for packet in packets for message in decoder.push(packet))
    assert messages == Decoder().push(b"".join(packets))
    for message in messages:
        assert describe(message)
        match message:
            case NoteOn(channel, note, velocity):
                assert 1 <= channel <= 16 and note < 128 and 0 < velocity < 128
            case ControlChange(channel, controller, value):
                assert 1 <= channel <= 16 and controller < 128 and value < 128
            case PitchBend(_, value):
                assert -8192 <= value <= 8191
            case SysEx(data):
                assert all(byte < 128 for byte in data)
            case _:
                pass
