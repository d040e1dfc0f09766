"""Plays every factory scene of the built-in generator on every set of the stage, counts, and writes contact sheets.

Usage: pictures FOLDER. Its last line is JSON: see `bench.picture_measures.PictureMeasures`.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    flicker,
    grey,
    mean_recall,
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
from engine.sources.stage_sets import WORDS, StageSet

PERIOD_NS: Final = NS_PER_SECOND // 30
CHUNK_FRAMES: Final = 2
"""Chunks with an inside, that steps across boundaries are held against; the program's have one frame."""

SETTLE_CHUNKS, MOVING_CHUNKS = 8, 16
STILL_SETTLE_CHUNKS, STILL_CHUNKS = 6, 8
"""Played and left out, played and counted: on the moving stage, then on its last frame, held."""

LOOKED_INTO: Final = 4
"""Pictures of the moving stage that a silhouette is looked for in, the last among them."""

STRIP: Final = 6
"""Pictures of one scene over time."""

CELL, LABEL = 224, 40
COLUMNS: Final = 5

Picture = npt.NDArray[np.uint8]
Input = tuple[InputFrame, ControlMap | None]


@dataclass(frozen=True, slots=True)
class SetFilm:
    """What is played on one set.

    Attributes:
        inputs: consecutive frames from the first on, each with its map; no camera cuts among them.
        outlines: of the figures and what is around them, by place in inputs; none on a set without a figure.
    """

    chosen: StageSet
    inputs: Sequence[Input]
    outlines: Mapping[int, Mask]


def film_set(chosen: StageSet, count: int) -> SetFilm:
    """Return the first frames of a set.

    Args:
        count: of frames: more than those that settle, and less than the first shot has (133).
    """
    renderer, estimator = StageRenderer(chosen=chosen), AutoEstimator()
    inputs: list[Input] = []
    for number in range(count):
        image, depth = renderer.render(number / 30)
        frame = InputFrame(
            frame_id=number, capture_ns=number * PERIOD_NS, source_serial=1, image=image, true_depth=depth
        )
        inputs.append((frame, estimator.push(frame, frame.capture_ns)))
    if not len(renderer.skeletons(0.0)):
        return SetFilm(chosen, inputs, {})
    places = np.linspace(count - 1, SETTLE_CHUNKS * CHUNK_FRAMES, LOOKED_INTO, endpoint=False).astype(int)
    return SetFilm(chosen, inputs, {int(place): _outline(inputs[place][0]) for place in places})


def _outline(frame: InputFrame) -> Mask:
    assert frame.true_depth is not None, "the stage knows its depth"
    return silhouette(frame.true_depth, FRAME_SIZE)


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


def measure_scene(generator: VideoGenerator, scene: Scene, film: SetFilm) -> tuple[SceneFigures, list[Picture]]:
    """Return the measures of a scene on a set, and its pictures over time."""
    length = generator.spec.chunk_frames
    run = SceneRun(generator, scene)
    images = list(run.play(film.inputs))
    moving = [grey(image) for image in images[SETTLE_CHUNKS * length :]]
    held = [film.inputs[-1]] * (STILL_SETTLE_CHUNKS + STILL_CHUNKS) * length
    still = [grey(image) for image in list(run.play(held))[STILL_SETTLE_CHUNKS * length :]]
    pairs = [(images[place], outline) for place, outline in film.outlines.items()]
    figures = SceneFigures(
        scene=scene.name,
        chosen=film.chosen,
        boundary=boundary_ratio(moving, length),
        flicker=flicker(still),
        found=mean_recall(pairs) if pairs else None,
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
    edges = "no figure" if figures.found is None else f"edges {100 * figures.found.recall:.0f}%"
    measured = f"step {figures.boundary:.2f}  flicker {figures.flicker:.2f}  {edges}"
    for row, text in enumerate((figures.scene, measured)):
        at = (4, 16 + 18 * row)
        cv2.putText(strip, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (235, 235, 235), 1, cv2.LINE_AA)
    return np.vstack((picture, strip))


def sheet(cells: Sequence[Picture], columns: int) -> Picture:
    """Arrange cells of one size in rows, the last filled up with black."""
    filled = [*cells, *[np.zeros_like(cells[0])] * (-len(cells) % columns)]
    return np.vstack([np.hstack(filled[start : start + columns]) for start in range(0, len(filled), columns)])


def write_sheets(folder: Path, chosen: StageSet, runs: Sequence[tuple[SceneFigures, list[Picture]]]) -> list[Path]:
    """Write the last pictures of all scenes on one sheet, and all their pictures on another; return where.

    Raises:
        OSError: one cannot be written.
    """
    name = WORDS[chosen].label.lower()
    overview = sheet([labelled(strip[-1], figures) for figures, strip in runs], COLUMNS)
    strips = cv2.pyrDown(sheet([labelled(cell, figures) for figures, strip in runs for cell in strip], STRIP))
    sheets = {folder / f"{name}-scenes.png": overview, folder / f"{name}-strips.png": np.asarray(strips, np.uint8)}
    for path, picture in sheets.items():
        if not cv2.imwrite(str(path), picture):
            raise OSError(f"{path} could not be written")
    return list(sheets)


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    entry = in_chunks(find_generator(DEFAULT_GENERATOR), CHUNK_FRAMES)
    spec = entry.describe()
    generator = entry.build()
    for _ in generator.warm_up():
        pass
    library = load_library(spec.scenes_folder, spec.parameters)
    scenes: list[SceneFigures] = []
    sheets: list[Path] = []
    for chosen in StageSet:
        film = film_set(chosen, (SETTLE_CHUNKS + MOVING_CHUNKS) * spec.chunk_frames)
        runs = [measure_scene(generator, scene, film) for scene in library.values()]
        scenes += [figures for figures, _ in runs]
        sheets += write_sheets(folder, chosen, runs)
    generator.close()
    found = PictureMeasures(tuple(scenes), tuple(map(str, sheets)))
    sys.stdout.write(json.dumps(to_plain(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
