"""Cards for the tests: the tiny model, smaller still."""

import dataclasses

from engine.generators.wan.cards import ModelCard, load_card
from engine.generators.wan.config import ContextKind, Recipe

SMALL_RECIPE = dataclasses.replace(load_card("wan-tiny").recipe, steps=(1000, 500), window=6)


def small_card(**changes: object) -> ModelCard:
    """wan-tiny at 64×64 pixels."""
    fields: dict[str, object] = {"edge": 64, "recipe": SMALL_RECIPE, **changes}
    return dataclasses.replace(load_card("wan-tiny"), **fields)  # type: ignore[arg-type]


def recomputing() -> Recipe:
    return dataclasses.replace(SMALL_RECIPE, context=ContextKind.RECOMPUTE)
