"""The causal Wan 2.1 generator: a video diffusion transformer that dreams block by block over a KV cache.

    cards, card_library, families    which models there are, and which others and the user add
    dims, recipes                    their sizes, and how each family is sampled
    spec, parameters                 what a performer is told and turns
    generator, video                 a request becomes blocks, and blocks become pictures
    conditioning                     what a request comes to for a block: prompt, input, depth, values
    assembly, memory                 the parts of a model, loaded where they fit
    model                            the transformer: one pass over one block of latent frames
    attention, kernels               what it computes with, proved on the machine before it is used
    sampling                         from noise, a picture and the past to the next block
    text                             prompts encoded aside, where there is room
    codecs                           between latents and pictures
    acceleration                     what makes a loaded model fast, in one order
    loading, files, library          weights: into a model, from files, and from their repositories
    device                           how work runs on a device: beside, one step ahead, to and fro

Importing this package costs no torch.
"""

from typing import TYPE_CHECKING

from engine.generators.base import GeneratorSpec
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import models_folder
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
