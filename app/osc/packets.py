"""Datagrams to messages and back. python-osc reads and writes single messages; bundles are taken apart here.

python-osc 1.10 follows a negative size inside a bundle backwards for ever, and writes to the log for every type it
does not know, so neither reaches it.

Source: The Open Sound Control 1.0 Specification, opensoundcontrol.org.
"""

import struct
from dataclasses import dataclass
from typing import Final

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

from app.errors import AppError

MAX_DATAGRAM: Final = 8192
"""Bytes; what a controller sends fits into one Ethernet frame of 1500."""

MAX_DEPTH: Final = 8
"""Bundles within bundles."""

AT_ONCE: Final = 1
"""The time tag of what is meant for now; so is a message that stands in no bundle."""

_BUNDLE: Final = b"#bundle\0"
_HEAD: Final = len(_BUNDLE) + 8  # and the time tag
_TYPES: Final = frozenset(b"ifhdsTF")
_EPOCHS_APART_S: Final = 2_208_988_800  # 1900 to 1970, RFC 868

Argument = int | float | str | bool


class OscError(AppError):
    """A datagram or a message that means nothing here."""


@dataclass(frozen=True, slots=True)
class Message:
    """An address and its arguments.

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
    return tuple(_message(part, time_tag) for part, time_tag in _parts(datagram, 0, AT_ONCE))


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
                builder.add_arg(argument, "i")
            case _:
                builder.add_arg(argument, "s")
    try:
        return bytes(builder.build().dgram)
    except BuildError as error:
        raise OscError(f"The message to {message.address} cannot be written: {error}") from error


def unix_ns(time_tag: int) -> int:
    """A time tag in nanoseconds since 1970."""
    return (time_tag * 1_000_000_000 >> 32) - _EPOCHS_APART_S * 1_000_000_000


def _parts(datagram: bytes, depth: int, time_tag: int) -> list[tuple[bytes, int]]:
    if not datagram.startswith(_BUNDLE):
        return [(datagram, time_tag)]
    if depth == MAX_DEPTH or len(datagram) < _HEAD:
        raise OscError("A bundle is cut short or nested too deep")
    parts: list[tuple[bytes, int]] = []
    time_tag = max(time_tag, int.from_bytes(datagram[len(_BUNDLE) : _HEAD], "big"))
    index = _HEAD
    while index < len(datagram):
        if index + 4 > len(datagram):
            raise OscError("A bundle is cut short")
        (size,) = struct.unpack_from(">i", datagram, index)
        index += 4
        if size <= 0 or size % 4 or index + size > len(datagram):
            raise OscError("A part of a bundle has an impossible size")
        parts += _parts(datagram[index : index + size], depth + 1, time_tag)
        index += size
    return parts


def _message(part: bytes, time_tag: int) -> Message:
    end = part.find(b"\0")
    if not part.startswith(b"/") or end < 0:
        raise OscError("A message has no address")
    start = (end // 4 + 1) * 4
    tags = part[start : part.find(b"\0", start)] if b"\0" in part[start:] else b","
    if tags[:1] != b"," and part[start:]:
        raise OscError("A message has no list of types")
    if not _TYPES.issuperset(tags[1:]):
        raise OscError("A message has arguments of a type that nothing here takes")
    try:
        read = OscMessage(part)
        return Message(read.address, tuple(read.params), time_tag)
    except (ParseError, ValueError, IndexError, struct.error) as error:
        raise OscError(f"A message is malformed: {error}") from error
