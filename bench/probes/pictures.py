"""Plays every factory scene of the built-in generator on the stage, counts, and writes contact sheets.

Usage: pictures FOLDER. Its last line is JSON: see `bench.picture_measures.PictureMeasures`.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench.picture_measures import (
    Mask,
    PictureMeasures,
    SceneFigures,
    boundary_ratio,
    edge_recall,
    flicker,
    grey,
    silhouette,
)
from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, VideoGenerator
from engine.generators.registry import DEFAULT_GENERATOR, find_generator, in_chunks
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame
from engine.messages.scenes import Scene, load_library
from engine.preprocess.auto import AutoEstimator
from engine.session.plain import to_plain
from engine.sources.stage import StageRenderer

PERIOD_NS: Final = NS_PER_SECOND // 30
CHUNK_FRAMES: Final = 2
"""Chunks with an inside, that steps across boundaries are held against; the program's have one frame."""

SETTLE_CHUNKS, MOVING_CHUNKS = 8, 16
STILL_SETTLE_CHUNKS, STILL_CHUNKS = 6, 8
"""Played and left out, played and counted: on the moving stage, then on its last frame, held."""

STRIP: Final = 6
"""Pictures of one scene over time."""

CELL, LABEL = 224, 40
COLUMNS: Final = 5

Picture = npt.NDArray[np.uint8]
Input = tuple[InputFrame, ControlMap | None]


def stage_inputs(count: int) -> list[Input]:
    """Return consecutive frames of the stage, each with its map."""
    renderer, estimator = StageRenderer(), AutoEstimator()
    inputs = []
    for number in range(count):
        image, depth = renderer.render(number / 30)
        frame = InputFrame(
            frame_id=number, capture_ns=number * PERIOD_NS, source_serial=1, image=image, true_depth=depth
        )
        inputs.append((frame, estimator.push(frame, frame.capture_ns)))
    return inputs


class SceneRun:
    """Play one scene from a cut on."""

    def __init__(self, generator: VideoGenerator, scene: Scene) -> None:
        self._generator = generator
        self._scene = scene
        self._chunk_count = 0
        generator.reset()

    def play(self, inputs: Sequence[Input]) -> Iterator[Picture]:
        """Return the frames of the chunks made of these inputs."""
        spec = self._generator.spec
        for start in range(0, len(inputs), spec.chunk_frames):
            taken = inputs[start : start + spec.chunk_frames]
            request = ChunkRequest(
                key=ChunkKey(0, 0, self._chunk_count),
                frames=tuple(frame for frame, _ in taken),
                control=taken[-1][1],
                now_ns=taken[-1][0].capture_ns,
                period_ns=PERIOD_NS,
                values=self._scene.values(spec.parameters),
                prompt=self._scene.blend(),
            )
            self._chunk_count += 1
            yield from self._generator.generate(request, lambda: False).images


def measure_scene(
    generator: VideoGenerator, scene: Scene, inputs: Sequence[Input], outline: Mask
) -> tuple[SceneFigures, list[Picture]]:
    """Return the measures of a scene, and its pictures over time."""
    length = generator.spec.chunk_frames
    run = SceneRun(generator, scene)
    images = list(run.play(inputs))
    moving = [grey(image) for image in images[SETTLE_CHUNKS * length :]]
    held = [inputs[-1]] * (STILL_SETTLE_CHUNKS + STILL_CHUNKS) * length
    still = [grey(image) for image in list(run.play(held))[STILL_SETTLE_CHUNKS * length :]]
    recall, chance = edge_recall(images[-1], outline)
    figures = SceneFigures(
        scene=scene.name,
        boundary=boundary_ratio(moving, length),
        flicker=flicker(still),
        recall=recall,
        chance=chance,
    )
    places = np.linspace(0, len(images) - 1, STRIP).round().astype(int)
    return figures, [small(images[place]) for place in places]


def small(image: Picture) -> Picture:
    """Return a picture at the size of a cell, in OpenCV's order of colours."""
    reduced = cv2.resize(np.ascontiguousarray(image[..., 2::-1]), (CELL, CELL), interpolation=cv2.INTER_AREA)
    return np.asarray(reduced, np.uint8)


def labelled(picture: Picture, figures: SceneFigures) -> Picture:
    """Return a cell with its scene's name and figures below."""
    strip = np.zeros((LABEL, CELL, 3), np.uint8)
    measured = f"step {figures.boundary:.2f}  flicker {figures.flicker:.2f}  edges {100 * figures.recall:.0f}%"
    for row, text in enumerate((figures.scene, measured)):
        at = (4, 16 + 18 * row)
        cv2.putText(strip, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (235, 235, 235), 1, cv2.LINE_AA)
    return np.vstack((picture, strip))


def sheet(cells: Sequence[Picture], columns: int) -> Picture:
    """Arrange cells of one size in rows, the last filled up with black."""
    filled = [*cells, *[np.zeros_like(cells[0])] * (-len(cells) % columns)]
    return np.vstack([np.hstack(filled[start : start + columns]) for start in range(0, len(filled), columns)])


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    entry = in_chunks(find_generator(DEFAULT_GENERATOR), CHUNK_FRAMES)
    spec = entry.describe()
    generator = entry.build()
    for _ in generator.warm_up():
        pass
    inputs = stage_inputs((SETTLE_CHUNKS + MOVING_CHUNKS) * spec.chunk_frames)
    truth = inputs[-1][0].true_depth
    assert truth is not None, "the stage knows its depth"
    outline = silhouette(truth, FRAME_SIZE)
    library = load_library(spec.scenes_folder, spec.parameters)
    runs = [measure_scene(generator, scene, inputs, outline) for scene in library.values()]
    generator.close()
    overview = sheet([labelled(strip[-1], figures) for figures, strip in runs], COLUMNS)
    strips = cv2.pyrDown(sheet([labelled(cell, figures) for figures, strip in runs for cell in strip], STRIP))
    sheets = {"scenes.png": overview, "strips.png": strips}
    for name, picture in sheets.items():
        if not cv2.imwrite(str(folder / name), picture):
            raise OSError(f"{folder / name} could not be written")
    found = PictureMeasures(tuple(figures for figures, _ in runs), tuple(str(folder / name) for name in sheets))
    sys.stdout.write(json.dumps(to_plain(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
