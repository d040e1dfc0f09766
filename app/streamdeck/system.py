"""Decks as the program reaches them: the protocol of what is plugged in, and the states a deck can be in."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.errors import AppError
from app.streamdeck.panel import Panel

Rgb = tuple[int, int, int]

Picture = npt.NDArray[np.uint8]
"""uint8 [height, width, 3], RGB."""


class DeckError(AppError):
    """A deck, or the way to the decks, that cannot be used."""


class DeckDeniedError(DeckError):
    """This account may not open the deck."""


@dataclass(frozen=True, slots=True)
class KeyMoved:
    """A key went down or up; touch keys are counted on from the last key."""

    key: int
    down: bool


@dataclass(frozen=True, slots=True)
class DialTurned:
    """A dial was turned by so many detents, clockwise > 0."""

    dial: int
    detents: int


@dataclass(frozen=True, slots=True)
class DialMoved:
    """A dial was pushed or let go."""

    dial: int
    down: bool


Touch = KeyMoved | DialTurned | DialMoved


@dataclass(frozen=True, slots=True)
class DeckAddress:
    """Where a deck is plugged in: a path of the system, and what it is."""

    path: str
    panel: Panel


class Deck(Protocol):
    """An open deck. One thread uses it; its touches arrive on a thread of the deck. Any method may raise DeckError."""

    @property
    def panel(self) -> Panel:
        """What it has."""
        ...

    @property
    def alive(self) -> bool:
        """It still answers."""
        ...

    def native(self, picture: Picture) -> bytes:
        """A picture of the panel's key_size in the deck's own format."""
        ...

    def native_strip(self, picture: Picture) -> bytes:
        """A picture of the strip's height in the deck's own format."""
        ...

    def put_key(self, key: int, picture: bytes | None) -> None:
        """Show a picture in the deck's own format on a key; None: black."""
        ...

    def put_strip(self, left: int, width: int, picture: bytes) -> None:
        """Show a picture on the strip from a column on."""
        ...

    def clear_strip(self) -> None:
        """Make the strip black."""
        ...

    def put_colour(self, key: int, colour: Rgb) -> None:
        """Light a touch key."""
        ...

    def set_brightness(self, percent: int) -> None:
        """Light the pictures, 0 to 100."""
        ...

    def close(self) -> None:
        """Let it go, its thread too. Never raises."""
        ...


class DeckSystem(Protocol):
    """The way to the decks that are plugged in. One thread uses it."""

    def decks(self) -> tuple[DeckAddress, ...]:
        """What is plugged in now; DeckError if that cannot be known."""
        ...

    def open(self, address: DeckAddress, sink: Callable[[Touch], None]) -> Deck:
        """Open a deck: sink gets each touch on the deck's own thread and must not block.

        Raises:
            DeckDeniedError: this account may not.
            DeckError: it cannot be opened, mostly because another program has it.
        """
        ...


SystemFactory = Callable[[], DeckSystem]
"""Makes the way to the decks; DeckError with the reason if there is none."""


class DeckState(Enum):
    """What a deck is doing."""

    OPEN = "open"
    BUSY = "busy"  # there, but another program has it; tried again
    DENIED = "denied"  # there, but this account may not use it; tried again
    GONE = "gone"  # was open and has vanished; opened again when it returns


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckStatus:
    """One deck as it is shown.

    Attributes:
        kind: the maker's name for it; number: from 1, which of equal decks it is.
        detail: the reason behind BUSY and DENIED, or "".
    """

    kind: str
    number: int = 1
    state: DeckState
    detail: str = ""

    @property
    def name(self) -> str:
        """Its kind, with " #2" and so on for equal decks."""
        return self.kind if self.number == 1 else f"{self.kind} #{self.number}"

    @property
    def sentence(self) -> str:
        """The state in words."""
        match self.state:
            case DeckState.OPEN:
                return f"{self.name}: connected."
            case DeckState.BUSY:
                return f"{self.name}: in use by another program, mostly the maker's own; trying again."
            case DeckState.DENIED:
                return f"{self.name}: this account may not use it; hardcut doctor says what to do."
            case DeckState.GONE:
                return f"{self.name}: unplugged; it is picked up again when it returns."


@dataclass(frozen=True, slots=True, kw_only=True)
class DecksState:
    """All decks.

    Attributes:
        fault: why there are none at all, a sentence; "" while all is well.
    """

    fault: str = ""
    decks: tuple[DeckStatus, ...] = ()
