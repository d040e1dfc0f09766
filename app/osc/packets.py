"""Datagrams to messages and back, all types of OSC 1.0.

python-osc writes what we send. It does not read here: it follows a negative size inside a bundle backwards for ever,
knows neither I nor S, and writes to the log for every type it does not know.

Source: The Open Sound Control 1.0 Specification, opensoundcontrol.org.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

from app.errors import AppError

MAX_DATAGRAM: Final = 65_507
"""Bytes: the most that a UDP datagram over IPv4 holds. A bundle of 300 channels has 16,000."""

MAX_DEPTH: Final = 8
"""Bundles within bundles."""

MAX_MESSAGES: Final = 2048
"""Of one datagram; a show has some three hundred addresses."""

MAX_ARGUMENTS: Final = 256

AT_ONCE: Final = 1
"""The time tag of what is meant for now; so is a message that stands in no bundle."""

_BUNDLE: Final = b"#bundle\0"
_HEAD: Final = len(_BUNDLE) + 8  # and the time tag
_NUMBERS: Final = {
    "i": struct.Struct(">i"),
    "f": struct.Struct(">f"),
    "h": struct.Struct(">q"),
    "d": struct.Struct(">d"),
}
_RAW: Final = {"r": 4, "m": 4, "t": 8}
_PLAIN: Final[dict[str, bool | None]] = {"T": True, "F": False, "I": True, "N": None}
_EPOCHS_APART_S: Final = 2_208_988_800  # 1900 to 1970, RFC 868

Argument = int | float | str | bool | bytes | None
"""What a message carries; None is nil. Blobs, colours, MIDI messages and time tags stay bytes: nothing takes them."""


class OscError(AppError):
    """A datagram or a message that means nothing here."""


@dataclass(frozen=True, slots=True)
class Message:
    """An address or a pattern of addresses, and its arguments; arrays are laid out.

    Attributes:
        time_tag: when it is meant for, in seconds since 1900 times 2^32, of the latest of the bundles around it.
    """

    address: str
    arguments: tuple[Argument, ...] = ()
    time_tag: int = AT_ONCE


def decode(datagram: bytes) -> tuple[Message, ...]:
    """The messages of a datagram, bundles laid out in order; OscError if any part of it is malformed."""
    if len(datagram) > MAX_DATAGRAM:
        raise OscError(f"A datagram has {len(datagram)} bytes, more than {MAX_DATAGRAM}")
    messages: list[Message] = []
    for start, end, time_tag in _parts(datagram, 0, len(datagram), 0, AT_ONCE):
        if len(messages) == MAX_MESSAGES:
            raise OscError(f"A datagram has more than {MAX_MESSAGES} messages")
        messages.append(_message(datagram, start, end, time_tag))
    return tuple(messages)


def encode(message: Message) -> bytes:
    """The datagram of a message; floats as f, integers as i, switches as T and F."""
    builder = OscMessageBuilder(message.address)
    for argument in message.arguments:
        match argument:
            case bool():
                builder.add_arg(argument)
            case float():
                builder.add_arg(argument, "f")
            case int():
                builder.add_arg(argument, "i" if -(2**31) <= argument < 2**31 else "h")
            case bytes():
                builder.add_arg(argument, "b")
            case None:
                builder.add_arg(argument, "N")
            case _:
                builder.add_arg(argument, "s")
    try:
        return bytes(builder.build().dgram)
    except BuildError as error:
        raise OscError(f"The message to {message.address} cannot be written: {error}") from error


def unix_ns(time_tag: int) -> int:
    """A time tag in nanoseconds since 1970."""
    return (time_tag * 1_000_000_000 >> 32) - _EPOCHS_APART_S * 1_000_000_000


def _parts(data: bytes, start: int, end: int, depth: int, time_tag: int) -> Iterator[tuple[int, int, int]]:
    """Where each message of data[start:end] begins and ends, and when it is meant for."""
    if not data.startswith(_BUNDLE, start, end):
        yield start, end, time_tag
        return
    if depth == MAX_DEPTH or end - start < _HEAD:
        raise OscError("A bundle is cut short or nested too deep")
    time_tag = max(time_tag, int.from_bytes(data[start + len(_BUNDLE) : start + _HEAD], "big"))
    index = start + _HEAD
    while index < end:
        if index + 4 > end:
            raise OscError("A bundle is cut short")
        (size,) = struct.unpack_from(">i", data, index)
        index += 4
        if size <= 0 or size % 4 or index + size > end:
            raise OscError("A part of a bundle has an impossible size")
        yield from _parts(data, index, index + size, depth + 1, time_tag)
        index += size


def _message(data: bytes, start: int, end: int, time_tag: int) -> Message:
    if not data.startswith(b"/", start, end):
        raise OscError("A message has no address")
    address, index = _text(data, start, end, "address")
    if index >= end:
        return Message(address, (), time_tag)  # old senders write no list of types where there is nothing to list
    tags, index = _text(data, index, end, "list of types")
    if not tags.startswith(","):
        raise OscError("A message has no list of types")
    if len(tags) > MAX_ARGUMENTS:
        raise OscError(f"A message has more than {MAX_ARGUMENTS} arguments")
    arguments: list[Argument] = []
    opened = 0
    for tag in tags[1:]:
        if tag == "[":
            opened += 1
        elif tag == "]":
            opened -= 1
        else:
            argument, index = _argument(tag, data, index, end)
            arguments.append(argument)
        if not 0 <= opened <= MAX_DEPTH:
            raise OscError("The arrays of a message are closed before they open, or nested too deep")
    if opened:
        raise OscError("An array of a message is not closed")
    return Message(address, tuple(arguments), time_tag)


def _argument(tag: str, data: bytes, index: int, end: int) -> tuple[Argument, int]:
    """One argument, and where the next begins."""
    if tag in _PLAIN:
        return _PLAIN[tag], index
    if tag in ("s", "S"):
        return _text(data, index, end, "text")
    if tag in _NUMBERS:
        _check_room(index, 8 if tag in "hd" else 4, end)
        number: int | float = _NUMBERS[tag].unpack_from(data, index)[0]
        return number, index + _NUMBERS[tag].size
    if tag == "c":
        _check_room(index, 4, end)
        code = int.from_bytes(data[index : index + 4], "big")
        if code > 0x7F:
            raise OscError("A message has a character that is not ASCII")
        return chr(code), index + 4
    if tag == "b":
        _check_room(index, 4, end)
        size = int.from_bytes(data[index : index + 4], "big")
        _check_room(index + 4, size, end)
        return data[index + 4 : index + 4 + size], index + 4 + _padded(size)
    if tag in _RAW:
        _check_room(index, _RAW[tag], end)
        return data[index : index + _RAW[tag]], index + _RAW[tag]
    raise OscError(f"A message has an argument of the unknown type {tag!r}")


def _text(data: bytes, index: int, end: int, what: str) -> tuple[str, int]:
    """A text that ends with a null byte and is padded to four bytes; some senders leave out the padding at the end."""
    closing = data.find(b"\0", index, end)
    if index >= end or (closing < 0 and what != "text"):
        raise OscError(f"The {what} of a message is cut short")
    closing = end if closing < 0 else closing
    try:
        return data[index:closing].decode(), index + _padded(closing - index + 1)
    except UnicodeDecodeError as error:
        raise OscError(f"The {what} of a message is not UTF-8") from error


def _padded(size: int) -> int:
    return (size + 3) // 4 * 4


def _check_room(index: int, size: int, end: int) -> None:
    if index + size > end:
        raise OscError("A message is cut short")
