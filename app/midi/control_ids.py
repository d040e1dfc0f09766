"""What a control sends: the other end of a binding."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class MessageKind(Enum):
    """What a control sends."""

    CC = "cc"
    NOTE = "note"
    CC14 = "cc14"  # a pair of controllers, n and n + 32
    BEND = "bend"
    PRESSURE = "pressure"
    POLY_PRESSURE = "poly_pressure"
    PROGRAM = "program"


UNNUMBERED: Final = frozenset({MessageKind.BEND, MessageKind.PRESSURE})
"""One of each per channel."""

_WORDS: Final = {
    MessageKind.CC: "CC",
    MessageKind.NOTE: "note",
    MessageKind.CC14: "14-bit CC",
    MessageKind.BEND: "pitch bend",
    MessageKind.PRESSURE: "pressure",
    MessageKind.POLY_PRESSURE: "pressure on note",
    MessageKind.PROGRAM: "program",
}


@dataclass(frozen=True, slots=True)
class ControlId:
    """A control by what it sends; channel 1..16, or None for any. number is 0 for bend and channel pressure."""

    kind: MessageKind
    number: int
    channel: int | None = None

    def __str__(self) -> str:
        number = "" if self.kind in UNNUMBERED else f" {self.number}"
        channel = "" if self.channel is None else f", channel {self.channel}"
        return f"{_WORDS[self.kind]}{number}{channel}"
