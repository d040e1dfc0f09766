"""The causal Wan 2.1 generator: a video diffusion transformer that dreams block by block over a KV cache.

generator     a request becomes a chunk; what the chunk loop talks to
video         one running video: blocks, pictures, and the state to go on from
conditioning  input pictures and depth as latents
assembly      the parts of a model, loaded where they fit
memory        what a model needs, and what is free
acceleration  what makes it fast, proved before it is used
sampling      from noise, a picture and a prompt to the next block
model         one pass over one block of latent frames
attention     the attention kernels, proved on the machine before they are used
kernels       the other kernels: matrix products, rows, rotations
codecs        between latents and pictures
text          prompts, encoded aside where there is room
loading       from a file into a model
files         weight files: how they are read, named and written
library       files fetched, looked at, and converted
device        streams, graphs and transfers
cards, spec, parameters, recipes, dims    which models there are, how they are sampled, what a performer turns
components    the keys of what is decided

Importing this package costs no torch.
"""

from typing import TYPE_CHECKING

from engine.folders import models_folder
from engine.generators.base import GeneratorSpec
from engine.generators.wan.cards import load_card
from engine.generators.wan.spec import spec_of

if TYPE_CHECKING:
    from engine.generators.wan.generator import WanGenerator

__all__ = ["describe_wan", "make_wan"]


def describe_wan(name: str) -> GeneratorSpec:
    """The spec of the generator that a model card names.

    Raises:
        GeneratorError: there is no such card, or it is at fault.
    """
    return spec_of(load_card(name), models_folder())


def make_wan(name: str) -> "WanGenerator":
    """The generator of a model card; torch is imported now, weights are read in its warm-up.

    Raises:
        GeneratorError: a file is missing.
    """
    from engine.generators.wan.generator import WanGenerator

    return WanGenerator(load_card(name))
