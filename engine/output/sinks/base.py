"""The interface of a sink."""

from dataclasses import dataclass
from typing import Protocol

from engine.output.settings import VideoFormat, WireImage


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """A sink's own status.

    Attributes:
        name: the full name receivers see, e.g. "MACHINE (Hardcut)"; "" while it has none.
        connections: receivers connected now; tally: it is on air in one of them.
        detail: what is wrong, a sentence, or "".
    """

    name: str
    connections: int
    tally: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SinkState:
    """State of a sink, as the thread that feeds it reports it.

    Attributes:
        id: of its registry entry.
        status: its own status, with its last problem as the detail.
        sent: pictures that it took, or would have if anyone watched; failed: pictures that it could not take.
    """

    id: str
    status: SinkStatus
    sent: int = 0
    failed: int = 0


class Sink(Protocol):
    """Accept pictures at the output rate. One thread opens, feeds and closes it.

    Whatever a call raises becomes the detail of its state; the show outlives it.
    """

    def open(self) -> None:
        """Become visible to receivers. Called again, after close, until it succeeds.

        Raises:
            OutputError: if it cannot; every other method is then still safe to call.
        """
        ...

    def wanted(self) -> bool:
        """Return whether anyone would see a picture sent now; must be cheap, as it is called for every frame."""
        ...

    def send(self, image: WireImage, video: VideoFormat) -> None:
        """Send one picture, uint8 [height, width, 2 or 4]; when the call returns, the buffer may be written again.

        Raises:
            OutputError: it could not be sent; the next one is tried all the same.
        """
        ...

    def status(self) -> SinkStatus:
        """Return its current status."""
        ...

    def close(self) -> None:
        """Disappear. Idempotent; open may follow."""
        ...
