"""The interface of a generator, and what goes into and comes out of one call."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, Protocol, runtime_checkable

from engine.messages.events import BackendChoice, Level
from engine.messages.frame import ControlMap, InputFrame, RgbxImage
from engine.messages.parameters import ParameterTable
from engine.messages.prompt import PromptBlend as PromptBlend
from engine.messages.quality import QualityStep as QualityStep
from engine.messages.reference import Reference

DEFAULT_SCENE: Final = "Default"
"""The scene of a generator that brings none."""


class ChunkAbortedError(Exception):
    """A chunk was abandoned at a safe point; the generator's caches are as before the call."""


@dataclass(frozen=True, slots=True)
class ChunkKey:
    """What all noise of a chunk is drawn from.

    Attributes:
        seed: the session's seed; epoch: the scene epoch, or for an opening chunk the number of its scene's
            beginning (see opening_key); index: chunks since that epoch's cut.
    """

    seed: int
    epoch: int
    index: int


def opening_key(seed: int, scene: str, visit: int) -> ChunkKey:
    """The key of the chunk that opens an epoch, prepared or not.

    An opening may be prepared before anyone knows in which epoch it will be shown. So it is drawn from
    its scene and from how often that scene had been begun before: known ahead, the same in a replay, and
    no two beginnings alike. The number (BLAKE2b, 2**62 .. 2**63 - 1) is never that of an epoch.
    """
    digest = blake2b(f"{visit}/{scene}".encode(), digest_size=8).digest()
    return ChunkKey(seed, 1 << 62 | int.from_bytes(digest, "little") >> 2, 0)


@dataclass(frozen=True, slots=True)
class ChunkRequest:
    """One generator call: an immutable snapshot of everything that shapes the chunk.

    Attributes:
        frames: the newest consecutive input frames, one per frame of the chunk, oldest first; the
            same frame twice where the source is slower; empty before the source's first frame.
        control: the newest control map, or None before the first.
        now_ns: when the chunk was begun, to judge the control map's age by.
        period_ns: content time between two frames of the chunk.
        values: every parameter of the generator by id, at the end of the chunk.
        tracks: for each parameter that modulation moves within the chunk, its value in every frame, the last of which
            stands in values too. A generator that cannot take them per frame takes values.
        past_bias: how much of its past a generator that carries one should heed, 0..1; 1 except during a soft cut.
        quality: the steps of quality that are taken, by id; a generator heeds its own and leaves the others. They may
            differ from one chunk to the next, and what is carried between chunks lives on.
        reference: the picture that a video should begin with, heeded by the first chunk behind a reset; None: none.
    """

    key: ChunkKey
    frames: tuple[InputFrame, ...]
    control: ControlMap | None
    now_ns: int
    period_ns: int
    values: Mapping[str, float]
    prompt: PromptBlend
    past_bias: float = 1.0
    tracks: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    quality: tuple[str, ...] = ()
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class ChunkNote:
    """A sentence for the performer that comes with a chunk: something was left out of it, or held it up."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one call returned.

    Attributes:
        images: chunk_frames of them that nobody writes again, oldest first.
        notes: what there is to tell, each once and not with every chunk that it is true of.
    """

    key: ChunkKey
    images: tuple[RgbxImage, ...]
    notes: tuple[ChunkNote, ...] = ()


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """What a generator is.

    Attributes:
        chunk_frames: images per call, fixed.
        parameters: its own parameters, the first eight of which are the default knobs.
        home_scene: the scene to begin with.
        family: generators of one family share their scenes; "" for one that has its own.
        weights: fingerprint of the files that it is made of; "" for one that is made of its code alone.
        package: the importable package whose .py and .toml files make its pictures: what a session tells it by.
        scenes: the folder of its factory scenes inside that package; "" if they lie under presets/ as the built-in
            ones do, or if there are none: then it has one, DEFAULT_SCENE, with every parameter at its default.
        quality_steps: how its chunks can be made cheaper, the least visible first.
        takes_reference: its videos can begin with a picture that is given.
    """

    name: str
    label: str
    chunk_frames: int
    parameters: ParameterTable
    home_scene: str = DEFAULT_SCENE
    family: str = ""
    weights: str = ""
    package: str = ""
    scenes: str = ""
    quality_steps: tuple[QualityStep, ...] = ()
    takes_reference: bool = False

    @property
    def scenes_folder(self) -> str:
        """Where its scenes are, in the user's folder, and if they are built in under presets/."""
        return self.family or self.name


class VideoGenerator(Protocol):
    """A generator. One thread owns it: it is built, warmed up, called and closed there."""

    @property
    def spec(self) -> GeneratorSpec: ...

    def warm_up(self) -> Iterator[float]:
        """Do all one-time work (weights, compilation, first calls); yields progress in 0..1.

        Raises:
            NotEnoughMemoryError: there is not enough memory; a smaller generator may be named instead.
            GeneratorError: it cannot be had.
        """
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
            NotEnoughMemoryError: there was not enough memory for it, nor will there be for the next.
            GeneratorError: the chunk could not be made.
        """
        ...

    def backends(self) -> tuple[BackendChoice, ...]:
        """How it computes, as decided in warm_up: what was chosen, why, and what was rejected."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


@runtime_checkable
class PromptPrefetching(Protocol):
    """A generator to which prompts are work that can be done ahead; an optional capability."""

    def prefetch_prompts(self, prompts: Sequence[str]) -> None:
        """These may be asked for soon, the likeliest first, in place of those named before. Returns at once."""
        ...


@dataclass(frozen=True, slots=True)
class GeneratorSnapshot:
    """What a generator carries between two chunks, to return to. Nobody writes it again.

    Attributes:
        generator: the only one that can read it, by name.
        bytes: memory that it holds.
        state: the generator's own.
    """

    generator: str
    bytes: int
    state: object


@runtime_checkable
class Snapshotting(Protocol):
    """A generator whose caches can be kept and returned to; an optional capability."""

    def snapshot(self) -> GeneratorSnapshot:
        """The caches as they are now."""
        ...

    def restore(self, snapshot: GeneratorSnapshot) -> None:
        """Go on from a snapshot exactly as the generator that made it would have; may be done any number of times.

        Raises:
            GeneratorError: it is another generator's.
        """
        ...


@runtime_checkable
class Leaving(Protocol):
    """A generator whose weights can serve the next one; an optional capability."""

    def leave(self) -> None:
        """Close, and leave what took long to read to the next generator of the same weights, in whatever format."""
        ...


@runtime_checkable
class MemoryBudget(Protocol):
    """A generator that knows how much of its snapshots and openings may be kept; an optional capability.

    Those of a large model take gigabytes, and lie where it computes.
    """

    @property
    def room_bytes(self) -> int:
        """Memory for all of them together, once it is warm."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening chunk made aside, and the caches right after it.

    Attributes:
        request: what it was made of; its index is 0.
    """

    request: ChunkRequest
    chunk: Chunk
    after: GeneratorSnapshot

    @property
    def bytes(self) -> int:
        """Memory that it holds."""
        return self.after.bytes + sum(image.nbytes for image in self.chunk.images)


@runtime_checkable
class Preparing(Snapshotting, Protocol):
    """A generator that can make an opening chunk aside, piece by piece between the chunks of the show."""

    def prepare(self, request: ChunkRequest) -> Generator[None, None, Opening]:
        """Make the chunk that generate() would make after a reset(), byte for byte, and touch no cache of the show.

        Each step is as long as between two safe points of generate(); chunks of the show may be made between
        any two of them. One opening is prepared at a time: beginning another ends the one before. May be
        closed at any point.

        Raises:
            GeneratorError: the chunk could not be made.
        """
        ...
