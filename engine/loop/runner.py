"""The chunk loop: wait for the right moment, commit, generate, publish. It runs on the engine thread."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.clock import NS_PER_SECOND
from engine.generators.base import (
    Chunk,
    ChunkAbortedError,
    ChunkKey,
    ChunkRequest,
    GeneratorSnapshot,
    MemoryBudget,
    Opening,
    Snapshotting,
    VideoGenerator,
    opening_key,
)
from engine.loop.armed_scenes import MEMORY_BUDGET_BYTES, ArmedScenes
from engine.loop.chunk_check import check_chunk
from engine.loop.ports import RunnerPorts, RunnerProgress
from engine.loop.preparer import Preparer, PreparerPorts
from engine.loop.prompt_prefetch import PromptPrefetch
from engine.loop.quality_control import QualityControl
from engine.loop.snapshot_caches import BUDGET_BYTES, SnapshotCaches
from engine.messages.commands import Command, HardCut, SetParameter
from engine.messages.events import CacheReset, Committed, Notice
from engine.messages.frame import InputFrame, OutputFrame, RgbxImage
from engine.messages.mix import PLAIN, MixTrack
from engine.messages.modulation_events import ModulationMoved
from engine.messages.picture_format import PictureFormat
from engine.messages.transitions import Launch
from engine.native_heap import give_back
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import Commit, CommitScheduler, Cut
from engine.scheduling.frame_phase_lock import FramePhaseLock
from engine.scheduling.modulation.rack import STILL
from engine.scheduling.publish_time import publish_at_ns
from engine.session.records import Outcome
from engine.session.step import BoundaryInput, Step

LONGEST_WAIT_NS = NS_PER_SECOND // 4
"""The loop wakes at least this often, whatever the output says."""

ARMED_EPOCHS_KEPT = 16
"""More than the cuts made between two polls of the progress."""


class Runner:
    """Generate chunk after chunk. Everything that shapes a chunk is fixed at its boundary."""

    def __init__(
        self,
        ports: RunnerPorts,
        generator: VideoGenerator,
        scheduler: CommitScheduler,
        pacing: ChunkPacing,
        seed: int,
        so_far: RunnerProgress,
        armed: ArmedScenes | None = None,
        quality: QualityControl | None = None,
        picture_format: PictureFormat = PictureFormat.SQUARE,
    ) -> None:
        self._ports = ports
        self._generator = generator
        self._scheduler = scheduler
        self._pacing = pacing
        self._seed = seed
        self._format = picture_format
        self._phase_lock = FramePhaseLock(generator.spec.chunk_frames)
        keeps_inputs = ports.recorder.reads_inputs
        preparer_ports = PreparerPorts(ports.clock, ports.source.glance, ports.depth.newest, ports.emit, keeps_inputs)
        armed = armed or ArmedScenes()
        self._frugal = False
        snapshot_bytes, armed_bytes = self._budgets()
        armed.set_budget(armed_bytes)
        self._preparer = Preparer(preparer_ports, generator, scheduler, armed, seed)
        self._prompt_prefetch = PromptPrefetch(generator, scheduler)
        self._snapshot_caches = SnapshotCaches(snapshot_bytes)
        self._quality = quality or QualityControl()
        self._quality.begin(generator.spec.quality_steps, ports.chain, ports.emit)
        self._content_ns = so_far.content_ns  # glides go on where they were if the generator is built anew
        self._epoch_chunks = 0
        self._moved = STILL
        self._total = so_far

    def step(self, others: Callable[[Command], bool]) -> None:
        """Commit one boundary and generate its chunk; do nothing if the output has no room for one yet.

        Args:
            others: applies a command that is not the scheduler's (another source, another
                generator); returns False if it is the scheduler's.

        Raises:
            GeneratorError, OutputError: the chunk could not be made or published.
        """
        ports = self._ports
        self._pacing.follow(ports.output.period_ns)
        self._await_turn()
        ports.interrupt.clear()
        self._spare_memory()
        if ports.output.free_slots() < self._generator.spec.chunk_frames:
            ports.interrupt.wait(LONGEST_WAIT_NS)  # the output stands still: it is being started again
            return
        commands = [
            one
            for one in ports.commands.drain()
            # Nearly all that come are moves: nobody else is asked about those.
            if type(one) is SetParameter or not (others(one) or self._apply_own(one))
        ]
        now_ns = ports.clock.now_ns()
        before = self._scheduler.quality
        commands += self._quality.change(before, now_ns)
        chunk_ns = self._generator.spec.chunk_frames * self._pacing.period_ns
        horizon_ns, frames = self._horizon_ns(commands, now_ns), self._generator.spec.chunk_frames
        sound = ports.sound.track(now_ns, self._shown_ns(now_ns))
        boundary = BoundaryInput(tuple(commands), horizon_ns, self._content_ns, chunk_ns, sound, frames)
        commit = self._scheduler.boundary(boundary.commands, horizon_ns, self._content_ns, chunk_ns, sound, frames)
        if commit.quality != before:
            self._pacing.rescale(self._quality.share(commit.quality) / self._quality.share(before))
            self._quality.committed(commit.quality)
        self._snapshot_caches.store(commit.stored, self._generator)
        opening = self._preparer.claim_opening(commit, now_ns) if commit.cuts else None
        restored = self._snapshot_caches.find(commit.cuts[-1].snapshot) if commit.cuts else None
        chunk_index = self._total.chunks
        self._renew_caches(commit.cuts, opening.after if opening is not None else restored)
        if opening is not None:
            # Before anything is told: whoever hears of it wakes up, and takes the interpreter's lock.
            self._show_opening(boundary, commit, opening)
        self._tell_cuts(commit.cuts)
        self._emit_commit(commit, chunk_index, now_ns)
        if opening is None:
            self._make_chunk(boundary, commit, now_ns, commit.cuts[-1].snapshot if restored is not None else None)
        if not ports.interrupt.requested():  # a cut that waits comes first
            self._preparer.review(ports.clock.now_ns())
            self._prompt_prefetch.update(self._preparer.requested)

    def _apply_own(self, command: Command) -> bool:
        return self._preparer.apply(command) or self._quality.apply(command)

    def _budgets(self) -> tuple[int, int]:
        """What the caches of snapshots and armed openings may take, in bytes."""
        if isinstance(self._generator, MemoryBudget):  # they lie on its device
            return self._generator.room_bytes // 2, self._generator.room_bytes // 2
        return (0, 0) if self._frugal else (BUDGET_BYTES, MEMORY_BUDGET_BYTES)

    def _spare_memory(self) -> None:
        """Give up what the show can do without while memory is short."""
        frugal = self._ports.memory_short.peek() is True
        if frugal is self._frugal:
            return
        self._frugal = frugal
        snapshot_bytes, armed_bytes = self._budgets()
        self._snapshot_caches.set_budget(snapshot_bytes)
        self._preparer.set_budget(armed_bytes)
        if frugal:
            give_back()

    def close(self) -> None:
        """Abandon what is being prepared; the generator may be closed then."""
        self._preparer.close()

    def reset(self, cuts: Sequence[Cut], instead: GeneratorSnapshot | None = None) -> None:
        """Reset the caches once for these cuts, or restore `instead`; emit CacheReset for each."""
        self._renew_caches(cuts, instead)
        self._tell_cuts(cuts)

    def _renew_caches(self, cuts: Sequence[Cut], instead: GeneratorSnapshot | None) -> None:
        if not cuts:
            return
        if instead is not None and isinstance(self._generator, Snapshotting):
            self._generator.restore(instead)
        else:
            self._generator.reset()
        self._epoch_chunks = 0
        self._note(replace(self._total, epoch=cuts[-1].epoch, cache_resets=self._total.cache_resets + len(cuts)))

    def _tell_cuts(self, cuts: Sequence[Cut]) -> None:
        for cut in cuts:
            self._ports.on_cut(cut)
            self._ports.emit(CacheReset(at_ns=self._ports.clock.now_ns(), epoch=cut.epoch, reason=cut.reason))

    def _await_turn(self) -> None:
        """Wait until the output will soon need a chunk, a cut arrives or one that waits is due; prepare meanwhile."""
        ports = self._ports
        deadline_ns = ports.clock.now_ns() + LONGEST_WAIT_NS
        while not ports.interrupt.requested():
            now_ns = ports.clock.now_ns()
            wait_ns = min(self._pacing.wait_ns(now_ns, ports.output.queue_state()), deadline_ns - now_ns)
            launch_ns = self._launch_ns()
            if launch_ns is not None:
                wait_ns = min(wait_ns, launch_ns - now_ns)
            if wait_ns <= 0:
                return
            if not self._preparer.work(now_ns, wait_ns, self._pacing.period_ns):
                ports.interrupt.wait(wait_ns)

    def _launch_ns(self) -> int | None:
        """Return when the next queued cut or cue must be committed; None without one."""
        due_ns, cut_ns = self._scheduler.next_due_ns, self._cut_ns()
        if due_ns is None or cut_ns is not None:
            return cut_ns
        return due_ns - self._pacing.expected_ns()

    def _cut_ns(self) -> int | None:
        """Return when the next due hard cut must be committed, just before its frame if armed; None without one."""
        launch = self._scheduler.next_launch
        if launch is None or not launch.scene or launch.due_ns != self._scheduler.next_due_ns:
            return None
        publish_ns = self._publish_at_ns(launch.due_ns)
        if self._preparer.ready(launch.scene, publish_ns):
            return publish_ns
        return publish_ns - self._pacing.expected_ns()

    def _publish_at_ns(self, due_ns: int) -> int:
        queue = self._ports.output.queue_state()
        return publish_at_ns(due_ns, queue.next_deadline_ns, self._pacing.output_period_ns)

    def _shown_ns(self, now_ns: int) -> tuple[int, ...]:
        """Return when the frames of the chunk that is begun now will be seen."""
        queue, period_ns = self._ports.output.queue_state(), self._pacing.period_ns
        first_ns = max(now_ns + self._pacing.expected_ns(), queue.next_deadline_ns + queue.queued * period_ns)
        return tuple(first_ns + position * period_ns for position in range(self._generator.spec.chunk_frames))

    def _horizon_ns(self, commands: Sequence[Command], now_ns: int) -> int:
        """Return up to when beats count as reached at this boundary: what is committed now can be shown by then."""
        requested = [one.scene for one in commands if isinstance(one, HardCut) and one.launch is not Launch.NOW]
        instant = requested and all(self._preparer.ready(scene, now_ns) for scene in requested)
        lead_ns = 0 if instant else self._pacing.expected_ns()
        horizon_ns = now_ns + lead_ns + 3 * self._pacing.output_period_ns // 2
        due_ns, launch_ns = self._scheduler.next_due_ns, self._launch_ns()
        if due_ns is None or launch_ns is None:
            return horizon_ns
        return due_ns if now_ns >= launch_ns else min(horizon_ns, due_ns - 1)

    def _emit_commit(self, commit: Commit, chunk_index: int, now_ns: int) -> None:
        for event in commit.events:
            self._ports.emit(event)
        if commit.changed:
            self._ports.emit(
                Committed(
                    at_ns=now_ns,
                    version=commit.version,
                    chunk_index=chunk_index,
                    epoch=commit.epoch,
                    scene=commit.scene,
                    prompt=commit.prompt_target,
                    prompt_progress=commit.prompt_progress,
                    values=commit.values,
                    targets=commit.targets,
                    origins=commit.origins,
                )
            )
        if commit.moved != self._moved:
            self._moved = commit.moved
            ends = {key: track[-1] for key, track in commit.moved.tracks.items()}
            self._ports.emit(ModulationMoved(at_ns=now_ns, values=ends, shifts=commit.moved.shifts))

    def _make_chunk(self, boundary: BoundaryInput, commit: Commit, now_ns: int, restored: int | None) -> None:
        ports, period_ns = self._ports, self._pacing.period_ns
        frames = ports.source.frames(self._phase_lock.targets(now_ns, period_ns))
        self._phase_lock.chosen([frame.capture_ns for frame in frames])
        control = ports.depth.awaited(frames[-1].frame_id) if frames else ports.depth.newest()
        request = ChunkRequest(
            key=self._key(commit),
            frames=frames,
            control=control,
            now_ns=now_ns,
            period_ns=period_ns,
            values=commit.end_values,
            prompt=commit.prompt,
            past_bias=commit.past_bias,
            tracks=commit.moved.tracks,
            quality=commit.quality,
            reference=commit.reference,
        )
        # The chunk that opens an epoch is finished whatever comes: pads hit faster than chunks are
        # made would otherwise keep every new scene from the screen.
        opening = self._epoch_chunks == 0
        before = ports.output.queue_state()
        outcome, chunk, mix = Outcome.FAILED, None, PLAIN
        try:
            made = self._generator.generate(request, _never if opening else self._abort_test())
            chunk = check_chunk(made, self._generator.spec.chunk_frames, self._generator.spec.name, self._format)
            outcome = Outcome.MADE
            mix = self._mix_track(period_ns)
        except ChunkAbortedError:
            outcome = Outcome.ABANDONED
        finally:
            images = chunk.images if chunk is not None else ()
            ports.recorder.record(Step(boundary, commit, request, outcome, images, restored, mix))
        if chunk is None:
            self._phase_lock.restart()
            self._note(replace(self._total, aborted=self._total.aborted + 1))
            return
        late = ports.clock.now_ns() > before.dry_ns(period_ns)
        repeated = late and before.queued > 0
        if repeated:
            self._preparer.record_underrun(ports.clock.now_ns())  # a frame was repeated for want of this chunk
        held_ns = self._hold_for_beat(commit)
        self._publish(commit, request, chunk, now_ns + held_ns, self._mixed(chunk, request.frames, mix))
        self._pacing.finished(self._total.chunk_ns, late=late)
        self._quality.finished(self._total.chunk_ns, len(chunk.images), self._pacing.output_period_ns, late=repeated)

    def _show_opening(self, boundary: BoundaryInput, commit: Commit, opening: Opening) -> None:
        """Publish the first chunk of an epoch, made ahead."""
        self._note(replace(self._total, armed_epochs=(*self._total.armed_epochs, commit.epoch)[-ARMED_EPOCHS_KEPT:]))
        spec, request = self._generator.spec, opening.request
        chunk = check_chunk(opening.chunk, spec.chunk_frames, spec.name, self._format)
        mix = self._mix_track(request.period_ns)
        images = chunk.images if mix.plain else self._mixed(chunk, self._frames_now(request.period_ns), mix)
        self._hold_for_beat(commit)
        self._publish(commit, request, chunk, None, images)
        self._phase_lock.restart()
        self._ports.recorder.record(Step(boundary, commit, request, Outcome.MADE, chunk.images, mix=mix))

    def _mix_track(self, period_ns: int) -> MixTrack:
        return self._ports.mixer.track(self._content_ns, self._generator.spec.chunk_frames, period_ns)

    def _mixed(self, chunk: Chunk, frames: Sequence[InputFrame], mix: MixTrack) -> tuple[RgbxImage, ...]:
        return chunk.images if mix.plain else self._ports.mixer.mix(chunk.images, frames, mix)

    def _frames_now(self, period_ns: int) -> tuple[InputFrame, ...]:
        """Return the newest input frames, for an opening: those that it was made of may be seconds old."""
        newest_ns, last = self._ports.clock.now_ns() - period_ns, self._generator.spec.chunk_frames - 1
        return self._ports.source.glance([newest_ns - (last - one) * period_ns for one in range(last + 1)])

    def _key(self, commit: Commit) -> ChunkKey:
        if self._epoch_chunks == 0:
            return opening_key(self._seed, commit.scene, commit.visit)
        return ChunkKey(self._seed, commit.epoch, self._epoch_chunks)

    def _abort_test(self) -> Callable[[], bool]:
        """Return the chunk's abort test: true once a cut has arrived, or a queued one must be committed."""
        interrupt, clock, cut_ns = self._ports.interrupt, self._ports.clock, self._cut_ns()
        if cut_ns is None:
            return interrupt.requested
        return lambda: interrupt.requested() or clock.now_ns() >= cut_ns

    def _hold_for_beat(self, commit: Commit) -> int:
        """Wait until the output would show a quantised cut's first frames at their beat; return how long, in ns."""
        due_ns = commit.cuts[-1].due_ns if commit.cuts else 0
        if not due_ns:
            return 0
        ports, started_ns = self._ports, self._ports.clock.now_ns()
        until_ns = self._publish_at_ns(due_ns)
        while (left_ns := until_ns - ports.clock.now_ns()) > 0 and not ports.interrupt.requested():
            ports.interrupt.wait(left_ns)
        return ports.clock.now_ns() - started_ns

    def _publish(
        self,
        commit: Commit,
        request: ChunkRequest,
        chunk: Chunk,
        started_ns: int | None,
        images: tuple[RgbxImage, ...],
    ) -> None:
        """Publish a chunk as these images; started_ns: when generating it began, None if it was made ahead."""
        frames, control = request.frames, request.control
        self._ports.output.publish_chunk(
            [
                OutputFrame(
                    epoch=commit.epoch,
                    chunk_index=self._total.chunks,
                    position=position,
                    capture_ns=frames[position].capture_ns if frames else 0,
                    period_ns=request.period_ns,
                    image=image,
                )
                for position, image in enumerate(images)
            ]
        )
        finished_ns = self._ports.clock.now_ns()
        for note in chunk.notes:
            self._ports.emit(Notice(at_ns=finished_ns, level=note.level, text=note.text))
        self._content_ns += len(chunk.images) * request.period_ns
        self._epoch_chunks += 1
        progress = replace(
            self._total,
            chunks=self._total.chunks + 1,
            frames=self._total.frames + len(chunk.images),
            epoch=commit.epoch,
            chunk_ns=self._total.chunk_ns if started_ns is None else finished_ns - started_ns,
            depth_age_ns=request.now_ns - control.capture_ns if control is not None else -1,
            finished_ns=finished_ns,
            content_ns=self._content_ns,
            quality=self._quality.state,
        )
        self._note(progress)

    def _note(self, progress: RunnerProgress) -> None:
        self._total = progress
        self._ports.progress.put(self._total)


def _never() -> bool:
    return False
