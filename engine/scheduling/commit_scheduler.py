"""The one place where anything that shapes generation changes: a commit at a chunk boundary.

The order at a boundary, always the same:

1. What has arrived, in order of arrival. Continuous commands (parameters, prompts) coalesce: of several between two
   others the latest wins, and the last is never lost. One-shots (cuts, snapshots, steps) are applied each.
   A cut replaces what was set before it and is overlaid by what was set after it.
2. A cue that follows by itself and is due; then the cue that an external timecode has reached.
3. Queued cuts that are due, the earliest first, those of one instant in order of arrival.
4. The auto-pilot's next cut is queued, or its prompt begins, when it is time.
5. The prompt and the dip of a soft cut take one step; values are taken at the end of the chunk that follows, to
   which the generator travels within it.

Only a cut resets a cache. Nothing is bounded and nothing is dropped: what cannot be done is refused in a sentence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from engine.errors import EngineError, ParameterError
from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.commands import (
    CancelQueued,
    Command,
    HardCut,
    Panic,
    SetAutoPilot,
    SetParameter,
    SetPrompt,
    SetPromptBlend,
)
from engine.messages.events import CommandRefused
from engine.messages.list_commands import GoToPrompt
from engine.messages.parameters import CommitPolicy, ParameterTable
from engine.messages.quality import TakeSteps
from engine.messages.reference import Reference, ReferenceChanged, UseReference
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.transitions import Launch
from engine.scheduling.autopilot_seat import AutoPilotSeat
from engine.scheduling.boundary_draft import BoundaryDraft
from engine.scheduling.commit import Commit as Commit
from engine.scheduling.commit import Cut as Cut
from engine.scheduling.commit import NextLaunch as NextLaunch
from engine.scheduling.commit import SceneStart as SceneStart
from engine.scheduling.cue_player import CueCommand, CuePlayer
from engine.scheduling.launcher import Launcher, TempoCommand
from engine.scheduling.live import LiveState, blend_of
from engine.scheduling.modulation.player import ModulationCommand, ModulationPlayer
from engine.scheduling.modulation.rack import Moved, Span
from engine.scheduling.playlist_player import PlaylistPlayer
from engine.scheduling.scene_player import SceneCommand, ScenePlayer
from engine.scheduling.sequences import PlaylistCommand

_UNSETTABLE: Final = (1.0, 0.0, "")
"""Limits and id of a parameter that is none, or none of a boundary's: no value lies between."""


class CommitScheduler:
    """Own the committed state. One thread calls it; it neither sleeps nor reads a clock."""

    def __init__(
        self,
        table: ParameterTable,
        scenes: SceneLibrary,
        scene: str,
        first_epoch: int,
        *,
        seed: int = 0,
    ) -> None:
        """Start in a scene.

        Args:
            first_epoch: the scene epoch to begin with, above any the output has seen.
            seed: of what modulates at random.

        Raises:
            SceneError: if there is no such scene.
        """
        self._table = table
        self._settable = {
            name: (spec.minimum, spec.maximum, spec.id)
            for spec in table.values()
            if spec.policy is CommitPolicy.CHUNK
            for name in (spec.id, *spec.aliases)
        }
        self._live = LiveState(table, scenes[scene])
        self._modulation = ModulationPlayer(table, self._live.scene.modulation, seed)
        self._launcher = Launcher()
        self._scenes = ScenePlayer(table, scenes, first_epoch, self._live, self._modulation, self._launcher)
        self._playlist = PlaylistPlayer(self._live)
        self._cues = CuePlayer(self._scenes, self._launcher)
        self._autopilot = AutoPilotSeat()
        self._quality: tuple[str, ...] = ()
        self._reference: Reference | None = None
        self._version = 0
        self._values: Mapping[str, float] = {}

    @property
    def epoch(self) -> int:
        """Return the scene epoch as of the last boundary."""
        return self._scenes.epoch

    @property
    def scene(self) -> Scene:
        """Return the scene as of the last boundary."""
        return self._live.scene

    @property
    def quality(self) -> tuple[str, ...]:
        """Return the steps of quality taken as of the last boundary, by id."""
        return self._quality

    @property
    def next_due_ns(self) -> int | None:
        """Return the earliest instant of a queued cut or a following cue; None without one."""
        queued = self._launcher.first
        instants = (queued.due_ns if queued is not None else None, self._cues.next_due_ns)
        return min((instant_ns for instant_ns in instants if instant_ns is not None), default=None)

    @property
    def next_launch(self) -> NextLaunch | None:
        """Return the first of the queued cuts; None without one."""
        return self._launcher.first

    @property
    def upcoming(self) -> tuple[str, str]:
        """Return the next prompt of the playlist, and the scene of the next cue; "" without one."""
        return self._playlist.next_prompt, self._cues.next_scene

    def scene_start(self, scene_name: str) -> SceneStart:
        """Return what a cut to this scene would commit now.

        Raises:
            SceneError: if there is no such scene.
        """
        return replace(self._scenes.start_of(scene_name), reference=self._reference)

    def boundary(
        self,
        commands: Iterable[Command],
        now_ns: int,
        content_ns: int,
        chunk_ns: int,
        sound: FeatureTrack = NO_SOUND,
        chunk_frames: int = 1,
    ) -> Commit:
        """Commit every command that has arrived.

        Args:
            commands: all commands since the last boundary, in order of arrival.
            now_ns: the wall instant, for beats; it must include any launch-ahead.
            content_ns: video generated so far, for glides.
            chunk_ns: length of the chunk that follows.
            sound: what is heard, for each of its frames.
            chunk_frames: how many they are; modulation has one value for each.
        """
        here = BoundaryDraft(now_ns, content_ns, chunk_ns, sound, chunk_frames)
        self._modulation.begin(content_ns)
        settable, moves, scenes = self._settable, here.moves, self._scenes
        for command in commands:
            # The way of nearly all commands of a busy show, kept short: a thousand of them cost an eighth of a
            # millisecond.
            if type(command) is SetParameter:
                if command.glide is None:
                    try:
                        low, high, key = settable[command.parameter]
                    except KeyError:
                        low, high, key = _UNSETTABLE
                    value = command.value
                    if value >= low and value <= high:  # a chain takes a fifth longer
                        moves[key] = command
                        continue
            elif type(command) is SetPrompt and command.text.strip():
                here.words = command
                continue
            elif type(command) is HardCut and command.launch is Launch.NOW and command.scene in scenes.library:
                moves.clear()  # what the cut replaces need not be worked out
                here.words = None
                scenes.cut_now(command, here)
                continue
            try:
                self._collect(command, here)
            except EngineError as error:
                here.events.append(CommandRefused(at_ns=now_ns, command=command, text=str(error)))
        self._settle(here)
        self._cues.follow_on(here)
        self._cues.chase(here)
        self._scenes.launch_due(here)
        self._fly(here)
        return self._commit(here)

    def restart(self, reason: str, now_ns: int) -> Cut:
        """Open a new epoch without changing anything else, as the generator lost its caches."""
        return self._scenes.restart(reason, now_ns)

    # -- continuous commands: checked at once, applied when nothing can overtake them -----------

    def _collect(self, command: Command, here: BoundaryDraft) -> None:
        match command:
            case SetParameter():
                spec = self._table[command.parameter]
                if spec.policy is not CommitPolicy.CHUNK:
                    raise ParameterError(f"{spec.label} is not changed at a chunk boundary", where=spec.id)
                spec.check(command.value)
                if command.glide is not None:
                    command.glide.span.length_ns(here.chunk_ns, self._launcher.tempo.beat_period_ns)
                here.moves[spec.id] = command
            case SetPrompt() | SetPromptBlend():
                blend_of(command)
                here.words = command
            case _:
                self._settle(here)
                self._apply(command, here)

    def _settle(self, here: BoundaryDraft) -> None:
        """Apply the latest of the continuous commands gathered so far."""
        for key, command in here.moves.items():
            spec = self._table[key]
            glide = command.glide or spec.glide
            length_ns = glide.span.length_ns(here.chunk_ns, self._launcher.tempo.beat_period_ns)
            self._live.glide(key, spec.check(command.value), here.content_ns, length_ns, glide.ease)
            here.origins[key] = command.origin
            here.touched = True
        here.moves.clear()
        if here.words is not None:
            self._live.morph(blend_of(here.words), here.words.chunks)
            here.words = None

    # -- everything else, one by one -----------------------------------------------------------

    def _apply(self, command: Command, here: BoundaryDraft) -> None:
        if isinstance(command, SceneCommand):
            self._scenes.apply(command, here)
        elif isinstance(command, ModulationCommand):
            self._modulation.apply(command)
        elif isinstance(command, TempoCommand):
            self._launcher.apply(command, here)
        elif isinstance(command, CueCommand):
            self._cues.apply(command, here)
        elif isinstance(command, PlaylistCommand):
            self._playlist.apply(command, here)
        else:
            self._apply_to_all(command, here)

    def _apply_to_all(self, command: Command, here: BoundaryDraft) -> None:
        match command:
            case Panic():
                self._forget_queued(here)
                self._scenes.panic(command, here)
            case CancelQueued():
                self._forget_queued(here)
            case SetAutoPilot():
                if self._autopilot.board(command.plan, here, self._launcher.tempo, self.epoch):
                    self._forget_queued(here)
            case TakeSteps():
                here.touched = here.touched or command.steps != self._quality
                self._quality = command.steps
            case UseReference():
                here.touched = here.touched or command.reference != self._reference
                self._reference = command.reference
                file = command.reference.file if command.reference is not None else ""
                here.events.append(ReferenceChanged(at_ns=here.now_ns, file=file))
            case _:
                raise EngineError(f"The scheduler does not know the command {type(command).__name__}")

    def _forget_queued(self, here: BoundaryDraft) -> None:
        self._cues.pause(here)
        self._launcher.clear(here)

    # -- the auto-pilot ------------------------------------------------------------------------

    def _fly(self, here: BoundaryDraft) -> None:
        """Queue the auto-pilot's next cut, or morph to its next prompt, when it is time."""
        tempo, library = self._launcher.tempo, self._scenes.library
        move = self._autopilot.fly(here, tempo, self.epoch, self._live, library, self._playlist.prompts)
        if isinstance(move, GoToPrompt):
            self._playlist.apply(move, here)
        elif move is not None:
            self._scenes.queue(move, tempo.nearest_ns(move.stamp_ns, Launch.BAR), here)

    # -- the snapshot for the chunk ------------------------------------------------------------

    def _modulate(self, here: BoundaryDraft) -> Moved:
        """Work out what modulation adds in the chunk that follows."""
        span = Span(
            here.now_ns,
            here.content_ns,
            here.chunk_frames,
            here.chunk_ns // here.chunk_frames,
            self._launcher.tempo,
            opens=self._scenes.begin_chunk(),
            sound=here.sound,
        )
        news = self._modulation.news(here.now_ns)
        if news is not None:
            here.events.append(news)
        return self._modulation.play(span, self._live.track)

    def _commit(self, here: BoundaryDraft) -> Commit:
        live = self._live
        stepped = live.step()
        moved = self._modulate(here)
        values = live.values(here.content_ns + here.chunk_ns)
        changed = here.touched or stepped or values != self._values or self._version == 0
        self._values = values
        self._version += changed
        return Commit(
            version=self._version,
            epoch=self.epoch,
            scene=live.scene.name,
            cuts=tuple(here.cuts),
            values=MappingProxyType(values),
            targets=MappingProxyType(live.targets),
            prompt=live.prompt,
            prompt_target=live.prompt_target,
            prompt_progress=live.prompt_progress,
            changed=changed,
            origins=MappingProxyType(here.origins),
            events=tuple(here.events),
            visit=self._scenes.visit,
            past_bias=live.past_bias,
            stored=tuple(here.stored),
            quality=self._quality,
            sound=here.sound,
            moved=moved,
            reference=self._reference,
        )
