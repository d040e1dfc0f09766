"""The causal Wan 2.1 generator: a video diffusion transformer that generates block by block over a KV cache.

    generator       the interface of the program: warm-up, chunks, snapshots, openings
    video           one running video: encoders, sampler with its cache, decoder
    conditioning    input frames and depth as latents
    kept_source     what of the source stays while the rest is dreamt
    reference       the picture that a video begins with
    rehearsal       the request that the warm-up plays
    motion_noise    less noise where the source moves fast
    left_parts      what one generator leaves to the next
    assembly        loads the parts that a card names
    style           the LoRAs of a card: what of them plays
    memory          what a model needs, and what is free
    memory_plan     what of a model fits: a tiny codec, shorter windows, no openings, no depth; where the text goes
    memory_refusal  what to say where none of it does: with how little it would play, and what fits instead
    arithmetic      how much there is to compute in a pass, and its floor
    estimate        how fast a model will be, from that and a second of trying
    gpu_lack        whether there is a GPU for a model of full size
    forecast        which models run on a GPU, and about how fast
    cards, card_library, families, spec, parameters, recipes, dims
                    which models there are, how each family is sampled, what a performer turns
    quality         how chunks are made cheaper: fewer of the recipe's denoise steps
    sampling        denoising steps, noise, KV cache, context
    model           the transformer and its depth branch
    attention       attention kernels, each checked on this machine before it is used
    kernels         fp8 matmuls, row kernels, rotary embedding
    codecs          between pictures and latents
    text            prompts to embeddings, and the way from one to another
    parallel        processes that share every pass, one a GPU
    acceleration    compiling, quantising, recording graphs
    components      keys of what is decided about
    device          streams, transfers, run-ahead, graph capture
    files, loading  from files of weights into a model
    library         fetching, inspecting and converting files: `hardcut models`

Importing this package costs no torch.

A chunk is made so: blend the prompts whose texts are encoded (a side thread encodes; until it is done the picture
goes on with the prompt it had, and the morph starts from its first step afterwards), encode the input and the depth,
each in a codec stream of its own, denoise with a safe point before each pass, and decode. The first latent frame
after a cut decodes to one picture where all others decode to four; it is held for four frames, so that every chunk
has its length. Where a recipe begins with a block longer than a chunk (StreamDiffusionV2: two latents, five pictures),
the newest pictures are shown, and its passes have shapes of their own. An abandoned chunk puts the encoders back; cache
and decoder have not been touched by then. Openings are prepared in a second video beside the running one: the same
weights, codec streams of its own and a cache just large enough for an opening.

A chunk carries notes (`ChunkNote`) for the performer: a prompt that could not be encoded or is read only in part, a
LoRA left out, work that came late. They become notices at its boundary; none of them ends the generator.
`PromptPrefetch` names the prompts that come next (the cut that waits, the playlist, the cue list, the armed scenes),
and a side thread encodes them, one at a time.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.folders import models_folder
from engine.generators.base import GeneratorSpec
from engine.generators.ranks import Ranks
from engine.generators.wan.card_library import load_card
from engine.generators.wan.spec import spec_of
from engine.messages.picture_format import PictureFormat

if TYPE_CHECKING:
    from engine.generators.wan.generator import WanGenerator

__all__ = ["describe_wan", "make_wan"]


def describe_wan(name: str) -> GeneratorSpec:
    """The spec of the generator that a model card names.

    Raises:
        GeneratorError: there is no such card, or it is at fault.
    """
    return spec_of(load_card(name), models_folder())


def make_wan(
    name: str, picture_format: PictureFormat = PictureFormat.SQUARE, ranks: Ranks | None = None
) -> "WanGenerator":
    """The generator of a model card, for pictures of a format; torch is imported now, weights are read in its warm-up.

    Args:
        ranks: the processes that may share its passes; None: this one alone.

    Raises:
        GeneratorError: a file is missing.
    """
    from engine.generators.wan.generator import WanGenerator

    return WanGenerator(replace(load_card(name), format=picture_format), ranks=ranks)
