"""Requests for tests: the figure's film as chunks, with any values and prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.field import PARAMETERS
from engine.generators.field.generator import FieldGenerator
from engine.messages.frame import ControlMap, InputFrame, RgbxImage
from tests.field.figure import PERIOD_NS, control_map, input_frame

CHUNK_FRAMES = 2
"""Of the tests' generators: a chunk with steps inside and steps across."""

PROMPT = "amber liquid waves at dusk"


def never() -> bool:
    return False


class Film:
    """The figure's frames and maps, drawn once."""

    def __init__(self, frames: int) -> None:
        self.frames = [input_frame(index) for index in range(frames)]
        self.maps = [control_map(index) for index in range(frames)]

    def request(
        self,
        chunk: int,
        values: Mapping[str, float] | None = None,
        prompt: str | PromptBlend = PROMPT,
        *,
        seed: int = 7,
        epoch: int = 1,
    ) -> ChunkRequest:
        """The request for a chunk; the film runs round. The map is one frame behind, as in a show."""
        first = chunk * CHUNK_FRAMES
        frames = tuple(self._numbered(first + offset) for offset in range(CHUNK_FRAMES))
        behind = max(first - 1, 0)
        control = self.maps[behind % len(self.maps)]
        stamp = behind * PERIOD_NS
        return ChunkRequest(
            key=ChunkKey(seed, epoch, chunk),
            frames=frames,
            control=ControlMap(behind, stamp, stamp, control.depth, control.flow),
            now_ns=frames[-1].capture_ns + 5_000_000,
            period_ns=PERIOD_NS,
            values={**PARAMETERS.defaults(), **(values or {})},
            prompt=PromptBlend(((prompt, 1.0),)) if isinstance(prompt, str) else prompt,
        )

    def _numbered(self, index: int) -> InputFrame:
        return replace(self.frames[index % len(self.frames)], frame_id=index, capture_ns=index * PERIOD_NS)


def run(field: FieldGenerator, requests: Sequence[ChunkRequest]) -> list[RgbxImage]:
    """Every image of the requests, from a reset on."""
    field.reset()
    images: list[RgbxImage] = []
    for request in requests:
        images.extend(field.generate(request, never).images)
    return images


def distance(one: RgbxImage, other: RgbxImage) -> float:
    """Mean absolute difference of the colours, in 8-bit levels."""
    return float(np.abs(one[..., :3].astype(np.int16) - other[..., :3].astype(np.int16)).mean())


def light_of(image: RgbxImage) -> npt.NDArray[np.float32]:
    """Luminance, 0..255."""
    return np.asarray(image[..., :3].astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)
