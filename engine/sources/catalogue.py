"""What there is to choose from now: every kind of source is asked what it finds."""

from dataclasses import dataclass

from engine.errors import SourceError
from engine.registry import Registry, guarded
from engine.sources.registry import SOURCES, SourceEntry
from engine.sources.spec import SourceSpec

LOOK_S = 2.0
"""How long each kind may look around: NDI senders answer within a second or two."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One source that can be chosen; str(spec) is what to write."""

    spec: SourceSpec
    label: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was found, and a sentence for each kind that could not be searched."""

    entries: tuple[CatalogueEntry, ...]
    notes: tuple[str, ...] = ()


def find_sources(timeout_s: float = LOOK_S, registry: Registry[SourceEntry] = SOURCES) -> Catalogue:
    """Look around; takes about timeout_s for NDI and for each plug-in that looks. Opens each camera for a moment."""
    entries: list[CatalogueEntry] = []
    notes: list[str] = []
    for registered in registry.entries():
        try:
            entries += _found(registered.entry, timeout_s)
        except SourceError as error:
            notes.append(str(error))
    return Catalogue(tuple(entries), tuple(notes))


def _found(entry: SourceEntry, timeout_s: float) -> list[CatalogueEntry]:
    found = guarded(lambda: list(entry.look(timeout_s)), entry, SourceError)
    return [CatalogueEntry(SourceSpec(entry.id, one.address), one.label) for one in found]
