"""The families of causal checkpoints by id, and the sizes of model that they come in. Data, no torch.

Other packages add theirs with entry points of the group `hardcut.model_families`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from engine.errors import PluginError
from engine.generators.wan.dims import KNOWN_DIMS, ModelDims
from engine.generators.wan.recipes import RECIPES, Recipe
from engine.registry import Entry, Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFamily(Entry):
    """A family: what a model card's `recipe` names.

    Attributes:
        recipe: how its models are sampled; its name is the id.
        sizes: dimensions that are not known yet, for a card's `dims`.
        cards: a folder of model cards (*.toml) that come with it, or None.
    """

    recipe: Recipe
    sizes: tuple[ModelDims, ...] = ()
    cards: Path | None = None


def _built_in() -> Mapping[str, Callable[[], ModelFamily]]:
    return {name: partial(_family, recipe) for name, recipe in RECIPES.items()}


def _family(recipe: Recipe) -> ModelFamily:
    return ModelFamily(id=recipe.name, label=recipe.name, recipe=recipe)


def _check(family: ModelFamily) -> None:
    if family.recipe.name != family.id:
        raise PluginError(f"Its recipe is that of {family.recipe.name}", where=family.id)
    known = {dims.name for dims in KNOWN_DIMS}
    for dims in family.sizes:
        if dims.name in known:
            raise PluginError(f"There is a size {dims.name} already", where=family.id)


FAMILIES: Final = Registry(ModelFamily, "hardcut.model_families", _built_in, check=_check)


def known_recipes() -> dict[str, Recipe]:
    """Every recipe by its family's id."""
    return {one.entry.id: one.entry.recipe for one in FAMILIES.entries()}


def known_dims() -> tuple[ModelDims, ...]:
    """Every size of model; of two with one name the first counts."""
    added = (dims for one in FAMILIES.entries() for dims in one.entry.sizes)
    return tuple({dims.name: dims for dims in reversed((*KNOWN_DIMS, *added))}.values())[::-1]
