"""One entry of the lexicon."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from engine.generators.field.traits import Trait


class Kind(Enum):
    """What a word speaks of; decides how much of the palette its colours claim."""

    COLOUR = "colour"
    MATERIAL = "material"
    LIGHT = "light"
    MOOD = "mood"
    MOTION = "motion"


@dataclass(frozen=True, slots=True)
class Word:
    """What a word does.

    Attributes:
        palette: sRGB colours as "rrggbb", in the order of the ring; may be empty.
        traits: what is added to each trait.
    """

    kind: Kind
    palette: tuple[str, ...]
    traits: Mapping[Trait, float]


def word(kind: Kind, palette: str = "", **traits: float) -> Word:
    """An entry from colours separated by blanks and traits by their lower-case names."""
    return Word(kind, tuple(palette.split()), {Trait[name.upper()]: amount for name, amount in traits.items()})
