"""The generator: the input as it is, trailing what was there before, in a colour."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from engine.generators.base import Chunk, ChunkAbortedError, ChunkRequest, GeneratorSpec
from engine.generators.registry import GeneratorEntry
from engine.messages.events import BackendChoice, Component
from engine.messages.parameters import ParameterSpec, ParameterTable
from engine.messages.picture_format import PictureFormat

SPEC = GeneratorSpec(
    name="echo",
    label="Echo",
    chunk_frames=2,
    parameters=ParameterTable(
        [
            ParameterSpec(
                id="echo.trails",
                label="Trails",
                minimum=0.0,
                maximum=0.98,
                default=0.8,
                help="How long what has moved stays.",
            ),
            ParameterSpec(
                id="echo.warmth",
                label="Warmth",
                minimum=-1.0,
                maximum=1.0,
                default=0.0,
                help="From blue to red.",
            ),
        ]
    ),
    home_scene="Long Trails",
    package="hardcut_example",
    scenes="scenes",
)


class EchoGenerator:
    """Carries one picture from chunk to chunk, which a cut forgets."""

    def __init__(self, picture_format: PictureFormat = PictureFormat.SQUARE) -> None:
        self._shape = picture_format.shape
        self._past: npt.NDArray[np.float32] | None = None

    @property
    def spec(self) -> GeneratorSpec:
        return SPEC

    def warm_up(self) -> Iterator[float]:
        yield 1.0

    def reset(self) -> None:
        self._past = None

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        trails, warmth = request.values["echo.trails"], request.values["echo.warmth"]
        colour = np.array([1.0 + min(warmth, 0.0), 1.0 - abs(warmth) / 2, 1.0 - max(warmth, 0.0)], np.float32)
        black = np.zeros((*self._shape, 3), np.uint8)
        pictures = [frame.image for frame in request.frames] or [black] * SPEC.chunk_frames
        past = self._past
        images = []
        for picture in pictures:
            if aborted():
                raise ChunkAbortedError  # self._past is as it was
            fresh = picture * colour
            past = fresh if past is None else trails * past + (1.0 - trails) * fresh
            image = np.full((*self._shape, 4), 255, np.uint8)
            image[..., :3] = past
            images.append(image)
        self._past = past
        return Chunk(request.key, tuple(images))

    def backends(self) -> tuple[BackendChoice, ...]:
        return (BackendChoice(component=Component("echo"), chosen="numpy", reason="two products a picture"),)

    def close(self) -> None:
        self._past = None


ECHO = GeneratorEntry(
    id=SPEC.name, label=SPEC.label, describe=lambda: SPEC, build=EchoGenerator, build_in=EchoGenerator
)
