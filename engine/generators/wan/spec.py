"""What a Wan generator is, told without torch."""

from hashlib import blake2b
from pathlib import Path
from typing import Final

from engine.generators.base import GeneratorSpec
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.files.ends import add_ends
from engine.generators.wan.parameters import parameters_of
from engine.generators.wan.quality import quality_steps

FAMILY: Final = "wan"
"""All sizes of the model play the same scenes."""


_SAMPLE: Final = 1 << 16
"""Bytes from each end of a file of weights: its header with every name and shape, and some of its numbers."""


def spec_of(card: ModelCard, folder: Path) -> GeneratorSpec:
    """The spec of a card's generator, with its files in a models folder."""
    return GeneratorSpec(
        name=card.name,
        label=card.label,
        chunk_frames=card.chunk_frames,
        parameters=parameters_of([lora.scale for lora in card.loras if lora.live]),
        home_scene="Molten Gold",
        family=FAMILY,
        weights=fingerprint(card, folder),
        package="engine.generators.wan",
        quality_steps=quality_steps(card.recipe),
        takes_reference=card.recipe.first_frame or card.depth_branch,
    )


def fingerprint(card: ModelCard, folder: Path) -> str:
    """Tells one set of weights and the way it is sampled from another: by the card, and each file's size and ends.

    Cheap, since it stands in every session's header: a file of many gigabytes is not read.
    """
    digest = blake2b(repr(card).encode(), digest_size=16)
    for file in card.files:
        path = file.path(folder)
        for one in sorted(path.glob("*")) if path.is_dir() else [path]:
            if one.is_file():
                try:
                    add_ends(digest, one, _SAMPLE)
                except OSError:
                    digest.update(b"unreadable")  # loading it will say why
    return digest.hexdigest()
