"""The interface of a generator, and what goes into and comes out of one call."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.events import BackendChoice
from engine.frame import ControlMap, InputFrame, RgbxImage
from engine.parameters import ParameterTable
from engine.prompt import PromptBlend as PromptBlend


class ChunkAbortedError(Exception):
    """A chunk was abandoned at a safe point; the generator's caches are as before the call."""


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """What all noise of a chunk is drawn from.

    Attributes:
        seed: the session's seed; epoch: the scene epoch; index: chunks since that epoch's cut.
    """

    seed: int
    epoch: int
    index: int


@dataclass(frozen=True, slots=True)
class ChunkRequest:
    """One generator call: an immutable snapshot of everything that shapes the chunk.

    Attributes:
        frames: the newest consecutive input frames, one per frame of the chunk, oldest first; the
            same frame twice where the source is slower; empty before the source's first frame.
        control: the newest control map, or None before the first.
        now_ns: when the chunk was begun, to judge the control map's age by.
        period_ns: content time between two frames of the chunk.
        values: every parameter of the generator by id.
    """

    key: ChunkKey
    frames: tuple[InputFrame, ...]
    control: ControlMap | None
    now_ns: int
    period_ns: int
    values: Mapping[str, float]
    prompt: PromptBlend


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one call returned: chunk_frames images that nobody writes again, oldest first."""

    key: ChunkKey
    images: tuple[RgbxImage, ...]


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """What a generator is.

    Attributes:
        chunk_frames: images per call, fixed.
        parameters: its own parameters, the first eight of which are the default knobs.
        home_scene: the scene to begin with.
    """

    name: str
    label: str
    chunk_frames: int
    parameters: ParameterTable
    home_scene: str


class VideoGenerator(Protocol):
    """A generator. One thread owns it: it is built, warmed up, called and closed there."""

    @property
    def spec(self) -> GeneratorSpec: ...

    def warm_up(self) -> Iterator[float]:
        """Do all one-time work (weights, compilation, first calls); yields progress in 0..1."""
        ...

    def reset(self) -> None:
        """Forget everything carried between chunks. Called by a hard cut, and by nothing else."""
        ...

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        """Make one chunk.

        Args:
            aborted: asked at every safe point; once it returns True the call must end.

        Raises:
            ChunkAbortedError: caches are then exactly as before the call.
            GeneratorError: the chunk could not be made.
        """
        ...

    def backends(self) -> tuple[BackendChoice, ...]:
        """How it computes, as decided in warm_up: what was chosen, why, and what was rejected."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...
