"""`hardcut models audition NAME`: plays a generator for long, and shows what becomes of its pictures."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from app.commands.models.drift import MEASURES, ChunkFigures, DriftMeter, drift_of
from app.commands.models.drift_plot import draw
from engine.clock import NS_PER_SECOND, Clock
from engine.errors import GeneratorError
from engine.files import FileKind, save_file
from engine.generators.base import ChunkKey, ChunkRequest, VideoGenerator
from engine.generators.registry import build_generator, find_generator
from engine.generators.scenes import load_scenes
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.scenes import Scene
from engine.preprocess.auto import AutoEstimator
from engine.sources.stage import StageRenderer

FPS: Final = 30
STOPPED: Final = 128 + 2
"""Exit status after Ctrl-C."""

_DRAWING: Final = FileKind("drawing", GeneratorError)
_TELL_NS: Final = 10 * NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Audition:
    """What is played.

    Attributes:
        name: of the generator; scene: of its scenes, "": the one it begins with; chunks: how many, at least 2.
        still: the source stands still instead of dancing.
    """

    name: str
    scene: str
    chunks: int
    still: bool


class StageInputs:
    """The built-in dancer frame by frame, with true depth; the show's own source and estimate.

    Args:
        still: one frame, held.
    """

    def __init__(self, *, still: bool) -> None:
        self._renderer, self._estimator = StageRenderer(), AutoEstimator()
        self._still = still
        self._count = 0

    def next(self, count: int) -> tuple[tuple[InputFrame, ...], ControlMap | None]:
        """Return the next frames and the map of the last."""
        frames = []
        control = None
        for _ in range(count):
            image, depth = self._renderer.render(0.0 if self._still else self._count / FPS)
            at_ns = self._count * NS_PER_SECOND // FPS
            frame = InputFrame(self._count, at_ns, 1, image, depth)
            control = self._estimator.push(frame, at_ns)
            frames.append(frame)
            self._count += 1
        return tuple(frames), control


def play(generator: VideoGenerator, scene: Scene, chunks: int, *, still: bool) -> Iterator[ChunkFigures]:
    """Play a warm generator from a cut on, and measure each chunk.

    Raises:
        EngineError: a chunk could not be made.
    """
    spec, inputs, meter = generator.spec, StageInputs(still=still), DriftMeter()
    generator.reset()
    for index in range(chunks):
        frames, control = inputs.next(spec.chunk_frames)
        request = ChunkRequest(
            key=ChunkKey(0, 0, index),
            frames=frames,
            control=control,
            now_ns=frames[-1].capture_ns,
            period_ns=NS_PER_SECOND // FPS,
            values=scene.values(spec.parameters),
            prompt=scene.blend(),
        )
        yield meter.measure(generator.generate(request, lambda: False).images)


def audition(wanted: Audition, target: Path, out: TextIO, clock: Clock) -> int:
    """Play, print a table and write a drawing; return the exit status. Ctrl-C shows what there is by then.

    Raises:
        EngineError: there is no such generator or scene, it cannot be had here, or the drawing cannot be written.
    """
    if not os.access(target.absolute().parent, os.W_OK):
        raise GeneratorError("The drawing has no place there", where=str(target), remedy="Choose another folder.")
    generator = build_generator(find_generator(wanted.name))
    try:
        scene = _scene(generator, wanted.scene)
        out.write(f"{wanted.name}, {scene.name}: warming up.\n")
        out.flush()
        for _ in generator.warm_up():
            pass
        figures: list[ChunkFigures] = []
        told_ns, stopped = clock.now_ns(), False
        try:
            for one in play(generator, scene, wanted.chunks, still=wanted.still):
                figures.append(one)
                if (now_ns := clock.now_ns()) - told_ns >= _TELL_NS:
                    told_ns = now_ns
                    out.write(f"{len(figures)} of {wanted.chunks} chunks.\n")
                    out.flush()
        except KeyboardInterrupt:
            stopped = True
        seconds = len(figures) * generator.spec.chunk_frames / FPS
    finally:
        generator.close()
    if not figures:
        out.write("Stopped before the first chunk.\n")
        return STOPPED
    out.write(table(figures, seconds))
    save_file(target, draw(figures, f"{wanted.name}, {scene.name}", seconds), _DRAWING)
    out.write(f"Drawn over time: {target}\n")
    return STOPPED if stopped else 0


def table(figures: list[ChunkFigures], seconds: float) -> str:
    """Every measure from beginning to end, in lines of at most 80 columns."""
    lines = [f"{len(figures)} chunks, {seconds:.0f} s at {FPS} FPS. Medians of the first and the last tenth:"]
    lines.append(f"{'':12}{'begins':>10}{'ends':>10}{'change':>10}{'least':>10}{'most':>10}")
    for measure in MEASURES:
        one = drift_of(figures, measure)
        change = f"{100 * one.change:+.0f} %"
        lines.append(f"{measure:12}{one.begins:10.2f}{one.ends:10.2f}{change:>10}{one.least:10.2f}{one.most:10.2f}")
    return "\n".join(lines) + "\n"


def _scene(generator: VideoGenerator, name: str) -> Scene:
    library = load_scenes(generator.spec)
    name = name or generator.spec.home_scene
    if name not in library:
        raise GeneratorError("There is no such scene", where=name, remedy=f"Known are: {', '.join(library)}.")
    return library[name]
