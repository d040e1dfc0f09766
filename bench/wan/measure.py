"""Two figures of one assembled generator: its bare model, and all of it as the program runs it.

The bare model is the running video of that generator, asked for chunks without depth and without a picture to start
from, whose pictures are not waited for before the next chunk is launched: what the device could do if it did nothing
else. The generator as the program runs it is `WanGenerator.generate` with depth and picture, one chunk after another.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import torch
from torch import Tensor

from bench.wan.model import never, request_of
from bench.wan.options import WanBenchOptions
from bench.wan.timing import Mark, mark
from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkRequest
from engine.generators.transfers import OnHost
from engine.generators.wan.arithmetic import Ceilings, Work, pass_work
from engine.generators.wan.assembly import WanParts
from engine.generators.wan.device.side_stream import SideStream
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.recipes import ContextKind, Recipe
from engine.generators.wan.video import WanVideo

Result = TypeVar("Result")

DECODE: Final = "decode"
CLEAN_PASS: Final = "clean pass"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a chunk: its median, and the time that no version can beat; ms."""

    name: str
    ms: float
    floor_ms: float


@dataclass(frozen=True, slots=True)
class WanFigures:
    """One way of running the generator.

    Attributes:
        left_out: what this way leaves out of the program's, in words.
        chunk_ms: mean time of a chunk; longest_ms: the longest of one, where chunks are waited for.
        frames: of a chunk; stages: in order, where they were looked at.
    """

    left_out: tuple[str, ...]
    chunk_ms: float
    longest_ms: float | None
    floor_ms: float
    frames: int
    fps: float
    stages: tuple[Stage, ...] = ()


class TimedSideStream(SideStream):
    """The stream of a video, with a mark before and behind what runs in it, and one behind its launch."""

    def __init__(self, device: torch.device, lane_device: torch.device) -> None:
        super().__init__(lane_device)
        self._device = device
        self.started = self.ended = self.launched = mark(device)

    def launch(self, work: Callable[[Tensor], Result], x: Tensor) -> Result:
        def timed(x: Tensor) -> Result:
            self.started = mark(self._device)
            result = work(x)
            self.ended = mark(self._device)
            return result

        result = super().launch(timed, x)
        self.launched = mark(self._device)
        return result


@dataclass(frozen=True, slots=True)
class _BareChunk:
    """A chunk under way, with marks at the pauses of `WanVideo.launch`, in its stream, and at its end."""

    pauses: tuple[Mark, ...]
    decode: tuple[Mark, Mark]
    rest: tuple[Mark, Mark]
    pictures: OnHost

    def wait(self) -> None:
        """Wait until the pictures are decoded and the block is in the cache."""
        self.pictures.wait()
        self.decode[1].wait()
        self.rest[1].wait()

    def stages_ms(self, recipe: Recipe) -> dict[str, float]:
        """Return the milliseconds of each stage, in order."""
        spans = [later.ms_since(earlier) for earlier, later in zip(self.pauses, self.pauses[1:], strict=False)]
        names = ["conditioning", "context", *_pass_names(recipe)]
        found = dict(zip(names, spans, strict=True))
        if recipe.context is not ContextKind.RECOMPUTE:
            del found["context"]
        found[DECODE] = self.decode[1].ms_since(self.decode[0])
        if recipe.context is ContextKind.CLEAN_PASS:
            found[CLEAN_PASS] = self.rest[1].ms_since(self.rest[0])
        return found


def bare_model(
    generator: WanGenerator, options: WanBenchOptions, device: torch.device, ceilings: Ceilings
) -> WanFigures:
    """Measure the bare model over so many chunks, each launched while the one before is still being worked on.

    Leaves the generator's video in a stream that takes time: measure this last.
    """
    card, recipe, video = generator.parts.card, options.recipe, generator.video
    request = request_of(card, options, depth=options.vace, picture=False)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    video.side_stream = stream = TimedSideStream(device, device if options.overlap else torch.device("cpu"))
    for _ in range(to_steady(video)):
        _launch(video, request, stream, device).wait()
    start_ns = time.perf_counter_ns()
    chunks: list[_BareChunk] = []
    for _ in range(options.chunks):
        chunks.append(_launch(video, request, stream, device))
        if len(chunks) > 1:
            chunks[-2].wait()
    chunks[-1].wait()
    chunk_ms = (time.perf_counter_ns() - start_ns) / NS_PER_SECOND * 1e3 / len(chunks)
    floors = stage_floors(generator.parts, options, ceilings, depth=options.vace, picture=False)
    stages = _stages([chunk.stages_ms(recipe) for chunk in chunks], floors, chunk_ms, beside=_beside(options, device))
    frames = card.chunk_frames
    left_out = (*(() if options.vace else ("depth",)), "the input's picture", "waiting for each chunk")
    return WanFigures(left_out, chunk_ms, None, sum(floors.values()), frames, 1e3 * frames / chunk_ms, tuple(stages))


def as_played(generator: WanGenerator, options: WanBenchOptions, ceilings: Ceilings) -> WanFigures:
    """Measure the generator as the program runs it, over so many chunks, each waited for."""
    card = generator.parts.card
    request = request_of(card, options, depth=True, picture=True)
    for _ in range(to_steady(generator.video)):
        generator.generate(request, never)
    times_ms = []
    for _ in range(options.chunks):
        start_ns = time.perf_counter_ns()
        generator.generate(request, never)
        times_ms.append((time.perf_counter_ns() - start_ns) / NS_PER_SECOND * 1e3)
    floors = stage_floors(generator.parts, options, ceilings, depth=True, picture=True)
    chunk_ms = statistics.mean(times_ms)
    return WanFigures(
        (), chunk_ms, max(times_ms), sum(floors.values()), card.chunk_frames, 1e3 * card.chunk_frames / chunk_ms
    )


def stage_floors(
    parts: WanParts, options: WanBenchOptions, ceilings: Ceilings, *, depth: bool, picture: bool
) -> dict[str, float]:
    """Return by stage the least time of a steady chunk, in ms; stages left out take next to none.

    Args:
        depth, picture: as in `request_of`: each is a video to be encoded.
    """
    recipe, grid = options.recipe, options.grid
    weight_bytes = 1 if options.fp8 else parts.model.dtype.itemsize
    processes = parts.model.dims.heads // parts.model.window_dims.heads

    def one_pass(window: int, *, vace: bool) -> float:
        work = pass_work(options.dims, recipe, grid, window=window, vace=vace, weight_bytes=weight_bytes)
        return work.floor_ms(ceilings) / processes

    def coded(flops: int) -> float:
        return Work(other=recipe.block_frames * float(flops)).floor_ms(ceilings)

    found = {name: one_pass(recipe.window, vace=depth) for name in _pass_names(recipe)}
    block = recipe.block_frames
    match recipe.context:
        case ContextKind.CLEAN_PASS:
            found[CLEAN_PASS] = one_pass(recipe.window, vace=False)
        case ContextKind.RECOMPUTE:
            windows = range(block, recipe.past_frames + 1, block)
            found["context"] = sum(one_pass(window, vace=False) for window in windows)
    found[DECODE] = coded(parts.codec.open_decoder().flops(options.edge, options.edge))
    if encodings := depth + picture:
        found["conditioning"] = encodings * coded(parts.codec.open_encoder().flops(options.edge, options.edge))
    return found


def to_steady(video: WanVideo) -> int:
    """Chunks until the window is full and every stream steady, and one more."""
    return len(video.sampler.cache.lengths) + 2


def _pass_names(recipe: Recipe) -> list[str]:
    return [f"denoise {index + 1}" for index in range(len(recipe.steps))]


def _beside(options: WanBenchOptions, device: torch.device) -> bool:
    """Return whether decoding overlaps the passes."""
    return options.overlap and device.type == "cuda"


@torch.inference_mode()
def _launch(video: WanVideo, request: ChunkRequest, stream: TimedSideStream, device: torch.device) -> _BareChunk:
    work = video.launch(request)
    pauses: list[Mark] = []
    while True:
        try:
            next(work)
        except StopIteration as done:
            end = mark(device)
            in_stream = (stream.started, stream.ended)
            return _BareChunk(tuple(pauses), in_stream, (stream.launched, end), done.value.pictures)
        pauses.append(mark(device))


def _stages(
    chunks: Sequence[dict[str, float]], floors: dict[str, float], chunk_ms: float, *, beside: bool
) -> list[Stage]:
    """Return the medians of all stages, and of the time between them."""
    stages = [
        Stage(name, statistics.median(chunk[name] for chunk in chunks), floors.get(name, 0.0)) for name in chunks[0]
    ]
    line_ms = sum(stage.ms for stage in stages if not (beside and stage.name == DECODE))
    return [*stages, Stage("between", chunk_ms - line_ms, 0.0)]
