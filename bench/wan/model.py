"""What is measured: the program's own Wan generator, of a model card with random weights in place of files."""

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import torch

from bench.wan.options import DECODERS, SMALL, WanBenchOptions
from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.ranks import Ranks
from engine.generators.wan import parameters as p
from engine.generators.wan.acceleration.plan import Tools, tools_of
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import Graphs, ModelCard, Pace, Precision
from engine.generators.wan.codecs.codec import CodecConfig
from engine.generators.wan.codecs.taehv import TAEW2_1
from engine.generators.wan.codecs.wan_vae import LIGHT_VAE, WAN_VAE
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.kernels.matmul_fp8 import TORCH_PRODUCT
from engine.generators.wan.kernels.rows import TorchRows
from engine.generators.wan.loading.random_weights import write_codec
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame
from engine.model_files import ModelFile

_CODECS: Final[Mapping[str, CodecConfig]] = dict(zip(DECODERS, (TAEW2_1, LIGHT_VAE, WAN_VAE), strict=True))
_CODEC_SEED: Final = 0

_PAST: Final = 0.5
"""Weight of the past in a biased pass; what it costs does not depend on it."""


def card_of(options: WanBenchOptions) -> ModelCard:
    """Return the generator's card with random weights, its codec from a file of such, and the pace that was asked for.

    The depth branch is there, as in the program; text is encoded by the stand-in, outside of every chunk.
    """
    return dataclasses.replace(
        load_card(options.generator),
        dims=options.dims,
        recipe=options.recipe,
        edge=options.edge,
        random_weights=True,
        depth_branch=True,
        transformer=None,
        depth=None,
        codec=None
        if options.decoder == SMALL
        else ModelFile("hardcut/random", f"{options.decoder}.safetensors", "none"),
        small_codec=None,
        raw_latents=False,
        text=None,
        tokenizer=None,
        loras=(),
        pace=Pace(
            Precision.FP8 if options.fp8 else Precision.BF16,
            options.compilation,
            Graphs.AUTO if options.graphs else Graphs.OFF,
        ),
    )


@contextmanager
def opened(
    options: WanBenchOptions, device: torch.device, *, dtype: torch.dtype | None = None
) -> Iterator[WanGenerator]:
    """Yield the generator of a card, not warmed up yet, for a with-block.

    Args:
        dtype: of weights and activations; None: what the device computes fastest.
    """
    card = card_of(options)
    with tempfile.TemporaryDirectory(prefix="hc-") as folder:
        if card.codec is not None:
            path = card.codec.path(Path(folder))
            path.parent.mkdir(parents=True)
            write_codec(path, _CODECS[options.decoder], _CODEC_SEED)
        generator = WanGenerator(
            card,
            folder=Path(folder),
            device=str(device),
            tools=_tools(options, device),
            dtype=dtype,
            ranks=Ranks(options.gpus),
        )
        try:
            yield generator
        finally:
            generator.close()


def _tools(options: WanBenchOptions, device: torch.device) -> Tools:
    """Return the device's tools, without kernels of our own where those are not wanted."""
    tools = tools_of(device)
    if options.kernels:
        return tools
    products = (TORCH_PRODUCT,) if isinstance(tools.products, tuple) else tools.products
    return dataclasses.replace(tools, products=products, rows=TorchRows)


def request_of(card: ModelCard, options: WanBenchOptions, *, depth: bool, picture: bool) -> ChunkRequest:
    """Return the request of a chunk, at the generator's default values.

    Args:
        depth: with a map for the depth branch; picture: with frames to start from, else from the prompt alone.
    """
    values = p.PARAMETERS.defaults()
    if options.bias:
        values = {**values, p.PAST: _PAST}
    if not picture:
        values = {**values, p.STRENGTH: 1.0}
    image = np.full((FRAME_SIZE, FRAME_SIZE, 3), 90, np.uint8)
    near = np.full((FRAME_SIZE, FRAME_SIZE), 0.5, np.float32)
    return ChunkRequest(
        key=ChunkKey(0, 0, 0),
        frames=tuple(InputFrame(number, 0, 0, image) for number in range(card.chunk_frames)) if picture else (),
        control=ControlMap(0, 0, 0, near, np.zeros((FRAME_SIZE, FRAME_SIZE, 2), np.float32)) if depth else None,
        now_ns=0,
        period_ns=NS_PER_SECOND // 30,
        values=values,
        prompt=PromptBlend((("gold", 1.0),)),
    )


def never() -> bool:
    """Nobody aborts a chunk."""
    return False
