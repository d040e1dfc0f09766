"""How a source is written down: stage, file:PATH, camera:N, camera:URL, ndi:NAME."""

from dataclasses import dataclass
from enum import Enum

from engine.errors import SourceError


class SourceKind(Enum):
    """The kinds of source."""

    STAGE = "stage"
    FILE = "file"
    CAMERA = "camera"
    NDI = "ndi"


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as the user named it; address is "" for the stage."""

    kind: SourceKind
    address: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.address}" if self.address else self.kind.value


def parse_source(text: str) -> SourceSpec:
    """Read a source as it is written on the command line.

    Raises:
        SourceError: if the text names no kind of source, or lacks the address that the kind needs.
    """
    name, _, address = text.strip().partition(":")
    try:
        kind = SourceKind(name.casefold())
    except ValueError:
        raise SourceError(
            "This is not a source", where=text, remedy="Write stage, file:PATH, camera:N, camera:URL or ndi:NAME."
        ) from None
    address = address.strip()
    if kind is SourceKind.STAGE and address:
        raise SourceError("The stage takes no address", where=text, remedy="Write just: stage.")
    if kind is not SourceKind.STAGE and not address:
        raise SourceError(
            f"The {kind.value} source needs an address", where=text, remedy=f"Write {kind.value}:… with one."
        )
    return SourceSpec(kind, address)
