"""A generator by its name, in this process: asked for chunk after chunk as a show asks, with nothing around it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import torch

from bench.wan.model import never
from engine.clock import NS_PER_SECOND
from engine.generators.base import Chunk, ChunkKey, ChunkRequest, GeneratorSpec, PromptBlend
from engine.generators.ranks import Ranks
from engine.generators.torch_settings import use_threads
from engine.generators.wan import parameters as p
from engine.generators.wan.card_library import load_card
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.video import LaunchedChunk, WanVideo
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame

_PICTURES: Final = 4
"""Pictures and maps that go round; noise, since even ones need less power."""

PROMPT_CHUNKS: Final = 20
"""Chunks from one prompt to the next."""

_PROMPTS: Final = ("gold", "rain", "a reef", "marble", "paper", "falling")


class LentGenerator(WanGenerator):
    """A model that plays in one show after another: closed by one of them, it stays warm for the next.

    Attributes:
        ended_ns: when each chunk was made, on the monotonic clock.
    """

    def __init__(self, name: str, gpus: int = 1) -> None:
        super().__init__(load_card(name), ranks=Ranks(gpus))
        self.ended_ns: list[int] = []
        self._warm = False

    def warm_up(self) -> Iterator[float]:
        if not self._warm:
            yield from super().warm_up()
            self._warm = True
        use_threads(self._device, self._threads)  # of the thread that plays it now
        yield 1.0

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        chunk = super().generate(request, aborted)
        self.ended_ns.append(time.monotonic_ns())
        return chunk

    def close(self) -> None:
        """Forget the show, and nothing else."""
        self.reset()

    def leave(self) -> None:
        """The same."""
        self.reset()

    def end(self) -> None:
        """Let go of everything."""
        super().close()


def warmed(name: str, gpus: int = 1) -> LentGenerator:
    """Return the model of a card, ready to play.

    Raises:
        GeneratorError: there is no such card, or it cannot be had.
    """
    generator = LentGenerator(name, gpus)
    for _ in generator.warm_up():
        """One more part of it."""
    return generator


class Requests:
    """What a show asks a model for: every branch that plays at the default values, a new prompt now and then."""

    def __init__(self, spec: GeneratorSpec) -> None:
        self._spec = spec
        self._index = 0
        draw = np.random.default_rng(0)
        shape = (FRAME_SIZE, FRAME_SIZE)
        self._images = [draw.integers(0, 256, (*shape, 3), np.uint8) for _ in range(_PICTURES)]
        self._maps = [
            ControlMap(number, 0, 0, draw.random(shape, np.float32), np.zeros((*shape, 2), np.float32))
            for number in range(_PICTURES)
        ]

    def next(self) -> ChunkRequest:
        """Return the request of the next chunk, with depth and input pictures."""
        index, frames = self._index, self._spec.chunk_frames
        self._index += 1
        prompt = _PROMPTS[index // PROMPT_CHUNKS % len(_PROMPTS)]
        return ChunkRequest(
            key=ChunkKey(0, 0, index),
            frames=tuple(
                InputFrame(number, 0, 0, self._images[number % _PICTURES])
                for number in range(index * frames, (index + 1) * frames)
            ),
            control=self._maps[index % _PICTURES],
            now_ns=0,
            period_ns=NS_PER_SECOND // 30,
            values=self._spec.parameters.defaults(),
            prompt=PromptBlend(((prompt, 1.0),)),
        )

    def next_bare(self) -> ChunkRequest:
        """Return the same without input pictures: what the bare model is asked for, with depth."""
        request = self.next()
        return replace(request, frames=(), values={**request.values, p.STRENGTH: 1.0})


@torch.inference_mode()
def launch(video: WanVideo, request: ChunkRequest) -> LaunchedChunk:
    """Launch a chunk, and do not wait for its pictures."""
    work = video.launch(request)
    while True:
        try:
            next(work)
        except StopIteration as done:
            launched: LaunchedChunk = done.value
            return launched


def slides_to_full(generator: WanGenerator) -> int:
    """Return the chunks until attention sees a full window, and one more: from then on it slides."""
    return len(generator.video.sampler.cache.lengths) + 1


def play(generator: WanGenerator, requests: Requests, chunks: int) -> None:
    """Make so many chunks, each waited for."""
    for _ in range(chunks):
        generator.generate(requests.next(), never)
