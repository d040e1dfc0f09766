"""The chunks that are audited: the bench's, and those of the generator that the program plays."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import torch

from bench.wan.options import WanBenchOptions
from bench.wan.subject import Subject
from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.wan import parameters as p
from engine.generators.wan.card_library import load_card
from engine.generators.wan.cards import LATENT_STRIDE, Compilation, Graphs, ModelCard, Pace, Precision
from engine.generators.wan.generator import WanGenerator
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame

_CHUNKS: Final = 2
"""Of the bench's, once the window is full: they do not differ."""

_DTYPE: Final = torch.bfloat16
"""On a CPU too: in float32 there would be no conversions to see."""

Chunk = Callable[[], object]
"""Makes one chunk, and waits for it."""


def bench_chunks(options: WanBenchOptions, device: torch.device, tell: Callable[[str], None]) -> Iterator[Chunk]:
    """Steady chunks of the bench's subject."""
    subject = Subject(options, device, tell, dtype=_DTYPE)
    for _ in range(subject.chunks_to_steady):
        subject.make_chunk().end.wait()
    for _ in range(_CHUNKS):
        yield subject.make_chunk


def generator_chunks(options: WanBenchOptions, device: torch.device, _tell: Callable[[str], None]) -> Iterator[Chunk]:
    """What can happen to a chunk of a show: nothing new, all of it turned, inputs left out and back, a cut."""
    card = _card(options)
    generator = WanGenerator(card, device=str(device), dtype=_DTYPE)
    try:
        for _ in generator.warm_up():
            """It takes its time."""
        steady = _request(card)
        for _ in range(card.recipe.window // card.recipe.block_frames + 1):
            generator.generate(steady, _never)
        turned = dataclasses.replace(steady, prompt=PromptBlend((("gold", 0.5), ("sea", 0.5))), past_bias=0.5)
        free = dataclasses.replace(steady, control=None, values={**steady.values, p.STRENGTH: 1.0})
        for request in (steady, turned, free, steady):
            yield _chunk(generator, request)
        generator.reset()
        for _ in range(2):
            yield _chunk(generator, steady)
    finally:
        generator.close()


def _chunk(generator: WanGenerator, request: ChunkRequest) -> Chunk:
    return lambda: generator.generate(request, _never)


def _card(options: WanBenchOptions) -> ModelCard:
    """The generator that the options describe, at random weights and as written; its codec is a small one."""
    precision = Precision.FP8 if options.fp8 else Precision.BF16
    return dataclasses.replace(
        load_card("wan-tiny"),
        dims=options.dims,
        recipe=options.recipe,
        edge=LATENT_STRIDE * options.grid.height,
        depth_branch=options.vace,
        pace=Pace(precision, Compilation.OFF, Graphs.OFF),
    )


def _request(card: ModelCard) -> ChunkRequest:
    image = np.full((FRAME_SIZE, FRAME_SIZE, 3), 90, np.uint8)
    depth = np.full((FRAME_SIZE, FRAME_SIZE), 0.5, np.float32)
    return ChunkRequest(
        key=ChunkKey(0, 0, 0),
        frames=tuple(InputFrame(number, 0, 0, image) for number in range(card.chunk_frames)),
        control=ControlMap(0, 0, 0, depth, np.zeros((FRAME_SIZE, FRAME_SIZE, 2), np.float32)),
        now_ns=0,
        period_ns=NS_PER_SECOND // 30,
        values=p.PARAMETERS.defaults(),
        prompt=PromptBlend((("gold", 1.0),)),
    )


def _never() -> bool:
    return False
