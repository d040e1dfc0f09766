"""What one address takes: the kind and the range of its arguments, and the check of those that come."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeGuard

from app.osc.packets import Argument, OscError
from engine.plain_text import cleaned

MAX_TEXT: Final = 1000


class Kind(Enum):
    """What an address takes."""

    NUMBER = "f"  # a number in a range
    WHOLE = "i"  # a whole number in a range
    NUMBERS = "f f"  # several numbers in a range
    SWITCH = "T/F, i or f"  # on or off
    PRESS = "none, or i or f"  # 0 is the release, which does nothing
    TEXT = "s"
    STATE = "–"  # told, not taken


@dataclass(frozen=True, slots=True, kw_only=True)
class OscAddress:
    """One address.

    Attributes:
        low, high: the closed range of a number, of each where it takes several.
        count: how many it takes, of the kind NUMBERS.
        choices: the only texts taken; empty: any.
    """

    path: str
    kind: Kind
    help: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    count: int = 1

    @property
    def takes(self) -> str:
        """Type and range in words."""
        if self.kind in (Kind.NUMBER, Kind.WHOLE, Kind.NUMBERS):
            kind = " ".join("f" * self.count) if self.kind is Kind.NUMBERS else self.kind.value
            return f"{kind}  {self.low:g} to {self.high:g}"
        return f"{self.kind.value}  {' | '.join(self.choices)}" if self.choices else self.kind.value

    def number(self, arguments: tuple[Argument, ...]) -> float:
        """The one number, checked; OscError if it is none or out of range."""
        return self._ranged(self._one(arguments))

    def numbers(self, arguments: tuple[Argument, ...]) -> tuple[float, ...]:
        """As many numbers as it takes, each checked; OscError otherwise."""
        if len(arguments) != self.count:
            raise OscError(f"{self.path} takes {self.count} arguments, not {len(arguments)}")
        return tuple(self._ranged(one) for one in arguments)

    def _ranged(self, value: Argument) -> float:
        if not _is_number(value):
            raise OscError(f"{self.path} takes a number, not {_shown(value)}")
        if not self.low <= value <= self.high or (self.kind is Kind.WHOLE and value != int(value)):
            raise OscError(f"{self.path} takes {self.takes}, not {value:g}")
        return float(value)

    def switch(self, arguments: tuple[Argument, ...]) -> bool:
        """On or off: T, F, 0 or 1; OscError otherwise."""
        value = self._one(arguments)
        if value is None or isinstance(value, str | bytes) or value not in (0, 1):
            raise OscError(f"{self.path} takes on or off, not {_shown(value)}")
        return bool(value)

    def pressed(self, arguments: tuple[Argument, ...]) -> bool:
        """A press: nothing (or nil, or a bang), or a number that is not 0."""
        if not arguments or arguments == (None,):
            return True
        value = self._one(arguments)
        if not isinstance(value, bool) and not _is_number(value):
            raise OscError(f"{self.path} takes a press, not {_shown(value)}")
        return bool(value)

    def text(self, arguments: tuple[Argument, ...]) -> str:
        """The one text, checked; OscError otherwise."""
        value = self._one(arguments)
        text = cleaned(value) if isinstance(value, str) and len(value) <= MAX_TEXT else ""
        if not text.strip():
            raise OscError(f"{self.path} takes a text of 1 to {MAX_TEXT} characters")
        if self.choices and text not in self.choices:
            raise OscError(f"{self.path} takes {' | '.join(self.choices)}")
        return text

    def _one(self, arguments: tuple[Argument, ...]) -> Argument:
        if len(arguments) != 1:
            raise OscError(f"{self.path} takes one argument, not {len(arguments)}")
        return arguments[0]


def _is_number(value: Argument) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: Argument) -> str:
    """An argument as a sentence names it."""
    match value:
        case None:
            return "nothing"
        case bytes():
            return f"{len(value)} bytes"
        case str():
            return repr(value[:40])
        case _:
            return repr(value)
