"""Writes a live LoRA of random weights beside a card with random weights, and a card that plays with it.

Usage: random_style CARD NAME. Prints NAME once both are written. CARD is a card in the user's folder. The LoRA has the
layers that trainers usually take, at a rank of 32, under the names of ComfyUI.
"""

import sys
from collections.abc import Iterator
from typing import Any, Final

import tomli_w
import torch
from torch import Tensor

from engine.documents import read_toml
from engine.files import save_file
from engine.folders import cards_folder, models_folder
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import CARD_FILE
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.loading.random_weights import write_checkpoint
from engine.model_files import ModelFile

RANK: Final = 32
STRENGTH: Final = 0.1
"""Of what it adds to a layer's output, which is of order one: it must not drown the model."""

_FILE: Final = ModelFile("hardcut/random", "style.safetensors", "none")
_SEED: Final = 0


def adapters(dims: ModelDims) -> Iterator[tuple[str, int, int]]:
    """Yield layers as (name in Wan's own layout, inputs, outputs)."""
    for index in range(dims.layers):
        for attention in ("self_attn", "cross_attn"):
            for part in "qkvo":
                yield f"blocks.{index}.{attention}.{part}", dims.dim, dims.dim
        yield f"blocks.{index}.ffn.0", dims.dim, dims.ffn_dim
        yield f"blocks.{index}.ffn.2", dims.ffn_dim, dims.dim


def tensors(dims: ModelDims) -> dict[str, Tensor]:
    """Return the file's tensors, bfloat16."""
    draw, found = torch.Generator().manual_seed(_SEED), {}
    for name, inputs, outputs in adapters(dims):
        down = torch.randn(RANK, inputs, generator=draw) * inputs**-0.5
        up = torch.randn(outputs, RANK, generator=draw) * STRENGTH * RANK**-0.5
        found[f"diffusion_model.{name}.lora_A.weight"] = down.to(torch.bfloat16)
        found[f"diffusion_model.{name}.lora_B.weight"] = up.to(torch.bfloat16)
    return found


def main() -> int:
    card_name, name = sys.argv[1:]
    path = _FILE.path(models_folder())
    path.parent.mkdir(parents=True, exist_ok=True)
    write_checkpoint(path, tensors(load_card(card_name).dims))
    document: dict[str, Any] = dict(read_toml(cards_folder() / f"{card_name}.toml", CARD_FILE))
    document["lora"] = {"repo": _FILE.repo, "file": _FILE.file, "licence": _FILE.licence, "live": True}
    save_file(cards_folder() / f"{name}.toml", tomli_w.dumps(document), CARD_FILE)
    sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
