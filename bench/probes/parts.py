"""Times the parts of the chain one after the other in this one process, nothing beside them and nothing paced.

Usage: parts FOLDER CALLS. Its last line is JSON: {part: {"wall": [ms per call, …], "cpu": [ms of processor time of all
threads, …]}}, the first calls left out.
"""

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.probes.mixing import calls_of
from bench.probes.ways import measure_ways
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, VideoGenerator
from engine.generators.field.choice import Method
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.spec import CHUNK_FRAMES
from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.messages.frame import ControlMap, InputFrame, OutputFrame
from engine.messages.prompt import PromptBlend
from engine.messages.scenes import load_library
from engine.output.canvas import Canvas
from engine.output.layout import SharedMemory, Word
from engine.output.ring import RingWriter
from engine.output.settings import VideoFormat
from engine.preprocess.auto import AutoEstimator
from engine.sources.stage.render import StageRenderer
from engine.sources.stage_sets import StageSet, spec_of

WARM_UP_CALLS: Final = 10
TURNS: Final = 5
WAYS_TURNS: Final = 10
PERIOD_NS: Final = NS_PER_SECOND // 30

Times = dict[str, list[float]]


def timed(call: Callable[[], object], calls: int) -> Times:
    """Milliseconds of each of so many calls after the warm-up, by the clock and of the processors."""
    wall: list[float] = []
    cpu: list[float] = []
    for _ in range(WARM_UP_CALLS + calls):
        start_ns, used_ns = time.perf_counter_ns(), time.process_time_ns()
        call()
        wall.append((time.perf_counter_ns() - start_ns) / NS_PER_MS)
        cpu.append((time.process_time_ns() - used_ns) / NS_PER_MS)
    return {"wall": wall[WARM_UP_CALLS:], "cpu": cpu[WARM_UP_CALLS:]}


def stage_frames(count: int) -> list[InputFrame]:
    """Consecutive frames of the built-in stage."""
    renderer = StageRenderer()
    frames = []
    for number in range(count):
        image, depth = renderer.render(number / 30)
        frames.append(
            InputFrame(frame_id=number, capture_ns=number * PERIOD_NS, source_serial=1, image=image, true_depth=depth)
        )
    return frames


def measure_stage(calls: int, chosen: StageSet) -> Times:
    """Rendering a frame of a set: three a second, so that its cameras and solids take turns."""
    renderer, numbers = StageRenderer(chosen=chosen), itertools.count()
    return timed(lambda: renderer.render(next(numbers) / 3), calls)


def estimated(frames: list[InputFrame]) -> Iterator[tuple[InputFrame, ControlMap | None]]:
    """Return each frame with a map estimated from image cues, as for a camera."""
    estimator = AutoEstimator()
    for frame in frames:
        yield frame, estimator.push(replace(frame, true_depth=None), frame.capture_ns)


def measure_depth(frames: list[InputFrame], calls: int) -> Times:
    """Estimating a map from image cues."""
    stream = itertools.chain.from_iterable(estimated(frames) for _ in itertools.count())
    return timed(lambda: next(stream), calls)


def measure_generator(frames: list[InputFrame], calls: int) -> tuple[Times, int]:
    """Making a chunk of the home scene; and how many frames a chunk has."""
    entry = find_generator(DEFAULT_GENERATOR)
    generator = entry.build()
    durations_ms = timed(chunks(generator, frames), calls)
    generator.close()
    return durations_ms, entry.describe().chunk_frames


def measure_methods(frames: list[InputFrame], turns: int, calls: int) -> dict[str, list[float]]:
    """CPU milliseconds a frame of the built-in generator, one number a turn: as it plays, and by torch on the CPU.

    The two take turns, so that what else the machine does meets both alike.
    """
    generators = {"best": FieldGenerator("cpu"), "torch": FieldGenerator("cpu", method=Method.TORCH)}
    makers = {name: chunks(generator, frames) for name, generator in generators.items()}
    spent: dict[str, list[float]] = {name: [] for name in generators}
    for turn in range(turns + 1):
        for name, make in makers.items():
            start = time.process_time_ns()
            for _ in range(calls):
                make()
            if turn:  # the first warms up
                frames_made = calls * CHUNK_FRAMES
                spent[name].append((time.process_time_ns() - start) / NS_PER_MS / frames_made)
    for generator in generators.values():
        generator.close()
    return spent


def chunks(generator: VideoGenerator, frames: list[InputFrame]) -> Callable[[], object]:
    """Warm a generator up; each call then makes the next chunk of its home scene."""
    spec = generator.spec
    scene = load_library(spec.name, spec.parameters)[spec.home_scene]
    for _ in generator.warm_up():
        pass
    maps = list(estimated(frames))
    starts = itertools.cycle(range(0, len(frames) - spec.chunk_frames, spec.chunk_frames))
    indices = itertools.count()

    def chunk() -> object:
        start = next(starts)
        taken = frames[start : start + spec.chunk_frames]
        request = ChunkRequest(
            key=ChunkKey(0, 0, next(indices)),
            frames=tuple(taken),
            control=maps[start][1],
            now_ns=taken[-1].capture_ns + PERIOD_NS,
            period_ns=PERIOD_NS,
            values=scene.values(spec.parameters),
            prompt=PromptBlend(((scene.prompt, 1.0),)),
        )
        return generator.generate(request, lambda: False)

    return chunk


def measure_canvas(calls: int) -> Times:
    """Converting a picture to the default canvas."""
    canvas = Canvas(VideoFormat())
    picture = np.random.default_rng(0).integers(0, 256, (448, 448, 4), np.uint8)
    out = canvas.black()
    return timed(lambda: canvas.draw(picture, 1.0, out), calls)


def measure_ring(folder: Path, calls: int) -> Times:
    """Publishing a chunk of two frames, which the program's own is not: the ring's cost for more than one."""
    memory = SharedMemory.create(folder / "ring")
    writer = RingWriter(memory)
    image = np.zeros((448, 448, 4), np.uint8)
    image[..., 3] = 255
    frames = [
        OutputFrame(epoch=0, chunk_index=0, position=position, capture_ns=0, period_ns=PERIOD_NS, image=image)
        for position in range(2)
    ]

    def publish() -> None:
        memory.words[Word.CONSUMED] = memory.words[Word.PUBLISHED]  # as if the output had shown them
        writer.publish(frames, 0)

    durations_ms = timed(publish, calls)
    memory.close()
    return durations_ms


def main() -> int:
    folder, calls = Path(sys.argv[1]), int(sys.argv[2])
    cv2.setNumThreads(1)  # as in the program
    frames = stage_frames(60)
    generator, chunk_frames = measure_generator(frames, calls)
    document = {
        **{spec_of(chosen): measure_stage(calls, chosen) for chosen in StageSet},
        "depth": measure_depth(frames, calls),
        "generator": generator,
        "methods": measure_methods(frames, TURNS, calls // (4 * TURNS) + 1),
        "canvas": measure_canvas(calls),
        "ring": measure_ring(folder, calls),
        **{part: timed(call, calls) for part, call in calls_of(frames).items()},
        "chunk_frames": chunk_frames,
        "ways": measure_ways(WAYS_TURNS),
    }
    sys.stdout.write(json.dumps(document) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
