"""The cue list as the scheduler plays it: called by hand, by the cue before, or by timecode."""

from dataclasses import replace
from typing import TypeAlias

from engine.errors import CueError, EngineError
from engine.messages.commands import (
    Command,
    HardCut,
    Origin,
    SoftCut,
)
from engine.messages.cue_lists import CueKind
from engine.messages.events import CommandRefused
from engine.messages.list_commands import (
    DropCues,
    FollowTimecode,
    GoToCue,
    StepCues,
    UseCues,
)
from engine.messages.list_events import no_cues
from engine.scheduling.boundary_draft import BoundaryDraft
from engine.scheduling.chase import TimecodeChase, timecode_event
from engine.scheduling.launcher import Launcher
from engine.scheduling.scene_player import ScenePlayer
from engine.scheduling.sequences import BEFORE_THE_FIRST, CueRun, begin_cues

CueCommand: TypeAlias = UseCues | DropCues | StepCues | GoToCue | FollowTimecode


class CuePlayer:
    """Requests the cuts of cues. The scheduler owns it."""

    def __init__(self, scenes: ScenePlayer, launcher: Launcher) -> None:
        self._scenes = scenes
        self._launcher = launcher
        self._run: CueRun | None = None
        self._chase = TimecodeChase()

    @property
    def next_scene(self) -> str:
        """Return the scene of the next cue, "" without one."""
        cue = self._run.next_cue if self._run is not None else None
        return cue.scene if cue is not None else ""

    @property
    def next_due_ns(self) -> int | None:
        """Return when the next cue plays without being called by hand; None: none does."""
        if self._run is None:
            return None
        coming = (self._run.follow_ns, self._chase.next_due_ns(self._run.cues))
        return min((instant_ns for instant_ns in coming if instant_ns is not None), default=None)

    def apply(self, command: CueCommand, here: BoundaryDraft) -> None:
        """Carry out a command.

        Raises:
            EngineError: there is no cue list, cue or scene, or no such timecode.
        """
        match command:
            case UseCues():
                self._run = begin_cues(command)
                self._chase = self._chase.restarted(self._run.place)
                here.events.append(self._run.event(here.now_ns))
            case DropCues():
                self._run = None
                self._chase = self._chase.restarted(BEFORE_THE_FIRST)
                here.events.append(no_cues(here.now_ns))
            case StepCues():
                self._play(self._list().place + command.steps, here.now_ns, command, here)
            case GoToCue():
                self._play(command.number - 1, here.now_ns, command, here)
            case FollowTimecode():
                self._chase = self._chase.follow(command)
                here.events.append(timecode_event(command, here.now_ns))

    def follow_on(self, here: BoundaryDraft) -> None:
        """Play the due cues that follow by themselves, timed from when they were due."""
        while (run := self._run) is not None and run.follow_ns is not None and run.follow_ns <= here.now_ns:
            step = StepCues(stamp_ns=run.follow_ns, origin=Origin.ENGINE)
            self._run = run.paused()
            self._try(run.place + 1, run.follow_ns, step, here)

    def chase(self, here: BoundaryDraft) -> None:
        """Play the cue that the timecode has reached, timed from when it was due."""
        if self._run is None:
            return
        self._chase, reached = self._chase.advanced(self._run.cues, here.now_ns)
        if reached is not None:
            go = GoToCue(number=reached.place + 1, stamp_ns=reached.due_ns, origin=Origin.TIMECODE)
            self._try(reached.place, reached.due_ns, go, here)

    def pause(self, here: BoundaryDraft) -> None:
        """Wait to be called again."""
        if self._run is not None and self._run.follow_ns is not None:
            self._run = self._run.paused()
            here.events.append(self._run.event(here.now_ns))

    def _list(self) -> CueRun:
        if self._run is None:
            raise CueError("There is no cue list", remedy="Load one first.")
        return self._run

    def _try(self, place: int, at_ns: int, command: Command, here: BoundaryDraft) -> None:
        try:
            self._play(place, at_ns, command, here)
        except EngineError as error:
            here.events.append(CommandRefused(at_ns=here.now_ns, command=command, text=str(error)))

    def _play(self, place: int, at_ns: int, command: Command, here: BoundaryDraft) -> None:
        """Request the cut of a cue; a following cue is timed from the beat on which it falls."""
        run = self._list().moved_to(place)
        cue = run.cues.cues[place]
        beat_ns = self._launcher.tempo.beat_period_ns
        made: HardCut | SoftCut = HardCut(
            stamp_ns=command.stamp_ns, origin=command.origin, scene=cue.scene, launch=cue.launch
        )
        if cue.kind is CueKind.SOFT:
            chunks = max(round(cue.duration.length_ns(here.chunk_ns, beat_ns) / here.chunk_ns), 1)
            made = SoftCut(
                stamp_ns=made.stamp_ns, origin=made.origin, scene=made.scene, launch=made.launch, chunks=chunks
            )
        by_itself = command.origin in (Origin.ENGINE, Origin.TIMECODE)
        due_ns = self._scenes.request(made, here, at_ns, timed=by_itself)
        follows = cue.follow is not None and run.next_cue is not None
        follow_ns = due_ns + cue.follow.length_ns(here.chunk_ns, beat_ns) if cue.follow and follows else None
        self._run = replace(run, follow_ns=follow_ns)
        here.events.append(self._run.event(here.now_ns))
