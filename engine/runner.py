"""The chunk loop: wait for the right moment, commit, generate, publish. It runs on the engine thread."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from engine.clock import NS_PER_SECOND, Clock
from engine.commands import Command
from engine.events import BackendChoice, CacheReset, Committed, Event
from engine.frame import ControlMap, InputFrame, OutputFrame
from engine.generators.base import ChunkAbortedError, ChunkKey, ChunkRequest, VideoGenerator
from engine.mailbox import Latest, Mailbox
from engine.scheduling.commits import Commit, CommitScheduler, Cut
from engine.scheduling.intake import Intake
from engine.scheduling.pacing import ChunkPacing, QueueState
from engine.session.records import Outcome
from engine.session.step import Boundary, Step

LONGEST_WAIT_NS = NS_PER_SECOND // 4
"""The loop looks around at least this often, whatever the output says."""


class FrameSupply(Protocol):
    """Where input frames come from."""

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]: ...


class ControlSupply(Protocol):
    """Where control maps come from."""

    def newest(self) -> ControlMap | None: ...


class FrameSink(Protocol):
    """Where finished chunks go."""

    def queue_state(self) -> QueueState: ...

    def free_slots(self) -> int: ...

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None: ...


class Witness(Protocol):
    """Who is told of each boundary with its chunk. It must not keep the loop waiting."""

    def took(self, step: Step) -> None: ...

    def began(self, backends: tuple[BackendChoice, ...]) -> None: ...

    def restarted(self, cut: Cut) -> None: ...


class Nobody:
    """Nothing is recorded."""

    def took(self, step: Step) -> None:
        """Let it go."""

    def began(self, backends: tuple[BackendChoice, ...]) -> None:
        """Let it go."""

    def restarted(self, cut: Cut) -> None:
        """Let it go."""


class Interrupt:
    """Set by the gate when a cut arrives, so that the chunk in flight ends at its next safe point."""

    def __init__(self) -> None:
        self._flag = threading.Event()

    def request(self) -> None:
        """Ask for the chunk in flight to be abandoned."""
        self._flag.set()

    def clear(self) -> None:
        """The cut is about to be committed."""
        self._flag.clear()

    def requested(self) -> bool:
        """True once a cut waits."""
        return self._flag.is_set()

    def wait(self, timeout_ns: int) -> None:
        """Wait for a request, timeout_ns at most."""
        self._flag.wait(timeout_ns / NS_PER_SECOND)


@dataclass(frozen=True, slots=True)
class RunnerProgress:
    """What the loop has done so far; put into a slot after each chunk for the monitor to read.

    Attributes:
        frames: generated frames that were published; finished_ns: when the last was.
        chunk_ns: how long the last chunk took from its start until it was published.
        depth_age_ns: age of the control map it used, -1 without one.
    """

    chunks: int = 0
    frames: int = 0
    aborted: int = 0
    epoch: int = 0
    cache_resets: int = 0
    chunk_ns: int = 0
    depth_age_ns: int = -1
    finished_ns: int = 0


@dataclass(slots=True)
class RunnerRooms:
    """What the loop is wired to; it owns none of them but the generator and the scheduler."""

    clock: Clock
    commands: Mailbox[Command]
    interrupt: Interrupt
    source: FrameSupply
    depth: ControlSupply
    output: FrameSink
    emit: Callable[[Event], None]
    cut_made: Callable[[Cut], None]
    progress: Latest[RunnerProgress]
    witness: Witness = field(default_factory=Nobody)


class Runner:
    """Generates chunk after chunk. Everything that shapes a chunk is fixed at its boundary."""

    def __init__(
        self,
        rooms: RunnerRooms,
        generator: VideoGenerator,
        scheduler: CommitScheduler,
        pacing: ChunkPacing,
        seed: int,
        so_far: RunnerProgress,
    ) -> None:
        self._rooms = rooms
        self._generator = generator
        self._scheduler = scheduler
        self._pacing = pacing
        self._seed = seed
        self._intake = Intake(generator.spec.chunk_frames)
        self._content_ns = 0
        self._epoch_chunks = 0
        self._total = so_far

    def step(self, others: Callable[[Command], bool]) -> None:
        """One boundary and its chunk; nothing if the output has no room for one yet.

        Args:
            others: takes the commands that are not the scheduler's (another source, another
                generator) and says whether it did.

        Raises:
            GeneratorError, OutputError: the chunk could not be made or published.
        """
        rooms = self._rooms
        self._await_turn()
        rooms.interrupt.clear()
        if rooms.output.free_slots() < self._generator.spec.chunk_frames:
            rooms.interrupt.wait(LONGEST_WAIT_NS)  # the output stands still: it is being started again
            return
        commands = [command for command in rooms.commands.drain() if not others(command)]
        now_ns = rooms.clock.now_ns()
        chunk_ns = self._generator.spec.chunk_frames * self._pacing.period_ns
        boundary = Boundary(tuple(commands), now_ns + self._pacing.expected_ns(), self._content_ns, chunk_ns)
        commit = self._scheduler.boundary(boundary.commands, boundary.now_ns, boundary.content_ns, boundary.chunk_ns)
        self.reset(commit.cuts)
        self._tell(commit, now_ns)
        self._make_chunk(boundary, commit, now_ns)

    def reset(self, cuts: Sequence[Cut]) -> None:
        """Reset the caches for these cuts (once for all of them, told one by one)."""
        if not cuts:
            return
        self._generator.reset()
        self._epoch_chunks = 0
        for cut in cuts:
            self._rooms.cut_made(cut)
            self._rooms.emit(CacheReset(at_ns=self._rooms.clock.now_ns(), epoch=cut.epoch, reason=cut.reason))
        self._note(epoch=cuts[-1].epoch, cache_resets=self._total.cache_resets + len(cuts))

    def _await_turn(self) -> None:
        """Wait until the output will soon need a chunk, a cut arrives or a queued cut is due."""
        rooms = self._rooms
        deadline_ns = rooms.clock.now_ns() + LONGEST_WAIT_NS
        while not rooms.interrupt.requested():
            now_ns = rooms.clock.now_ns()
            wait_ns = min(self._pacing.wait_ns(now_ns, rooms.output.queue_state()), deadline_ns - now_ns)
            due_ns = self._scheduler.next_due_ns
            if due_ns is not None:
                wait_ns = min(wait_ns, due_ns - self._pacing.expected_ns() - now_ns)
            if wait_ns <= 0:
                return
            rooms.interrupt.wait(wait_ns)

    def _tell(self, commit: Commit, now_ns: int) -> None:
        for event in commit.events:
            self._rooms.emit(event)
        if commit.changed:
            self._rooms.emit(
                Committed(
                    at_ns=now_ns,
                    version=commit.version,
                    chunk_index=self._total.chunks,
                    epoch=commit.epoch,
                    scene=commit.scene,
                    prompt=commit.prompt_target,
                    prompt_progress=commit.prompt_progress,
                    values=commit.values,
                    targets=commit.targets,
                    origins=commit.origins,
                )
            )

    def _make_chunk(self, boundary: Boundary, commit: Commit, now_ns: int) -> None:
        rooms, spec = self._rooms, self._generator.spec
        period_ns = self._pacing.period_ns
        frames = rooms.source.frames(self._intake.targets(now_ns, period_ns))
        self._intake.chosen([frame.capture_ns for frame in frames])
        control = rooms.depth.newest()
        request = ChunkRequest(
            key=ChunkKey(self._seed, commit.epoch, self._epoch_chunks),
            frames=frames,
            control=control,
            now_ns=now_ns,
            period_ns=period_ns,
            values=commit.values,
            prompt=commit.prompt,
            past_bias=commit.past_bias,
        )
        # The chunk that opens an epoch is finished whatever comes: pads hit faster than chunks are
        # made would otherwise keep every new scene from the screen.
        opening = self._epoch_chunks == 0
        outcome, chunk = Outcome.FAILED, None
        try:
            chunk = self._generator.generate(request, _never if opening else rooms.interrupt.requested)
            outcome = Outcome.MADE
        except ChunkAbortedError:
            outcome = Outcome.ABANDONED
        finally:
            rooms.witness.took(Step(boundary, commit, request, outcome, chunk.images if chunk is not None else ()))
        if chunk is None:
            self._intake.restart()
            self._note(aborted=self._total.aborted + 1)
            return
        dry = rooms.output.queue_state().queued == 0
        rooms.output.publish_chunk(
            [
                OutputFrame(
                    epoch=commit.epoch,
                    chunk_index=self._total.chunks,
                    position=position,
                    capture_ns=frames[position].capture_ns if frames else 0,
                    period_ns=period_ns,
                    image=image,
                )
                for position, image in enumerate(chunk.images)
            ]
        )
        finished_ns = rooms.clock.now_ns()
        self._pacing.finished(finished_ns - now_ns, dry=dry)
        self._content_ns += spec.chunk_frames * period_ns
        self._epoch_chunks += 1
        self._note(
            chunks=self._total.chunks + 1,
            frames=self._total.frames + len(chunk.images),
            epoch=commit.epoch,
            chunk_ns=finished_ns - now_ns,
            depth_age_ns=now_ns - control.capture_ns if control is not None else -1,
            finished_ns=finished_ns,
        )

    def _note(self, **changes: int) -> None:
        self._total = replace(self._total, **changes)
        self._rooms.progress.put(self._total)


def _never() -> bool:
    return False
