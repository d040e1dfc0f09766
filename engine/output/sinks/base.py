"""The interface of a sink."""

from dataclasses import dataclass
from typing import Protocol

from engine.output.canvas import WireImage
from engine.output.settings import VideoFormat


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """What a sink knows about itself.

    Attributes:
        name: the full name receivers see, e.g. "MACHINE (Hardcut)"; "" while it has none.
        connections: receivers connected now; tally: it is on air in one of them.
        detail: what is wrong, a sentence, or "".
    """

    name: str
    connections: int
    tally: bool
    detail: str = ""


class Sink(Protocol):
    """Takes pictures at the output rate. One thread opens, feeds and closes it."""

    def open(self) -> None:
        """Become visible to receivers. Called again, after close, until it succeeds.

        Raises:
            OutputError: if it cannot; every other method is then still safe to call.
        """
        ...

    def wanted(self) -> bool:
        """Whether anyone would see a picture sent now; cheap enough to ask for every frame."""
        ...

    def send(self, image: WireImage, video: VideoFormat) -> None:
        """Send one picture; when the call returns, the buffer may be written again."""
        ...

    def status(self) -> SinkStatus:
        """Its state now."""
        ...

    def close(self) -> None:
        """Disappear. Idempotent; open may follow."""
        ...
