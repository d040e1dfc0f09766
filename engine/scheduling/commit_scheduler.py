"""The one place where anything that shapes generation changes: a commit at a chunk boundary.

The order at a boundary, always the same:

1. What has arrived, in order of arrival. Continuous commands (parameters, prompts) coalesce: of several between two
   others the latest wins, and the last is never lost. One-shots (cuts, snapshots, steps) are applied each.
   A cut replaces what was set before it and is overlaid by what was set after it.
2. A cue that follows by itself and is due.
3. Queued cuts that are due, the earliest first, those of one instant in order of arrival.
4. The prompt and the dip of a soft cut take one step; values are taken at the end of the chunk that follows, to
   which the generator travels within it.

Only a cut resets a cache. Nothing is bounded and nothing is dropped: what cannot be done is refused in a sentence.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from engine.errors import CueError, EngineError, ParameterError, PlaylistError
from engine.messages.audio import NO_SOUND, FeatureTrack
from engine.messages.commands import (
    CancelQueued,
    Command,
    ExternalBeat,
    FireTrigger,
    FollowTimecode,
    GoToCue,
    GoToPrompt,
    HardCut,
    Launch,
    LoopPlaylist,
    NudgeTempo,
    Origin,
    Panic,
    RecallSnapshot,
    Resync,
    RouteMacros,
    SaveScene,
    SetAutoPilot,
    SetModulationDepth,
    SetModulator,
    SetParameter,
    SetPressure,
    SetPrompt,
    SetPromptBlend,
    SetTempo,
    ShufflePlaylist,
    SoftCut,
    StepCues,
    StepPlaylist,
    StoreSnapshot,
    SwitchModulation,
    Tap,
    UseCues,
    UsePlaylist,
    UseScenes,
)
from engine.messages.cue_lists import CueKind
from engine.messages.events import CommandRefused, SceneCaptured, SnapshotStored, TempoChanged
from engine.messages.parameters import CommitPolicy, ParameterTable
from engine.messages.prompt import PromptBlend
from engine.messages.quality import TakeSteps
from engine.messages.scenes import Scene, SceneLibrary, check_name
from engine.scheduling.autopilot_seat import AutoPilotSeat
from engine.scheduling.boundary_draft import BoundaryDraft
from engine.scheduling.chase import TimecodeChase, timecode_event
from engine.scheduling.commit import Commit as Commit
from engine.scheduling.commit import Cut as Cut
from engine.scheduling.commit import NextLaunch as NextLaunch
from engine.scheduling.commit import SceneStart as SceneStart
from engine.scheduling.cut_queue import CutQueue, PlannedCut
from engine.scheduling.live import LiveState, Snapshot, SnapshotSlots, blend_of
from engine.scheduling.modulation.player import ModulationPlayer
from engine.scheduling.modulation.rack import Moved, Span
from engine.scheduling.sequences import CueRun, PlaylistCommand, PlaylistRun, begin_cues, begin_playlist
from engine.scheduling.tempo import TapTempo, Tempo

DEFAULT_BPM: Final = 120.0


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
        names = {name: spec for spec in table.values() for name in (spec.id, *spec.aliases)}
        self._settable = {name: spec for name, spec in names.items() if spec.policy is CommitPolicy.CHUNK}
        self._scenes = scenes
        self._epoch = first_epoch
        self._live = LiveState(table, scenes[scene])
        self._modulation = ModulationPlayer(table, self._live.scene.modulation, seed)
        self._opens = True
        self._snapshots = SnapshotSlots()
        self._playlist: PlaylistRun | None = None
        self._cues: CueRun | None = None
        self._chase = TimecodeChase()
        self._taps = TapTempo()
        self._tempo = Tempo(DEFAULT_BPM, 0)
        self._queue = CutQueue()
        self._autopilot = AutoPilotSeat()
        self._version = 0
        self._values: Mapping[str, float] = {}
        self._quality: tuple[str, ...] = ()
        self._visits: Counter[str] = Counter()
        self._visit = self._begin_scene()

    @property
    def epoch(self) -> int:
        """Return the scene epoch as of the last boundary."""
        return self._epoch

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
        instants = [self._queue.first.due_ns] if self._queue.first is not None else []
        if self._cues is not None:
            coming = (self._cues.follow_ns, self._chase.next_due_ns(self._cues.cues))
            instants += [instant_ns for instant_ns in coming if instant_ns is not None]
        return min(instants, default=None)

    @property
    def next_launch(self) -> NextLaunch | None:
        """Return the first of the queued cuts; None without one."""
        return self._queue.first

    @property
    def upcoming(self) -> tuple[str, str]:
        """Return the next prompt of the playlist, and the scene of the next cue; "" without one."""
        cue = self._cues.next_cue if self._cues is not None else None
        prompt = self._playlist.next_prompt if self._playlist is not None else ""
        return prompt, cue.scene if cue is not None else ""

    def scene_start(self, scene_name: str) -> SceneStart:
        """Return what a cut to this scene would commit now.

        Raises:
            SceneError: if there is no such scene.
        """
        scene = self._scenes[scene_name]
        values = MappingProxyType(scene.values(self._table))
        return SceneStart(scene.name, values, scene.blend(), self._visits[scene.name])

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
        settable = self._settable
        moves = here.moves
        for command in commands:
            # The way of nearly all commands of a busy show, kept short: a thousand of them cost less than 1 ms.
            if type(command) is SetParameter and command.glide is None:
                spec = settable.get(command.parameter)
                if spec is not None and spec.minimum <= command.value <= spec.maximum:
                    moves[spec.id] = command
                    continue
            try:
                self._collect(command, here)
            except EngineError as error:
                here.events.append(CommandRefused(at_ns=now_ns, command=command, text=str(error)))
        self._settle(here)
        self._follow_on(here)
        self._chase_timecode(here)
        self._launch_due(here)
        self._fly(here)
        return self._commit(here)

    def restart(self, reason: str, now_ns: int) -> Cut:
        """Open a new epoch without changing anything else, as the generator lost its caches."""
        self._epoch += 1
        self._opens = True
        self._visit = self._begin_scene()
        return Cut(self._epoch, self._live.scene.name, reason, Origin.ENGINE, now_ns)

    def _begin_scene(self) -> int:
        """Count another visit to the scene; return how many there were before."""
        before = self._visits[self._live.scene.name]
        self._visits[self._live.scene.name] += 1
        return before

    # -- continuous commands: checked at once, applied when nothing can overtake them -----------

    def _collect(self, command: Command, here: BoundaryDraft) -> None:
        match command:
            case SetParameter():
                spec = self._table[command.parameter]
                if spec.policy is not CommitPolicy.CHUNK:
                    raise ParameterError(f"{spec.label} is not changed at a chunk boundary", where=spec.id)
                spec.check(command.value)
                if command.glide is not None:
                    command.glide.span.length_ns(here.chunk_ns, self._tempo.beat_period_ns)
                here.moves[spec.id] = command
            case SetPrompt() | SetPromptBlend():
                blend_of(command)
                here.words = command
            case HardCut(launch=Launch.NOW) if command.scene in self._scenes:
                here.moves.clear()  # what the cut replaces need not be worked out
                here.words = None
                self._apply(command, here)
            case _:
                self._settle(here)
                self._apply(command, here)

    def _settle(self, here: BoundaryDraft) -> None:
        """Apply the latest of the continuous commands gathered so far."""
        for key, command in here.moves.items():
            spec = self._table[key]
            glide = command.glide or spec.glide
            length_ns = glide.span.length_ns(here.chunk_ns, self._tempo.beat_period_ns)
            self._live.glide(key, spec.check(command.value), here.content_ns, length_ns, glide.ease)
            here.origins[key] = command.origin
            here.touched = True
        here.moves.clear()
        if here.words is not None:
            self._live.morph(blend_of(here.words), here.words.chunks)
            here.words = None

    # -- everything else, one by one -----------------------------------------------------------

    def _apply(self, command: Command, here: BoundaryDraft) -> None:
        match command:
            case HardCut() | SoftCut() | RecallSnapshot():
                self._request_cut(command, here, here.now_ns)
            case Panic():
                self._forget_queued(here)
                playing = self._live.scene  # perhaps as a waiting cut or a snapshot held it, edited since
                stored = playing.name in self._scenes
                self._live.cut_to(self._scenes[playing.name] if stored else playing)
                self._modulation.cut_to(self._live.scene.modulation)
                self._open_epoch("panic", command, here)
            case CancelQueued():
                self._forget_queued(here)
            case StoreSnapshot():
                snapshot = self._live.snapshot(here.content_ns, self._tempo, self._modulation.scene)
                self._snapshots.store(command.slot, snapshot)
                here.stored.append(command.slot)
                event = SnapshotStored(at_ns=here.now_ns, slot=command.slot, scene=self._live.scene.name)
                here.events.append(event)
            case SaveScene():
                scene = self._live.as_scene(check_name(command.name), self._modulation.scene)
                here.events.append(SceneCaptured(at_ns=here.now_ns, scene=scene, command=command))
            case UseScenes():
                self._scenes = command.scenes
                self._live.replace_scene(command.scenes, command.renamed)
            case Tap() | SetTempo() | NudgeTempo() | Resync() | ExternalBeat():
                self._apply_tempo(command, here)
            case UsePlaylist() | StepPlaylist() | GoToPrompt() | ShufflePlaylist() | LoopPlaylist():
                self._apply_playlist(command, here)
            case _:
                self._apply_lasting(command, here)

    def _apply_lasting(self, command: Command, here: BoundaryDraft) -> None:
        """Carry out what plays on by itself: modulation, the auto-pilot, cue lists."""
        match command:
            case (
                SetModulator()
                | SetModulationDepth()
                | SwitchModulation()
                | FireTrigger()
                | SetPressure()
                | RouteMacros()
            ):
                self._modulation.apply(command)
            case SetAutoPilot():
                if self._autopilot.board(command.plan, here, self._tempo, self._epoch):
                    self._forget_queued(here)
            case UseCues():
                self._cues = begin_cues(command)
                self._chase = self._chase.restarted(self._cues.place)
                here.events.append(self._cues.event(here.now_ns))
            case TakeSteps():
                here.touched = here.touched or command.steps != self._quality
                self._quality = command.steps
            case FollowTimecode():
                self._chase = self._chase.follow(command)
                here.events.append(timecode_event(command, here.now_ns))
            case StepCues():
                self._play_cue(self._cue_run().place + command.steps, here.now_ns, command, here)
            case GoToCue():
                self._play_cue(command.number - 1, here.now_ns, command, here)
            case _:
                raise EngineError(f"The scheduler does not know the command {type(command).__name__}")

    # -- cuts ----------------------------------------------------------------------------------

    def _request_cut(
        self, command: HardCut | SoftCut | RecallSnapshot, here: BoundaryDraft, from_ns: int, *, timed: bool = False
    ) -> int:
        """Cut at once, or queue the cut for the first beat from an instant on; return when it is due."""
        goal = self._snapshots[command.slot] if isinstance(command, RecallSnapshot) else self._scenes[command.scene]
        cut = PlannedCut(command, goal, self._tempo.next_ns(from_ns, command.launch), timed)
        if command.launch is Launch.NOW:
            self._play(cut, here)
        else:
            self._queue.add(cut)
            here.events.append(self._queue.event(here.now_ns))
        return cut.due_ns

    def _play(self, cut: PlannedCut, here: BoundaryDraft) -> None:
        match cut.command, cut.goal:
            case SoftCut() as soft, Scene() as scene:
                moved = self._live.glide_to(scene, here.content_ns, soft.chunks, here.chunk_ns)
                self._modulation.morph_to(scene.modulation, max(soft.chunks, 1) * here.chunk_ns)
                here.origins.update(dict.fromkeys(moved, Origin.ENGINE))
                here.touched = True
            case RecallSnapshot() as recall, Snapshot() as snapshot:
                self._live.restore(snapshot)
                self._modulation.cut_to(snapshot.modulation)
                self._set_tempo(snapshot.tempo, here)
                reason = f"back to snapshot {recall.slot}"
                self._open_epoch(reason, recall, here, cut.beat_ns, recall.slot)
            case hard, Scene() as scene:
                self._live.cut_to(scene)
                self._modulation.cut_to(scene.modulation)
                self._open_epoch(f"cut to {scene.name}", hard, here, cut.beat_ns)

    def _open_epoch(
        self, reason: str, command: Command, here: BoundaryDraft, due_ns: int = 0, snapshot: int | None = None
    ) -> None:
        self._epoch += 1
        self._opens = True
        self._visit = self._begin_scene()
        scene = self._live.scene.name
        here.cuts.append(Cut(self._epoch, scene, reason, command.origin, command.stamp_ns, due_ns, snapshot))
        here.origins.update(dict.fromkeys(self._table, Origin.ENGINE))
        here.touched = True

    def _launch_due(self, here: BoundaryDraft) -> None:
        due = self._queue.pop_due(here.now_ns)
        for cut in due:
            self._play(cut, here)
        if due:
            here.events.append(self._queue.event(here.now_ns))

    def _forget_queued(self, here: BoundaryDraft) -> None:
        if self._cues is not None and self._cues.follow_ns is not None:
            self._cues = self._cues.paused()
            here.events.append(self._cues.event(here.now_ns))
        if self._queue:
            self._queue.clear()
            here.events.append(self._queue.event(here.now_ns))

    # -- tempo ---------------------------------------------------------------------------------

    def _apply_tempo(self, command: Tap | SetTempo | NudgeTempo | Resync | ExternalBeat, here: BoundaryDraft) -> None:
        match command:
            case Tap():
                found = self._taps.tap(command.stamp_ns)
                if found is not None:
                    self._set_tempo(found, here)
            case SetTempo():
                self._set_tempo(Tempo(command.bpm, command.stamp_ns), here)
            case NudgeTempo():
                self._set_tempo(self._tempo.nudged(command.offset_ns), here)
            case Resync():
                self._set_tempo(self._tempo.resynced(command.stamp_ns), here)
            case ExternalBeat():
                self._set_tempo(self._tempo.followed(command.bpm, command.beat_ns), here)

    def _set_tempo(self, tempo: Tempo, here: BoundaryDraft) -> None:
        """Change the beat; queued cuts move to the nearest new beat."""
        self._tempo = tempo
        here.events.append(TempoChanged(at_ns=here.now_ns, bpm=tempo.bpm, beat_ns=tempo.anchor_ns))
        if self._queue.follow(tempo):
            here.events.append(self._queue.event(here.now_ns))

    # -- playlist and cues ---------------------------------------------------------------------

    def _apply_playlist(self, command: PlaylistCommand, here: BoundaryDraft) -> None:
        if isinstance(command, UsePlaylist):
            self._playlist = begin_playlist(command)
        elif self._playlist is None:
            raise PlaylistError("There is no playlist", remedy="Load one first.")
        else:
            self._playlist = self._playlist.applied(command)
        if isinstance(command, StepPlaylist | GoToPrompt):
            self._live.morph(PromptBlend(((self._playlist.prompt, 1.0),)), command.chunks)
        here.events.append(self._playlist.event(here.now_ns))

    def _cue_run(self) -> CueRun:
        if self._cues is None:
            raise CueError("There is no cue list", remedy="Load one first.")
        return self._cues

    def _play_cue(self, place: int, at_ns: int, command: Command, here: BoundaryDraft) -> None:
        """Request the cut of a cue; a following cue is timed from the beat on which it falls."""
        run = self._cue_run().moved_to(place)
        cue = run.cues.cues[place]
        beat_ns = self._tempo.beat_period_ns
        made: HardCut | SoftCut = HardCut(
            stamp_ns=command.stamp_ns, origin=command.origin, scene=cue.scene, launch=cue.launch
        )
        if cue.kind is CueKind.SOFT:
            chunks = max(round(cue.duration.length_ns(here.chunk_ns, beat_ns) / here.chunk_ns), 1)
            made = SoftCut(
                stamp_ns=made.stamp_ns, origin=made.origin, scene=made.scene, launch=made.launch, chunks=chunks
            )
        by_itself = command.origin in (Origin.ENGINE, Origin.TIMECODE)
        due_ns = self._request_cut(made, here, at_ns, timed=by_itself)
        follows = cue.follow is not None and run.next_cue is not None
        follow_ns = due_ns + cue.follow.length_ns(here.chunk_ns, beat_ns) if cue.follow and follows else None
        self._cues = replace(run, follow_ns=follow_ns)
        here.events.append(self._cues.event(here.now_ns))

    def _follow_on(self, here: BoundaryDraft) -> None:
        """Play the due cues that follow by themselves, timed from when they were due."""
        while (run := self._cues) is not None and run.follow_ns is not None and run.follow_ns <= here.now_ns:
            step = StepCues(stamp_ns=run.follow_ns, origin=Origin.ENGINE)
            self._cues = run.paused()
            try:
                self._play_cue(run.place + 1, run.follow_ns, step, here)
            except EngineError as error:
                here.events.append(CommandRefused(at_ns=here.now_ns, command=step, text=str(error)))

    # -- the auto-pilot ------------------------------------------------------------------------

    def _fly(self, here: BoundaryDraft) -> None:
        """Queue the auto-pilot's next cut, or morph to its next prompt, when it is time."""
        prompts = self._playlist.playlist.prompts if self._playlist is not None else ()
        move = self._autopilot.fly(here, self._tempo, self._epoch, self._live, self._scenes, prompts)
        if isinstance(move, GoToPrompt):
            self._apply_playlist(move, here)
        elif move is not None:
            self._queue.add(
                PlannedCut(move, self._scenes[move.scene], self._tempo.nearest_ns(move.stamp_ns, Launch.BAR))
            )
            here.events.append(self._queue.event(here.now_ns))

    # -- timecode ------------------------------------------------------------------------------

    def _chase_timecode(self, here: BoundaryDraft) -> None:
        """Play the cue that the timecode has reached, timed from when it was due."""
        if self._cues is None:
            return
        self._chase, reached = self._chase.advanced(self._cues.cues, here.now_ns)
        if reached is None:
            return
        go = GoToCue(number=reached.place + 1, stamp_ns=reached.due_ns, origin=Origin.TIMECODE)
        try:
            self._play_cue(reached.place, reached.due_ns, go, here)
        except EngineError as error:
            here.events.append(CommandRefused(at_ns=here.now_ns, command=go, text=str(error)))

    # -- the snapshot for the chunk ------------------------------------------------------------

    def _modulate(self, here: BoundaryDraft) -> Moved:
        """Work out what modulation adds in the chunk that follows."""
        span = Span(
            here.now_ns,
            here.content_ns,
            here.chunk_frames,
            here.chunk_ns // here.chunk_frames,
            self._tempo,
            opens=self._opens,
            sound=here.sound,
        )
        self._opens = False
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
            epoch=self._epoch,
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
            visit=self._visit,
            past_bias=live.past_bias,
            stored=tuple(here.stored),
            quality=self._quality,
            sound=here.sound,
            moved=moved,
        )
