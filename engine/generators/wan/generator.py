"""Wan as a generator of the program: built from a model card, warmed up, and asked for chunks."""

import logging
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.clock import NS_PER_SECOND
from engine.errors import GeneratorError
from engine.events import BackendChoice
from engine.frame import FRAME_SIZE, ControlMap, InputFrame
from engine.generators.base import (
    CacheSnapshot,
    Chunk,
    ChunkAbortedError,
    ChunkKey,
    ChunkRequest,
    GeneratorSpec,
    Opening,
    PromptBlend,
)
from engine.generators.wan.assembly import WanParts, assemble
from engine.generators.wan.cards import ModelCard, models_folder
from engine.generators.wan.parameters import PARAMETERS
from engine.generators.wan.sampler import BlockSampler
from engine.generators.wan.show import ShownChunk, ShowState, WanShow
from engine.generators.wan.spec import spec_of

_log: Final = logging.getLogger(__name__)

_LOADED: Final = 0.8
"""Share of the warm-up until the first chunk."""


class WanGenerator:
    """A causal Wan model. Owned by one thread; see VideoGenerator.

    Args:
        folder: where weights lie; None: the user's models folder.
        device: "cpu", "cuda" or "cuda:N"; None: the first CUDA device if there is one, else the CPU.
        threads: torch's threads on a CPU; None: one, which leaves the other cores to the output and the window.

    Raises:
        GeneratorError: a file of the card is missing, or the device is not there.
    """

    def __init__(
        self, card: ModelCard, *, folder: Path | None = None, device: str | None = None, threads: int | None = None
    ) -> None:
        name = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if name.startswith("cuda") and not torch.cuda.is_available():
            raise GeneratorError("There is no CUDA device", where=name, remedy="Choose cpu, or install the driver.")
        self._card = card
        self._spec = spec_of(card)
        self._folder = folder or models_folder()
        self._device = torch.device(name)
        self._threads = threads or 1
        self._parts: WanParts | None = None
        self._show: WanShow | None = None
        self._aside: WanShow | None = None
        self._left_out = ""
        card.require_files(self._folder)

    @property
    def spec(self) -> GeneratorSpec:
        return self._spec

    def warm_up(self) -> Iterator[float]:
        if self._device.type == "cpu":
            torch.set_num_threads(self._threads)
        loading = assemble(self._card, self._folder, self._device)
        while True:
            try:
                with torch.inference_mode():
                    progress = next(loading)
            except StopIteration as done:
                parts: WanParts = done.value
                break
            yield _LOADED * progress
        self._parts = parts
        with torch.inference_mode():
            sampler = BlockSampler(parts.model, self._card.recipe, self._card.grid)
            self._show = WanShow(parts, sampler)
            # Openings are prepared in a video of their own, beside the running one.
            self._aside = WanShow(parts, BlockSampler(parts.model, self._card.recipe, self._card.grid))
        # On a GPU one chunk at every length of the window, and one more at the last: from then on no shape is new,
        # and no kernel. On a CPU nothing is gained by more than one.
        chunks = len(sampler.cache.lengths) + 1 if self._device.type == "cuda" else 1
        for index in range(chunks):
            self.generate(_rehearsal(self._spec, index), lambda: False)
            yield _LOADED + (1.0 - _LOADED) * (index + 1) / (chunks + 1)
        for _ in self.prepare(_rehearsal(self._spec, 0)):
            """One more step of it."""
        self.reset()
        yield 1.0

    def reset(self) -> None:
        if self._show is not None:
            with torch.inference_mode():
                self._show.reset()

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        work = self._paused(self._running().chunk(request))
        while True:
            try:
                next(work)
            except StopIteration as done:
                made: ShownChunk = done.value
                break
            if aborted():
                work.close()
                raise ChunkAbortedError
        if made.left_out and made.left_out != self._left_out:
            _log.warning("%s", made.left_out)
        self._left_out = made.left_out
        return Chunk(request.key, made.images)

    def prepare(self, request: ChunkRequest) -> Generator[None, None, Opening]:
        if self._aside is None:
            raise _not_warmed_up(self._card)
        made = yield from self._paused(self._aside.opening(request))
        return Opening(request, Chunk(request.key, made.images), self._kept(self._aside))

    def snapshot(self) -> CacheSnapshot:
        return self._kept(self._running())

    def restore(self, snapshot: CacheSnapshot) -> None:
        if snapshot.generator != self._spec.name or not isinstance(snapshot.state, ShowState):
            raise GeneratorError("These caches are another generator's", where=snapshot.generator)
        with torch.inference_mode():
            self._running().restore(snapshot.state)

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._parts.choices if self._parts is not None else ()

    def close(self) -> None:
        if self._parts is not None:
            self._parts.texts.close()
        self._parts = self._show = self._aside = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _running(self) -> WanShow:
        if self._show is None:
            raise _not_warmed_up(self._card)
        return self._show

    def _kept(self, show: WanShow) -> CacheSnapshot:
        with torch.inference_mode():
            state = show.state()
        return CacheSnapshot(self._spec.name, state.bytes, state)

    def _paused(self, work: Generator[None, None, ShownChunk]) -> Generator[None, None, ShownChunk]:
        """The same work under inference mode, but not across a pause: the mode belongs to the thread."""
        while True:
            try:
                with torch.inference_mode():
                    next(work)
            except StopIteration as done:
                made: ShownChunk = done.value
                return made
            except torch.OutOfMemoryError as error:
                raise GeneratorError(
                    "The device ran out of memory",
                    where=f"{self._card.name}, {self._device}",
                    remedy="Close other programs on the device, or choose a smaller model.",
                ) from error
            try:
                yield
            except GeneratorExit:
                work.close()
                raise


def _not_warmed_up(card: ModelCard) -> GeneratorError:
    return GeneratorError("Wan was asked for pictures before its warm-up", where=card.name)


def _rehearsal(spec: GeneratorSpec, index: int) -> ChunkRequest:
    """A request that goes through every stage."""
    image = np.zeros((FRAME_SIZE, FRAME_SIZE, 3), np.uint8)
    flat = np.zeros((FRAME_SIZE, FRAME_SIZE), np.float32)
    flow = np.zeros((FRAME_SIZE, FRAME_SIZE, 2), np.float32)
    return ChunkRequest(
        key=ChunkKey(0, 0, index),
        frames=tuple(InputFrame(number, 0, 0, image) for number in range(spec.chunk_frames)),
        control=ControlMap(0, 0, 0, flat, flow),
        now_ns=0,
        period_ns=NS_PER_SECOND // 30,
        values=PARAMETERS.defaults(),
        prompt=PromptBlend((("", 1.0),)),
    )
