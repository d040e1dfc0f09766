"""The interface of a sink."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engine.errors import OutputError
from engine.output.settings import VideoFormat, WireImage


class SinkEndedError(OutputError):
    """The sink takes no more pictures until it is switched off and on again; it is not opened anew by itself."""


class SinkLostError(OutputError):
    """The sink has gone while it was open, and has to be opened anew."""


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """A sink's own status; see engine.messages.sinks.SinkReport.

    Attributes:
        name: the full name receivers see, e.g. "MACHINE (Hardcut)"; "" while it has none.
        connections: receivers connected now; tally: it is on air in one of them.
        detail: what is wrong, a sentence, or "". remark: what is worth knowing and no fault, or "".
        dropped: pictures that it took and let go again because it was late.
        recorded_ns, bytes_written, free_bytes: of its file; -1 free bytes where it writes none.
    """

    name: str
    connections: int
    tally: bool
    detail: str = ""
    remark: str = ""
    dropped: int = 0
    recorded_ns: int = 0
    bytes_written: int = 0
    free_bytes: int = -1


class Sink(Protocol):
    """Accept pictures at the output rate. One thread opens, feeds and closes it.

    Whatever a call raises becomes the detail of its report; the show outlives it. A SinkEndedError ends the sink.
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


@runtime_checkable
class Shaping(Protocol):
    """A sink that can show pictures in another shape; an optional capability. It begins with the usual one."""

    def shape(self, text: str) -> None:
        """Show the pictures that follow like this, as engine.messages.shape writes it.

        Raises:
            OutputError: it is no shape.
        """
        ...
