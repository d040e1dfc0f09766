"""Poll the output and the chunk loop on a thread of its own, and emit their figures.

The thread shares no state whose failure could end it: an error in one poll is reported, and the next poll follows.
"""

import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from engine import device_turn
from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.ending import joined
from engine.loop.ports import RunnerProgress
from engine.mailbox import Latest, Mailbox
from engine.map_input import MapInput
from engine.memory_watch import MemoryWatch
from engine.messages.events import (
    ComponentState,
    CutShown,
    Event,
    Level,
    Notice,
)
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import OUTPUT_FADE
from engine.messages.sinks import without_counts
from engine.messages.stats import SharedGpu, Stats
from engine.metrics.busiest import BusiestMeter
from engine.metrics.machine import usable_threads
from engine.metrics.memory import ProcessMemory
from engine.metrics.neighbours import GpuNeighbours
from engine.metrics.quantiles import RollingQuantile
from engine.metrics.rates import RateMeter
from engine.output.client import OutputClient, OutputStatus
from engine.output.keeper import OutputKeeper
from engine.output.totals import OutputTotals
from engine.output_controls import OutputControls
from engine.quality_reporter import QualityReporter
from engine.repeats import Repeats
from engine.scheduling.commit_scheduler import Cut
from engine.sources.manager import SourceManager

POLL_NS = 20 * NS_PER_MS
"""Often enough to see every cut that a hand can make on the output."""

STATS_NS = 250 * NS_PER_MS
"""Figures that change faster cannot be read."""

SOFTENED = "The picture flashes more than three times a second and is softened; Strobe lets it flash."

SOFTENED_AGAIN_NS = 30 * NS_PER_SECOND
"""What flashes again after such a pause is told again."""
COUNTS_NS = NS_PER_SECOND
"""A sink's counts change with each frame; nothing else is told for them more often than this."""

END_S = 10.0
"""How long the thread may take to end."""

STUCK_AFTER_NS = 5 * NS_PER_SECOND
"""A chunk takes a second at worst on the slowest supported machine; five is not slow but stuck."""


class Monitor:
    """Poll output, loop and accelerators; emit figures, cuts and the state of quality; keep the output on air."""

    def __init__(
        self,
        clock: Clock,
        output: OutputClient,
        desk: OutputControls,
        source: SourceManager,
        map_input: MapInput,
        progress: Latest[RunnerProgress],
        cuts: Mailbox[Cut],
        headroom: MemoryWatch,
        emit: Callable[[Event], None],
    ) -> None:
        self._clock = clock
        self._output = output
        self._desk = desk
        self._source = source
        self._map_input = map_input
        self._progress = progress
        self._cuts = cuts
        self._headroom = headroom
        self._emit = emit
        self._awaited: deque[Cut] = deque()
        self._rate = RateMeter()
        self._chunk_times = RollingQuantile()
        self._memory = ProcessMemory()
        self._neighbours = GpuNeighbours((os.getpid(),))
        self._shared_gpus: tuple[SharedGpu, ...] = ()
        self._quality = QualityReporter(BusiestMeter(lambda: (os.getpid(), output.pid)), usable_threads())
        self._last_progress = RunnerProgress()
        self._tally = OutputTotals(output.status(), output.last_epoch)
        self._keeper = OutputKeeper(output, clock.now_ns())
        self._faults = Repeats()
        self._cut_latency_ns = 0
        self._last_output: OutputChanged | None = None
        self._counts_told_ns = 0
        self._was_stuck = False
        self._softened = 0
        self._softened_ns = -SOFTENED_AGAIN_NS
        self._next_stats_ns = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hardcut-monitor", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and join it."""
        self._stopping.set()
        if self._thread.ident is not None:
            joined(self._thread, END_S)

    def _work(self) -> None:
        pause_ns = POLL_NS
        while not self._stopping.wait(pause_ns / NS_PER_SECOND):
            now_ns = self._clock.now_ns()
            try:
                self._poll(now_ns)
                pause_ns = POLL_NS
            except BaseException as fault:  # noqa: BLE001 - the top of the monitor's thread, and it reports
                text = f"The figures have failed: {type(fault).__name__}: {fault}. They are tried again."
                if self._faults.worth_telling(text, now_ns):
                    self._emit(Notice(at_ns=now_ns, level=Level.ERROR, text=text))
                pause_ns = min(2 * pause_ns, NS_PER_SECOND)

    def _poll(self, now_ns: int) -> None:
        self._output.beat()
        renewed = self._keeper.renewal_count
        for text in self._keeper.poll(now_ns):
            self._emit(Notice(at_ns=now_ns, level=Level.ERROR, text=text))
        status = self._output.status()
        if status.remark and self._faults.worth_telling(status.remark, now_ns):
            self._emit(Notice(at_ns=now_ns, level=Level.WARNING, text=status.remark))
        for text in device_turn.untold():
            if self._faults.worth_telling(text, now_ns):
                self._emit(Notice(at_ns=now_ns, level=Level.WARNING, text=text))
        if self._keeper.renewal_count != renewed:
            self._tally.renew()
        self._tally.add(status)
        self._tell_softened(now_ns)
        self._match_cuts(status, now_ns)
        progress = self._progress.peek()
        if progress is not None and progress.chunks > self._last_progress.chunks:
            self._rate.tick(progress.finished_ns, progress.frames - self._last_progress.frames)
            self._chunk_times.add(progress.chunk_ns)
            self._last_progress = progress
        if now_ns >= self._next_stats_ns:
            self._next_stats_ns = now_ns + STATS_NS
            self._emit_output(status, now_ns)
            self._watch_progress(status, now_ns)
            self._source.watch(now_ns)
            self._map_input.watch(now_ns)
            self._headroom.poll(now_ns)
            self._emit(self._stats(status, now_ns))
            if (shared := self._neighbours.poll(now_ns)) is not None:
                self._shared_gpus = shared.gpus
                self._emit(shared)
            quality = self._quality.poll(self._last_progress.quality, self._shared_gpus, now_ns)
            if quality is not None:
                self._emit(quality)

    def _tell_softened(self, now_ns: int) -> None:
        """Tell that flashes are softened, once for a run of them."""
        softened = self._tally.counts.softened
        if softened > self._softened:
            if now_ns - self._softened_ns > SOFTENED_AGAIN_NS:
                self._emit(Notice(at_ns=now_ns, level=Level.WARNING, text=SOFTENED))
            self._softened, self._softened_ns = softened, now_ns

    def _match_cuts(self, status: OutputStatus, now_ns: int) -> None:
        self._awaited.extend(self._cuts.drain())
        progress = self._progress.peek()
        armed = progress.armed_epochs if progress is not None else ()
        while self._awaited and self._awaited[0].epoch <= status.shown_epoch:
            cut = self._awaited.popleft()
            if cut.epoch < status.shown_epoch:
                continue  # overtaken by the next cut before it was seen
            self._cut_latency_ns = status.epoch_first_shown_ns - cut.stamp_ns
            self._emit(
                CutShown(
                    at_ns=now_ns,
                    epoch=cut.epoch,
                    scene=cut.scene,
                    origin=cut.origin,
                    latency_ns=self._cut_latency_ns,
                    armed=cut.epoch in armed,
                    late_ns=status.epoch_first_shown_ns - cut.due_ns if cut.due_ns else None,
                )
            )

    def _emit_output(self, status: OutputStatus, now_ns: int) -> None:
        desk = self._desk.state
        fit, upscale = self._output.steering.placement
        fades = status.alive and desk.values.get(OUTPUT_FADE, 0.0) > 0.0  # what was asked for has not begun, or goes on
        output = OutputChanged(
            at_ns=0,
            state=ComponentState.READY if status.alive and not status.detail else ComponentState.FAILED,
            name=status.ndi_name,
            width=status.width,
            height=status.height,
            fps_numerator=status.fps_numerator,
            fps_denominator=status.fps_denominator,
            connections=status.connections,
            tally=status.tally,
            freeze=desk.freeze,
            blackout=desk.blackout,
            freeze_fades=fades and (status.freeze_fades or status.freeze != desk.freeze),
            blackout_fades=fades and (status.blackout_fades or status.blackout != desk.blackout),
            level=desk.level,
            strobe=desk.strobe,
            detail=status.detail,
            sink=status.sink,
            emergency=str(desk.emergency),
            emergency_on=desk.emergency_on,
            emergency_shown=status.emergency,
            sinks=self._output.sinks(),
            interpolation=desk.interpolation,
            fit=fit,
            upscale=upscale,
            alpha=desk.alpha,
            logo=desk.logo,
            logo_on=desk.logo_on,
            values=desk.values,
            shapes=desk.shapes,
        )
        before = self._last_output
        if before is None or output.sinks != before.sinks:
            alike = before is not None and without_counts(output.sinks) == without_counts(before.sinks)
            if before is not None and alike and now_ns - self._counts_told_ns < COUNTS_NS:
                output = replace(output, sinks=before.sinks)
            else:
                self._counts_told_ns = now_ns
        if output != before:
            self._last_output = output
            self._emit(replace(output, at_ns=now_ns))

    def _watch_progress(self, status: OutputStatus, now_ns: int) -> None:
        started = self._last_progress.finished_ns
        waiting = status.alive and status.queued == 0  # else it is the output that takes none
        stuck = waiting and started > 0 and now_ns - started > STUCK_AFTER_NS
        if stuck and not self._was_stuck:
            text = "The generator has not finished a chunk for 5 seconds; the last picture stays on air."
            self._emit(Notice(at_ns=now_ns, level=Level.WARNING, text=text))
        self._was_stuck = stuck

    def _stats(self, status: OutputStatus, now_ns: int) -> Stats:
        progress = self._last_progress
        return Stats(
            at_ns=now_ns,
            input_fps=self._source.input_fps(now_ns),
            pipeline_fps=self._rate.rate(now_ns),
            output_fps=status.output_fps,
            lagged=self._tally.counts.lagged,
            repeated=self._tally.counts.repeated,
            held=self._tally.counts.held,
            softened=self._tally.counts.softened,
            skipped=self._tally.counts.skipped,
            discarded=self._tally.counts.discarded,
            dropped=self._source.dropped,
            latency_ns=status.latency_p50_ns,
            cut_latency_ns=self._cut_latency_ns,
            chunk_ns=self._chunk_times.median(),
            depth_age_ns=progress.depth_age_ns,
            deadline_error_ns=status.deadline_error_p99_ns,
            chunks=progress.chunks,
            frames=progress.frames,
            epoch=progress.epoch,
            cache_resets=progress.cache_resets,
            memory_bytes=self._memory.resident_bytes(),
            output_frames=self._tally.counts.sent,
            first_frame_ns=self._tally.first_frame_ns,
            between=self._tally.counts.between,
            blended=self._tally.counts.blended,
            interpolation_ns=status.added_ns,
        )
