"""Everything the engine tells the outside, as frozen messages. Subscribers hear them on the engine's threads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, NewType

from engine.clock import NS_PER_SECOND
from engine.messages.audio import AudioState
from engine.messages.autopilot import AutoPilot
from engine.messages.commands import Command, Origin
from engine.messages.framing import CENTRE, Framing
from engine.messages.interpolation import Interpolation
from engine.messages.modulation import Modulation
from engine.messages.placement import Fit, Upscale
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.sinks import SinkReport
from engine.messages.timecode import Timecode, TimecodeRate, TimecodeReading, label_of


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
class DepthChanged(Event):
    """The state of the depth worker."""

    standing: ClassVar[bool] = True

    estimator: str
    state: ComponentState
    detail: str = ""


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
class AudioChanged(Event):
    """The state of the sound input; name: as it was chosen."""

    standing: ClassVar[bool] = True

    name: str
    state: AudioState
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioBeat(Event):
    """A beat that was heard, or that none is heard any more (bpm 0.0).

    Attributes:
        beat_ns: the beat's instant; bar_ns: that of a bar's first beat; each with its confidence, 0..1.
    """

    bpm: float = 0.0
    beat_ns: int = 0
    bar_ns: int = 0
    confidence: float = 0.0
    bar_confidence: float = 0.0


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
    """The state of the generator; progress in 0..1 while it starts; backends once it is ready."""

    standing: ClassVar[bool] = True

    name: str
    state: ComponentState
    progress: float = 0.0
    detail: str = ""
    backends: tuple[BackendChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class SharedGpu:
    """An accelerator that we compute on and others use.

    Attributes:
        others: how many processes; bytes: memory they hold, as far as the driver tells.
        busy: share of the time in which they computed, 0..1; None if the driver does not tell.
    """

    name: str
    others: int
    bytes: int
    busy: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuShared(Event):
    """Other programs have come to our accelerators, or have gone; () once nobody is left."""

    gpus: tuple[SharedGpu, ...]

    def sentence(self) -> str:
        """Who else is there, in words."""
        if not self.gpus:
            return "No other program uses the GPU any more."
        told = []
        for gpu in self.gpus:
            details = [f"{gpu.bytes / (1 << 30):.1f} GiB"] if gpu.bytes else []
            if gpu.busy is not None:
                details.append(f"{100 * gpu.busy:.0f} % of its time")
            who = "another program" if gpu.others == 1 else f"{gpu.others} other programs"
            told.append(f"{gpu.name}: {who}" + f" ({', '.join(details)})" * bool(details))
        return f"The GPU is shared. {'; '.join(told)}."


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
class ModulationChanged(Event):
    """What modulates what now.

    Attributes:
        scene: the modulators of the scene that plays, as they are now; everywhere: those that stay.
    """

    standing: ClassVar[bool] = True

    on: bool
    scene: Modulation
    everywhere: Modulation


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulationMoved(Event):
    """Where modulation has parameters at the end of a chunk; those that it does not move are left out.

    Attributes:
        values: by parameter, in its unit; shifts: by macro, in its travel.
    """

    standing: ClassVar[bool] = True

    values: Mapping[str, float]
    shifts: Mapping[str, float] = field(default_factory=dict)


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
class PlaylistChanged(Event):
    """Where the prompt playlist is.

    Attributes:
        number: of the prompt in its file from 1, 0 before the first; prompt: it, or "".
        next_prompt: the one that a step leads to, "" after the last.
        bookmarks: their names.
        path: of the file, "" where there is none; seed: what the order was drawn from, None: it is the file's.
    """

    standing: ClassVar[bool] = True

    name: str
    number: int
    count: int
    prompt: str
    loop: bool
    shuffled: bool
    bookmarks: tuple[str, ...] = ()
    next_prompt: str = ""
    path: str = ""
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CueChanged(Event):
    """Where the cue list is.

    Attributes:
        number: from 1, 0 before the first; scene: its scene, or "".
        next_scene: the scene of the next cue, "" after the last.
        follow_ns: when the next goes by itself, 0 if it waits to be called.
        path: of the file, "" where there is none.
    """

    standing: ClassVar[bool] = True

    name: str
    number: int
    count: int
    scene: str
    next_scene: str
    follow_ns: int
    note: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimecodeHeard(Event):
    """A sound holds a timecode (LTC): where it was; name: of the sound, as it was chosen."""

    name: str
    reading: TimecodeReading


@dataclass(frozen=True, slots=True, kw_only=True)
class TimecodeChanged(Event):
    """Where an external timecode is, as FollowTimecode said: position_ns at stamp_ns, from there at its speed."""

    standing: ClassVar[bool] = True

    position_ns: int
    stamp_ns: int
    speed: float
    rate: TimecodeRate
    source: str

    def label(self, now_ns: int) -> Timecode:
        """Return the label that is shown now."""
        position_ns = self.position_ns + (now_ns - self.stamp_ns) * self.speed
        return label_of(int(position_ns * self.rate.per_second / NS_PER_SECOND + 0.01), self.rate)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChanged(Event):
    """The state of the output process.

    Attributes:
        name: the name receivers see, as read back from the sender, e.g. "MACHINE (Hardcut)".
        sink: the id of the first sink, whose name, connections and figures these are; "" where none is switched on.
        sinks: every sink that is switched on, and "still" once there was one. Their counts alone are told once a
            second.
        strobe: flashes pass as they come.
        connections: receivers connected now; tally: it is on air in one of them.
        emergency: what is shown while nothing comes, as engine.messages.emergency writes it; emergency_on: it is asked
            for by hand; emergency_shown: it is shown now.
        interpolation: what it shows between two generated pictures.
        fit, upscale: how the picture meets the canvas, and how it is enlarged.
    """

    standing: ClassVar[bool] = True

    state: ComponentState
    name: str
    width: int
    height: int
    fps_numerator: int
    fps_denominator: int
    connections: int
    tally: bool
    freeze: bool
    blackout: bool
    level: float = 1.0
    strobe: bool = False
    detail: str = ""
    sink: str = "ndi"
    emergency: str = "hold"
    emergency_on: bool = False
    emergency_shown: bool = False
    sinks: tuple[SinkReport, ...] = ()
    interpolation: Interpolation = Interpolation.OFF
    fit: Fit = Fit.FIT
    upscale: Upscale = Upscale.EDGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats(Event):
    """The figures of the last second (rates, times) and since this engine began (counts).

    Attributes:
        input_fps, pipeline_fps, output_fps: the three rates.
        lagged: output deadlines missed; repeated: output frames shown again for want of a new one;
        skipped: generated frames that were never shown though their epoch was current;
        discarded: generated frames thrown away because a cut made them stale;
        dropped: input frames that no chunk used.
        latency_ns: capture of an input to its frame's deadline on the output, median.
        cut_latency_ns: pad to photon of the last cut, 0 before the first.
        chunk_ns: time the generator took for a chunk, median.
        depth_age_ns: age of the newest depth map when a chunk used it.
        deadline_error_ns: 99th percentile of |sent - deadline| on the output.
        frames: generated frames published; output_frames: frames the output has sent;
        softened: output frames whose flashing was softened;
        held: output frames that show a picture again by design, the content rate being lower.
        first_frame_ns: when the first generated frame was on the output, 0 before.
        between: output frames that showed a picture between two generated ones; blended: of these, those that were
        blended because motion was not ready in time; interpolation_ns: by how much later than without interpolation
        generated frames are shown now, at most; it is part of latency_ns.
    """

    standing: ClassVar[bool] = True

    input_fps: float
    pipeline_fps: float
    output_fps: float
    lagged: int
    repeated: int
    skipped: int
    discarded: int
    dropped: int
    latency_ns: int
    cut_latency_ns: int
    chunk_ns: int
    depth_age_ns: int
    deadline_error_ns: int
    chunks: int
    epoch: int
    cache_resets: int
    memory_bytes: int
    output_frames: int
    frames: int = 0
    held: int = 0
    first_frame_ns: int = 0
    between: int = 0
    blended: int = 0
    interpolation_ns: int = 0
    softened: int = 0
