"""What a Wan generator is, told without torch."""

from typing import Final

from engine.generators.base import GeneratorSpec
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.parameters import PARAMETERS

FAMILY: Final = "wan"
"""All sizes of the model play the same scenes."""


def spec_of(card: ModelCard) -> GeneratorSpec:
    """The spec of a card's generator."""
    return GeneratorSpec(
        name=card.name,
        label=card.label,
        chunk_frames=card.chunk_frames,
        parameters=PARAMETERS,
        home_scene="Molten Gold",
        family=FAMILY,
    )
