"""The displays that are connected, as the performer chooses among them. Pure."""

from dataclasses import dataclass

from engine.messages.sinks import DISPLAY


@dataclass(frozen=True, slots=True)
class Screen:
    """A display.

    Attributes:
        number: from 1, in the system's order.
    """

    number: int
    name: str

    @property
    def sink(self) -> str:
        """The sink that covers it, as it is written."""
        return f"{DISPLAY}:{self.number}"


@dataclass(frozen=True, slots=True)
class Screens:
    """The connected displays, the window's own first."""

    present: tuple[Screen, ...] = ()

    @property
    def second(self) -> Screen | None:
        """The display that F11 takes: the first that is not the window's own."""
        return next(iter(self.present[1:]), None)
