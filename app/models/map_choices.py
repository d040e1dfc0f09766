"""What can make the control map, for the window."""

from dataclasses import dataclass

from engine.preprocess.registry import DEPTH, SECOND_SOURCE


@dataclass(frozen=True, slots=True)
class MapChoice:
    """One of them.

    Attributes:
        name: its id; label: its name for people; needs: what is to be done before it can be chosen, "" for nothing.
    """

    name: str
    label: str
    needs: str


def second_source(spec: str) -> str:
    """Return what is chosen so that another source's pictures are the map."""
    return f"{SECOND_SOURCE}{spec.strip()}"


def map_choices() -> tuple[MapChoice, ...]:
    """Return everything that can make the control map, in order."""
    return tuple(MapChoice(one.entry.id, one.entry.label, one.entry.needs) for one in DEPTH.entries())
