"""Macros as OSC moves them: which parameters, and which part of the way of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol


class Reach(Protocol):
    """A part of a parameter's travel, driven by a position; both 0..1."""

    def travel(self, position: float) -> float:
        """The travel at a position."""
        ...

    def position(self, travel: float) -> float:
        """The position that gives a travel, the nearest end where none does."""
        ...


@dataclass(frozen=True, slots=True)
class MacroPart:
    """One parameter under a macro."""

    parameter: str
    reach: Reach


Macros = Mapping[int, tuple[MacroPart, ...]]
"""Macro number from 1 to its parts."""

NO_MACROS: Macros = MappingProxyType({})
