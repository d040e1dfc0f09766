"""Cards for the tests: the tiny model, smaller still."""

import dataclasses
from pathlib import Path

from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import CardLora, ModelCard
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.loading.random_weights import write_checkpoint
from engine.generators.wan.recipes import ContextKind, Recipe
from engine.model_files import ModelFile
from tests.wan.models import noise

SMALL_RECIPE = dataclasses.replace(load_card("wan-tiny").recipe, steps=(1000, 500), window=6)


def small_card(**changes: object) -> ModelCard:
    """wan-tiny at 64×64 pixels."""
    fields: dict[str, object] = {"edge": 64, "recipe": SMALL_RECIPE, **changes}
    return dataclasses.replace(load_card("wan-tiny"), **fields)  # type: ignore[arg-type]


def recomputing() -> Recipe:
    return dataclasses.replace(SMALL_RECIPE, context=ContextKind.RECOMPUTE)


def lora_card(folder: Path, *, live: bool, strange: bool = False, scale: float = 1.0) -> ModelCard:
    """A card of a tiny adapter file on two layers of every block."""
    file = ModelFile("someone/style", "style.safetensors", "none")
    path = file.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for layer in range(WAN_TINY.layers):
        for name, outputs, inputs in (("self_attn.q", 128, 128), ("ffn.0", 256, 128)):
            stem = f"diffusion_model.blocks.{layer}.{name}"
            tensors[f"{stem}.lora_A.weight"] = 0.2 * noise(4, inputs + strange, seed=layer)
            tensors[f"{stem}.lora_B.weight"] = 0.2 * noise(outputs, 4, seed=layer + 50)
    write_checkpoint(path, tensors)
    return small_card(loras=(CardLora(file, live, scale),))
