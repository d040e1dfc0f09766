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

_BUNDLE: Final = b"#bundle\0"
_HEAD: Final = len(_BUNDLE) + 8  # and the time tag, which is not waited for
_TYPES: Final = frozenset(b"ifhdsTF")

Argument = int | float | str | bool


class OscError(AppError):
    """A datagram or a message that means nothing here."""


@dataclass(frozen=True, slots=True)
class Message:
    """An address and its arguments."""

    address: str
    arguments: tuple[Argument, ...] = ()


def decode(datagram: bytes) -> tuple[Message, ...]:
    """The messages of a datagram, bundles laid out in order; OscError if any part of it is malformed."""
    if len(datagram) > MAX_DATAGRAM:
        raise OscError(f"A datagram has {len(datagram)} bytes, more than {MAX_DATAGRAM}")
    return tuple(_message(part) for part in _parts(datagram, 0))


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


def _parts(datagram: bytes, depth: int) -> list[bytes]:
    if not datagram.startswith(_BUNDLE):
        return [datagram]
    if depth == MAX_DEPTH or len(datagram) < _HEAD:
        raise OscError("A bundle is cut short or nested too deep")
    parts: list[bytes] = []
    index = _HEAD
    while index < len(datagram):
        if index + 4 > len(datagram):
            raise OscError("A bundle is cut short")
        (size,) = struct.unpack_from(">i", datagram, index)
        index += 4
        if size <= 0 or size % 4 or index + size > len(datagram):
            raise OscError("A part of a bundle has an impossible size")
        parts += _parts(datagram[index : index + size], depth + 1)
        index += size
    return parts


def _message(part: bytes) -> Message:
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
        return Message(read.address, tuple(read.params))
    except (ParseError, ValueError, IndexError, struct.error) as error:
        raise OscError(f"A message is malformed: {error}") from error
