"""What the engine tells the outside, as frozen messages. Subscribers hear them on the engine's threads.

What one part tells stands in audio_events, list_events, modulation_events, output_events and stats.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, NewType

from engine.messages.autopilot import AutoPilot
from engine.messages.commands import Command, Origin
from engine.messages.framing import CENTRE, Framing
from engine.messages.picture_format import PictureFormat
from engine.messages.scenes import Scene, SceneLibrary


class Level(Enum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class SourceState(Enum):
    """What a source is doing."""

    OPENING = "opening"
    LIVE = "live"
    LOST = "lost"
    FAILED = "failed"


class ComponentState(Enum):
    """What the depth worker, the generator or the output is doing."""

    OFF = "off"
    STARTING = "starting"
    READY = "ready"
    LATE = "late"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events; at_ns is on the shared monotonic clock."""

    standing: ClassVar[bool] = False
    """Whether it tells how things stand: who comes later hears the newest of its type first."""

    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """A sentence for the performer."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Event):
    """A command that could not be carried out, and why; nothing changed."""

    command: Command
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanged(Event):
    """The state of a source: the one in use, or the one being opened to replace it; and how pictures are framed."""

    standing: ClassVar[bool] = True

    spec: str
    state: SourceState
    detail: str = ""
    framing: Framing = CENTRE


@dataclass(frozen=True, slots=True, kw_only=True)
class MapChanged(Event):
    """What was set of the control map.

    Attributes:
        name: the id of what makes it; values: every one of MAP_PARAMETERS.
    """

    standing: ClassVar[bool] = True

    name: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthChanged(Event):
    """The state of the depth worker."""

    standing: ClassVar[bool] = True

    estimator: str
    state: ComponentState
    detail: str = ""


Component = NewType("Component", str)
"""The key of something that is computed in one of several ways, in plain words. Sessions hold it: it never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendChoice:
    """One decision about how something is computed, with its reason and what was turned down.

    Attributes:
        component: what it is about, e.g. "depth" or "field trunk".
        chosen: e.g. "torch cpu fp32, 2 threads".
        reason: why, in a few words.
        shapes: the shapes it runs with, e.g. "[2, 24, 112, 112]".
        rejected: pairs of (alternative, why not).
    """

    component: Component
    chosen: str
    reason: str
    shapes: str = ""
    rejected: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorChanged(Event):
    """The state of the generator and the format it plays in; progress in 0..1 while it starts; backends once ready."""

    standing: ClassVar[bool] = True

    name: str
    state: ComponentState
    progress: float = 0.0
    detail: str = ""
    backends: tuple[BackendChoice, ...] = ()
    format: PictureFormat = PictureFormat.SQUARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed(Event):
    """What a chunk boundary committed; sent whenever something differs from the boundary before.

    Attributes:
        version: counts commits.
        chunk_index: the chunk that first sees it.
        values: every parameter's value now.
        targets: where each is gliding to (equal to values where nothing moves).
        prompt: the prompt morphed to; prompt_progress reaches 1.0 at the end of the morph.
        origins: who last set each changed parameter.
    """

    standing: ClassVar[bool] = True

    version: int
    chunk_index: int
    epoch: int
    scene: str
    prompt: str
    prompt_progress: float
    values: Mapping[str, float]
    targets: Mapping[str, float]
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheReset(Event):
    """The generator's caches were reset, and why."""

    epoch: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CutQueued(Event):
    """A cut waits for its moment (due_ns), or no longer does (scene == "")."""

    scene: str
    due_ns: int


class ArmState(Enum):
    """What a scene's opening is doing: not there, being made, ready to be shown at the next output frame."""

    LOADED = "loaded"
    ARMING = "arming"
    ARMED = "armed"


@dataclass(frozen=True, slots=True)
class SceneArming:
    """One scene that is to be kept ready; why: the reason, in a few words, while it is not."""

    scene: str
    state: ArmState
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedChanged(Event):
    """The scenes that are to be kept ready, in the order in which they were named, and how far each is.

    Attributes:
        bytes: memory that the openings hold.
    """

    standing: ClassVar[bool] = True

    scenes: tuple[SceneArming, ...]
    bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShown(Event):
    """The first frame of a new epoch is on the output.

    Attributes:
        latency_ns: from the gesture to that frame's deadline on the output.
        armed: its opening had been prepared.
        late_ns: from the beat it was queued for to that deadline; None if it was not queued.
    """

    epoch: int
    scene: str
    origin: Origin
    latency_ns: int
    armed: bool = False
    late_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoChanged(Event):
    """Beats per minute, and the instant of one beat."""

    standing: ClassVar[bool] = True

    bpm: float
    beat_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCaptured(Event):
    """A boundary took down the committed state as a scene; it is about to be written."""

    scene: Scene
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenesChanged(Event):
    """The user's scenes are others now.

    Attributes:
        text: what happened, in a sentence.
        renamed: (old name, new name) where a scene was renamed.
    """

    scenes: SceneLibrary
    text: str
    renamed: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotStored(Event):
    """The live state is in a slot."""

    slot: int
    scene: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoPilotChanged(Event):
    """What the auto-pilot does; plan None: nothing.

    Attributes:
        next_name: the scene or prompt it goes to next, "" while it waits for another section.
        due_ns: the downbeat on which it does; 0 with "". bar_ns: the length of a bar.
    """

    standing: ClassVar[bool] = True

    plan: AutoPilot | None
    next_name: str = ""
    due_ns: int = 0
    bar_ns: int = 0
