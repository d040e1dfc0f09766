"""The chunk loop's dependencies as narrow protocols, the interrupt, and the progress it publishes."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.clock import NS_PER_SECOND, Clock
from engine.loop.quality_control import ChainQuality, PlainChain
from engine.mailbox import Latest, Mailbox
from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.commands import Command
from engine.messages.events import BackendChoice, Event
from engine.messages.frame import ControlMap, InputFrame, OutputFrame, RgbxImage
from engine.messages.mix import PLAIN, MixTrack
from engine.messages.picture_format import PictureFormat
from engine.messages.quality import QualityState
from engine.scheduling.chunk_pacing import QueueState
from engine.scheduling.commit_scheduler import Cut
from engine.session.step import Step


class FrameSupply(Protocol):
    """Source of input frames; `glance` reads them without counting them as used."""

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]: ...

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]: ...


class ControlSupply(Protocol):
    """Source of control maps."""

    def newest(self) -> ControlMap | None: ...

    def awaited(self, frame_id: int) -> ControlMap | None:
        """Return the map of a frame where it comes within the wait that the performer allows; else the newest."""
        ...


class SoundSupply(Protocol):
    """Source of what is heard since the boundary before, for each frame of a chunk."""

    def track(self, now_ns: int, shown_ns: Sequence[int]) -> FeatureTrack:
        """Return the features up to now; shown_ns: when each of the chunk's frames will be seen."""
        ...


class NoSound:
    """Nothing is heard."""

    def track(self, now_ns: int, shown_ns: Sequence[int]) -> FeatureTrack:  # noqa: ARG002
        """Return the empty track."""
        return NO_SOUND


class FrameSink(Protocol):
    """Destination of finished chunks; slots: its capacity in frames; period_ns: current distance of shown frames."""

    @property
    def slots(self) -> int: ...

    @property
    def period_ns(self) -> int: ...

    def queue_state(self) -> QueueState: ...

    def free_slots(self) -> int: ...

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None: ...


class StepRecorder(Protocol):
    """Records each boundary with its chunk. Must not block the loop."""

    @property
    def reads_inputs(self) -> bool:
        """Return whether it looks at the pictures and maps that a step's chunk was made of."""
        ...

    def record(self, step: Step) -> None: ...

    def record_start(
        self, backends: tuple[BackendChoice, ...], generator: str, picture_format: PictureFormat
    ) -> None: ...

    def record_restart(self, cut: Cut) -> None: ...


class NullRecorder:
    """Record nothing."""

    reads_inputs = False

    def record(self, step: Step) -> None:
        """Let it go."""

    def record_start(self, backends: tuple[BackendChoice, ...], generator: str, picture_format: PictureFormat) -> None:
        """Let it go."""

    def record_restart(self, cut: Cut) -> None:
        """Let it go."""


class Interrupt:
    """Flag set by Engine.post when a cut arrives, so that the chunk in flight ends at its next safe point."""

    def __init__(self) -> None:
        self._flag = threading.Event()

    def request(self) -> None:
        """Request that the chunk in flight is abandoned."""
        self._flag.set()

    def clear(self) -> None:
        """Withdraw the request, as the cut is about to be committed."""
        self._flag.clear()

    def requested(self) -> bool:
        """Return whether a cut waits."""
        return self._flag.is_set()

    def wait(self, timeout_ns: int) -> None:
        """Wait for a request, timeout_ns at most."""
        self._flag.wait(timeout_ns / NS_PER_SECOND)


@dataclass(frozen=True, slots=True)
class RunnerProgress:
    """Progress of the loop, published after each chunk for the monitor.

    Attributes:
        frames: generated frames that were published; finished_ns: when the last was.
        chunk_ns: how long the last chunk took from its start until it was published.
        depth_age_ns: age of the control map it used, -1 without one.
        content_ns: length of the video generated so far.
        armed_epochs: the latest epochs that began with an opening made ahead.
        quality: how quality stands.
    """

    chunks: int = 0
    frames: int = 0
    aborted: int = 0
    epoch: int = 0
    cache_resets: int = 0
    chunk_ns: int = 0
    depth_age_ns: int = -1
    finished_ns: int = 0
    content_ns: int = 0
    armed_epochs: tuple[int, ...] = ()
    quality: QualityState = field(default_factory=QualityState)


class ChunkMixer(Protocol):
    """What mixes chunks with their input before they go out."""

    def track(self, content_ns: int, frames: int, step_ns: int, /) -> MixTrack:
        """Return the mix of a chunk of so many frames, from this moment of content time on."""
        ...

    def mix(
        self, images: tuple[RgbxImage, ...], frames: Sequence[InputFrame], track: MixTrack, /
    ) -> tuple[RgbxImage, ...]: ...


class NoMixer:
    """Every chunk goes out as it is."""

    def track(self, _content_ns: int, _frames: int, _step_ns: int, /) -> MixTrack:
        """Return the dream alone."""
        return PLAIN

    def mix(
        self, images: tuple[RgbxImage, ...], _frames: Sequence[InputFrame], _track: MixTrack, /
    ) -> tuple[RgbxImage, ...]:
        """Return the pictures."""
        return images


@dataclass(slots=True)
class RunnerPorts:
    """Dependencies of the chunk loop; it owns none of them.

    Attributes:
        memory_short: whether the machine's memory, not a device's, is short; nothing: it is not.
        use_format: brings everything before and behind the generator to a format; called before each start of one.
    """

    clock: Clock
    commands: Mailbox[Command]
    interrupt: Interrupt
    source: FrameSupply
    depth: ControlSupply
    output: FrameSink
    emit: Callable[[Event], None]
    on_cut: Callable[[Cut], None]
    progress: Latest[RunnerProgress]
    recorder: StepRecorder = field(default_factory=NullRecorder)
    chain: ChainQuality = field(default_factory=PlainChain)
    sound: SoundSupply = field(default_factory=NoSound)
    mixer: ChunkMixer = field(default_factory=NoMixer)
    use_format: Callable[[PictureFormat], None] = lambda _: None
    memory_short: Latest[bool] = field(default_factory=Latest)
