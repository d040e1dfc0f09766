"""The causal Wan 2.1 generator: a video diffusion transformer that dreams block by block over a KV cache.

    cards, spec, parameters                      which models there are, and what a performer turns
    generator, conditioning, prompts, text       a request becomes blocks, and blocks become pictures
    assembly, memory                             the parts of a model, loaded where they fit
    acceleration, probe, compiling, precision,
    rows, triton_rows, graphs                    what makes it fast, proved before it is used
    execution, streams, lane, leash, transfers   how it runs on a device: replayed, beside, one step ahead, to and fro
    config, names, tensor_file, checkpoint,
    loading, lora                                what there is, and how it gets from a file into a model
    hub, fetching, inspection, converting,
    tensor_writer                                files fetched, looked at, and written in another layout
    umt5, umt5_weights, text_place               prompts encoded aside, in bfloat16 or fp8, where there is room
    transformer, blocks, linear, rope, vace      one pass over one block of latent frames
    attention                                    the kernels, proved on the machine before they are used
    kv_cache, context                            what a block can see of those before it
    sampler, noise, embeddings                   from noise, a picture and a prompt to the next block
    codecs                                       between latents and pictures

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
