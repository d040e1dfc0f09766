"""The picture that the performer gives to the dream: videos begin with it, as far as the generator can."""

import base64
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import ClassVar

from engine.messages.commands import Command
from engine.messages.events import Event


@dataclass(frozen=True)
class Reference:
    """A picture, whole, so that whoever has the message needs no file.

    Attributes:
        file: where it was read from, for people.
        data: a PNG of 8 bits R G B, base64.
    """

    file: str
    data: str

    @cached_property
    def digest(self) -> str:
        """Tells it from others by its contents: BLAKE2b, 32 hexadecimal digits."""
        return blake2b(self.data.encode(), digest_size=16).hexdigest()

    @property
    def png(self) -> bytes:
        """The picture's file."""
        return base64.b64decode(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseReference(Command):
    """Read a picture and use it; "": no longer use one."""

    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseReference(Command):
    """From the next boundary on cuts begin with this picture; None: with none."""

    reference: Reference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChanged(Event):
    """Which picture cuts begin with.

    Attributes:
        file: "" for none; None, at the start: none was chosen yet, and the generator can take one.
    """

    standing: ClassVar[bool] = True

    file: str | None = None
