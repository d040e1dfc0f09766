"""The one place where anything that shapes generation changes: a commit at a chunk boundary.

Commands are applied in the order in which they arrived. Continuous ones (parameters, prompt) coalesce:
of several in one drain the latest wins. One-shots (cuts) are applied each, in order; a cut replaces what
was set before it and is overlaid by what was set after it. Only a cut resets a cache.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from engine.clock import NS_PER_MS
from engine.commands import (
    CancelQueued,
    Command,
    HardCut,
    Launch,
    Origin,
    Panic,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    Tap,
)
from engine.errors import EngineError, ParameterError
from engine.events import CommandRefused, CutQueued, Event, TempoChanged
from engine.parameters import CommitPolicy, ParameterTable
from engine.prompt import PromptBlend
from engine.scenes import SceneLibrary
from engine.scheduling.glides import Glide, resting, settled
from engine.scheduling.tempo import FASTEST_BPM, SLOWEST_BPM, TapTempo, Tempo

DEFAULT_GLIDE_NS = 120 * NS_PER_MS
"""Long enough to hide the steps of a 7-bit knob, short enough to feel attached to the hand."""

DEFAULT_BPM = 120.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A hard cut that a boundary committed.

    Attributes:
        due_ns: the beat it was queued for, 0 if it was not.
    """

    epoch: int
    scene: str
    reason: str
    origin: Origin
    stamp_ns: int
    due_ns: int = 0


@dataclass(frozen=True, slots=True)
class SceneStart:
    """What a cut to a scene commits.

    Attributes:
        visit: how often the scene had been begun before; opening noise is drawn from it, so that a scene
            opens differently each time and yet foreseeably.
    """

    scene: str
    values: Mapping[str, float]
    prompt: PromptBlend
    visit: int


@dataclass(frozen=True, slots=True)
class NextLaunch:
    """The first of the cuts that wait for their beat; scene is "" if it resets nothing."""

    due_ns: int
    scene: str


@dataclass(frozen=True, slots=True)
class Commit:
    """What one boundary decided: an immutable snapshot for the chunk that follows.

    Attributes:
        version: counts the boundaries at which something differed.
        cuts: hard cuts committed here, in order; the caches are reset if there is one.
        values, targets: every parameter now, and where it is going.
        changed: something differs from the boundary before.
        origins: who last set each parameter that a command touched here.
        events: what there is to tell (refusals, queued cuts, tempo).
        visit: how often the epoch's scene had been begun before, see SceneStart.
    """

    version: int
    epoch: int
    scene: str
    cuts: tuple[Cut, ...]
    values: Mapping[str, float]
    targets: Mapping[str, float]
    prompt: PromptBlend
    prompt_target: str
    prompt_progress: float
    changed: bool
    origins: Mapping[str, Origin]
    events: tuple[Event, ...]
    visit: int = 0


@dataclass(slots=True)
class _Boundary:
    """What is gathered while one boundary is being committed."""

    now_ns: int
    content_ns: int
    cuts: list[Cut] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    touched: bool = False


@dataclass(frozen=True, slots=True)
class _Queued:
    command: HardCut | SoftCut
    due_ns: int


class CommitScheduler:
    """Owns the committed state. One thread calls it; it neither sleeps nor reads a clock."""

    def __init__(self, table: ParameterTable, scenes: SceneLibrary, scene: str, first_epoch: int) -> None:
        """Begin in a scene.

        Args:
            first_epoch: the scene epoch to begin with, above any the output has seen.

        Raises:
            SceneError: if there is no such scene.
        """
        self._table = table
        self._scenes = scenes
        start = scenes[scene]
        self._scene = start.name
        self._epoch = first_epoch
        self._glides = {key: resting(value) for key, value in start.values(table).items()}
        self._morph = settled(start.prompt)
        self._taps = TapTempo()
        self._tempo = Tempo(DEFAULT_BPM, 0)
        self._queue: list[_Queued] = []
        self._version = 0
        self._values: Mapping[str, float] = {}
        self._begun: Counter[str] = Counter()
        self._visit = self._begin_scene()

    @property
    def epoch(self) -> int:
        """The scene epoch as of the last boundary."""
        return self._epoch

    @property
    def next_due_ns(self) -> int | None:
        """The earliest instant for which a cut is queued."""
        return min((queued.due_ns for queued in self._queue), default=None)

    @property
    def next_launch(self) -> NextLaunch | None:
        """The first of the cuts that wait for their beat."""
        if not self._queue:
            return None
        first = min(self._queue, key=lambda queued: queued.due_ns)
        hard = isinstance(first.command, HardCut)
        return NextLaunch(first.due_ns, self._scenes[first.command.scene].name if hard else "")

    def start_of(self, scene_name: str) -> SceneStart:
        """What a cut to this scene would commit now.

        Raises:
            SceneError: if there is no such scene.
        """
        scene = self._scenes[scene_name]
        blend = settled(scene.prompt).blend()
        return SceneStart(scene.name, MappingProxyType(scene.values(self._table)), blend, self._begun[scene.name])

    def boundary(self, commands: Iterable[Command], now_ns: int, content_ns: int, chunk_ns: int) -> Commit:
        """Commit everything that has arrived.

        Args:
            commands: all commands since the last boundary, in order of arrival.
            now_ns: the wall instant, for beats; it must include any launch-ahead.
            content_ns: video generated so far, for glides.
            chunk_ns: length of a chunk, for soft cuts.
        """
        here = _Boundary(now_ns, content_ns)
        for command in commands:
            try:
                self._apply(command, here, chunk_ns)
            except EngineError as error:
                here.events.append(CommandRefused(at_ns=now_ns, command=command, text=str(error)))
        self._launch_due(here, chunk_ns)
        return self._snapshot(here)

    def restarted(self, reason: str, now_ns: int) -> Cut:
        """Open a new epoch with everything as it was: the generator lost its caches through no gesture."""
        self._epoch += 1
        self._visit = self._begin_scene()
        return Cut(self._epoch, self._scene, reason, Origin.ENGINE, now_ns)

    def _begin_scene(self) -> int:
        """Count another beginning of the scene; how many there were before."""
        before = self._begun[self._scene]
        self._begun[self._scene] += 1
        return before

    def _apply(self, command: Command, here: _Boundary, chunk_ns: int) -> None:
        match command:
            case SetParameter():
                self._set_parameter(command, here)
            case SetPrompt():
                self._set_prompt(command.text, command.chunks)
            case HardCut() | SoftCut() if command.launch is not Launch.NOW:
                self._enqueue(command, here)
            case HardCut():
                self._cut(command.scene, f"cut to {self._scenes[command.scene].name}", command, here)
            case SoftCut():
                self._glide_to_scene(command, here, chunk_ns)
            case Panic():
                self._forget_queued(here)
                self._cut(self._scene, "panic", command, here)
            case CancelQueued():
                self._forget_queued(here)
            case Tap():
                found = self._taps.tap(command.stamp_ns)
                if found is not None:
                    self._set_tempo(found, here)
            case SetTempo():
                if not SLOWEST_BPM <= command.bpm <= FASTEST_BPM:
                    raise ParameterError(
                        f"The tempo cannot be {command.bpm:g}",
                        remedy=f"Choose {SLOWEST_BPM:g} to {FASTEST_BPM:g} beats per minute.",
                    )
                self._set_tempo(Tempo(command.bpm, command.stamp_ns), here)
            case _:
                raise EngineError(f"The scheduler does not know the command {type(command).__name__}")

    def _set_parameter(self, command: SetParameter, here: _Boundary) -> None:
        spec = self._table[command.parameter]
        if spec.policy is not CommitPolicy.CHUNK:
            raise ParameterError(f"{spec.label} is not changed at a chunk boundary", where=spec.id)
        target = spec.check(command.value)
        glide_ns = DEFAULT_GLIDE_NS if command.glide_ns is None else max(command.glide_ns, 0)
        current = self._glides[spec.id].value_at(here.content_ns)
        self._glides[spec.id] = Glide(current, target, here.content_ns, glide_ns) if glide_ns else resting(target)
        here.origins[spec.id] = command.origin
        here.touched = True

    def _set_prompt(self, text: str, chunks: int) -> None:
        if not text.strip():
            raise ParameterError("The prompt is empty", remedy="Write at least one word.")
        self._morph = self._morph.retargeted(text.strip(), chunks)

    def _cut(self, scene_name: str, reason: str, command: Command, here: _Boundary, due_ns: int = 0) -> None:
        scene = self._scenes[scene_name]
        self._scene = scene.name
        self._epoch += 1
        self._visit = self._begin_scene()
        self._glides = {key: resting(value) for key, value in scene.values(self._table).items()}
        self._morph = settled(scene.prompt)
        here.cuts.append(Cut(self._epoch, scene.name, reason, command.origin, command.stamp_ns, due_ns))
        here.origins.update(dict.fromkeys(self._glides, Origin.ENGINE))
        here.touched = True

    def _glide_to_scene(self, command: SoftCut, here: _Boundary, chunk_ns: int) -> None:
        scene = self._scenes[command.scene]
        duration_ns = max(command.chunks, 1) * chunk_ns
        for key, target in scene.values(self._table).items():
            current = self._glides[key].value_at(here.content_ns)
            self._glides[key] = Glide(current, target, here.content_ns, duration_ns)
            here.origins[key] = Origin.ENGINE
        self._set_prompt(scene.prompt, command.chunks)
        self._scene = scene.name
        here.touched = True

    def _enqueue(self, command: HardCut | SoftCut, here: _Boundary) -> None:
        scene = self._scenes[command.scene]
        due_ns = self._tempo.next_ns(here.now_ns, command.launch)
        self._queue.append(_Queued(command, due_ns))
        here.events.append(CutQueued(at_ns=here.now_ns, scene=scene.name, due_ns=due_ns))

    def _launch_due(self, here: _Boundary, chunk_ns: int) -> None:
        due = [queued for queued in self._queue if queued.due_ns <= here.now_ns]
        if not due:
            return
        self._queue = [queued for queued in self._queue if queued.due_ns > here.now_ns]
        for queued in due:
            match queued.command:
                case HardCut(scene=scene):
                    self._cut(scene, f"cut to {self._scenes[scene].name}", queued.command, here, queued.due_ns)
                case SoftCut():
                    self._glide_to_scene(queued.command, here, chunk_ns)
        self._tell_queue(here)

    def _forget_queued(self, here: _Boundary) -> None:
        if self._queue:
            self._queue.clear()
            self._tell_queue(here)

    def _tell_queue(self, here: _Boundary) -> None:
        waiting = self._queue[-1] if self._queue else None
        here.events.append(
            CutQueued(
                at_ns=here.now_ns,
                scene=self._scenes[waiting.command.scene].name if waiting else "",
                due_ns=waiting.due_ns if waiting else 0,
            )
        )

    def _set_tempo(self, tempo: Tempo, here: _Boundary) -> None:
        self._tempo = tempo
        here.events.append(TempoChanged(at_ns=here.now_ns, bpm=tempo.bpm, beat_ns=tempo.anchor_ns))

    def _snapshot(self, here: _Boundary) -> Commit:
        before_blend = self._morph.blend()
        if not here.cuts:
            self._morph = self._morph.stepped()
        blend = self._morph.blend()
        values = {key: glide.value_at(here.content_ns) for key, glide in self._glides.items()}
        changed = here.touched or blend != before_blend or values != self._values or self._version == 0
        self._values = values
        self._version += changed
        return Commit(
            version=self._version,
            epoch=self._epoch,
            scene=self._scene,
            cuts=tuple(here.cuts),
            values=MappingProxyType(values),
            targets=MappingProxyType({key: glide.target for key, glide in self._glides.items()}),
            prompt=blend,
            prompt_target=self._morph.target,
            prompt_progress=self._morph.progress,
            changed=changed,
            origins=MappingProxyType(here.origins),
            events=tuple(here.events),
            visit=self._visit,
        )
