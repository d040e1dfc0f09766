"""Writes a model card with random weights into the user's folders, as the program reads them.

Usage: random_card CARD NAME RECIPE WINDOW PRECISION; RECIPE and WINDOW may be "". Prints NAME once all is written. The
transformer's weights are drawn when it is loaded; the tiny decoder stands in a file, in the published layout, so that
its own loader reads it. Texts are encoded by the stand-in.
"""

import sys
from typing import Final

import tomli_w

from engine.files import save_file
from engine.folders import cards_folder, models_folder
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import CARD_FILE, ModelCard
from engine.generators.wan.codecs.taehv import TAEW2_1
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.loading.random_weights import write_codec
from engine.model_files import ModelFile

_CODEC: Final = ModelFile("hardcut/random", "taehv.safetensors", "none")
_SEED: Final = 0


def document(card: ModelCard, recipe: str, window: str, precision: str) -> dict[str, object]:
    """Return the card's file; the tiny model keeps its own codec."""
    codec = {"repo": _CODEC.repo, "file": _CODEC.file, "licence": _CODEC.licence}
    return {
        "label": f"{card.label}, random weights",
        "dims": card.dims.name,
        "recipe": recipe or card.recipe.name,
        **({"window": int(window)} if window else {}),
        "edge": card.edge,
        "random_weights": True,
        "depth_branch": True,
        "precision": precision,
        **({} if card.dims == WAN_TINY else {"codec": codec}),
    }


def main() -> int:
    card_name, name, recipe, window, precision = sys.argv[1:]
    card = load_card(card_name)
    if card.dims != WAN_TINY:
        path = _CODEC.path(models_folder())
        path.parent.mkdir(parents=True, exist_ok=True)
        write_codec(path, TAEW2_1, _SEED)
    save_file(cards_folder() / f"{name}.toml", tomli_w.dumps(document(card, recipe, window, precision)), CARD_FILE)
    sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
