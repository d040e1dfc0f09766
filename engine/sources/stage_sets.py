"""The sets of the stage, by the address that each is chosen by. Apart from the stage, to be told without it."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.errors import SourceError


class StageSet(Enum):
    """Its value is written behind `stage:`; the stage itself is written without."""

    STAGE = ""
    CLOSE = "close"
    DUO = "duo"
    ABSTRACT = "abstract"


@dataclass(frozen=True, slots=True)
class SetWords:
    """How a set is told to people.

    Attributes:
        label: its name, a word; what: what there is to see, without a full stop.
    """

    label: str
    what: str


WORDS: Final = {
    StageSet.STAGE: SetWords("Stage", "built-in moving scene with true depth"),
    StageSet.CLOSE: SetWords("Close", "the dancer close by, without props, cameras that cut"),
    StageSet.DUO: SetWords("Duo", "two dancers, cameras that cut"),
    StageSet.ABSTRACT: SetWords("Solids", "moving solids and light without a figure, cameras that cut"),
}


def spec_of(chosen: StageSet) -> str:
    """How a set is written as a source."""
    return f"stage:{chosen.value}" if chosen.value else "stage"


def parse_set(address: str) -> StageSet:
    """The set of an address; it is not case-sensitive.

    Raises:
        SourceError: there is no such set.
    """
    name = address.strip().casefold()
    for one in StageSet:
        if one.value == name:
            return one
    known = ", ".join(map(spec_of, StageSet))
    raise SourceError("The stage has no such set", where=f"stage:{address}", remedy=f"Write one of {known}.")
