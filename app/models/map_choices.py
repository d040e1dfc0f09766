"""What can make the control map, for the window."""

from dataclasses import dataclass

from engine.preprocess.registry import DEPTH


@dataclass(frozen=True, slots=True)
class MapChoice:
    """One of them: its id and its name for people."""

    name: str
    label: str


def map_choices() -> tuple[MapChoice, ...]:
    """Return everything that can make the control map, in order."""
    return tuple(MapChoice(one.entry.id, one.entry.label) for one in DEPTH.entries())
