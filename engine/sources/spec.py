"""A source as it was chosen; see `engine.sources.registry` for how it is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source as the user named it, written `scheme:address`, or `scheme` alone.

    Attributes:
        scheme: the id of an entry of the registry: stage, file, camera, ndi, or a plug-in's.
        address: what follows it; "" where nothing does.
    """

    scheme: str
    address: str = ""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.address}" if self.address else self.scheme
