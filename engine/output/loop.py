"""The pacing loop: once per output frame, decide, draw, hand over, report."""

import threading
from fractions import Fraction

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import OutputError
from engine.messages.interpolation import Interpolation
from engine.messages.picture_format import PictureFormat, format_of
from engine.output.controls import Controls, decode_video, read_controls, video_words, write_video
from engine.output.drawings import Drawings
from engine.output.emergency import AFTER_NS, EmergencyPicture, OnAir
from engine.output.inheritance import Inheritance
from engine.output.interpolation.interpolator import Interpolator
from engine.output.layout import SharedMemory, Word
from engine.output.leader import LeaderWatch
from engine.output.logo import LogoLayer
from engine.output.meters import SlidingWindow
from engine.output.pacer import Cadence, sleep_until, wait_until
from engine.output.playout import Action, FrameHeader, Playout
from engine.output.programme import Programme
from engine.output.realtime import Priority
from engine.output.rendezvous import Rendezvous, Seat, is_locked
from engine.output.ring import Preview, RingReader
from engine.output.sender import REPORT_INTERVAL_NS
from engine.output.settings import OutputConfig, WireFormat
from engine.output.sink_records import SinkWishes, read_wishes, write_reports, write_wishes
from engine.output.sink_set import SinkSet
from engine.output.status import OutputStatus, write_status
from engine.output.stills import StillWriter
from engine.output.strobe_guard import StrobeGuard

LEAD_SPARE_NS = 2 * NS_PER_MS
"""How much earlier than its usual work needs a frame is begun: a preempted thread is back within that."""

REAL_TIME_SPARE_NS = NS_PER_MS
"""The same where no ordinary program preempts it. A cut that comes after a frame has begun waits for the next."""

WRITER_CHECK_NS = NS_PER_SECOND

EMERGENCY_WENT_ON_NS = 60 * NS_PER_SECOND + AFTER_NS
"""How far an inherited emergency has come: every fade is over."""


class OutputLoop:
    """Show frames from the ring through the sinks' threads. One thread opens, runs and closes it.

    A frame is begun a little before its deadline (as long as drawing it took lately, and 1 or 2 ms),
    so that the send call starts on the deadline; the send thread waits for that instant. What is
    not sent (preview, report) is done meanwhile.
    """

    def __init__(
        self,
        config: OutputConfig,
        memory: SharedMemory,
        clock: Clock,
        *,
        meeting: Rendezvous,
        seat: Seat,
        linger_ns: int,
        priority: Priority,
        remark: str = "",
    ) -> None:
        import cv2

        cv2.setNumThreads(1)  # at this size a thread pool costs more than it gives, and makes deadlines uncertain
        self.memory = memory
        """Where it reads and writes now; whoever closes the loop closes it afterwards."""
        self._clock = clock
        self._meeting = meeting
        self._seat = seat
        self._remark = remark
        self._seat_problem = ""
        self._linger_ns = linger_ns
        self._priority = priority
        self._spare_ns = REAL_TIME_SPARE_NS if priority is Priority.REAL_TIME else LEAD_SPARE_NS
        self._reader = RingReader(memory)
        self._preview = Preview(memory)
        self._programme = Programme(memory.held, int(memory.words[Word.PROGRAMME]))
        since_ns = clock.now_ns() - EMERGENCY_WENT_ON_NS if memory.words[Word.EMERGENCY_SHOWN] else None
        self._emergency = EmergencyPicture(memory, since_ns)
        self._guard = StrobeGuard(OnAir(self._programme, self._emergency))
        self._logo = LogoLayer(memory)
        self._sinks = SinkSet(config.name, clock, wait_until)
        self._stills = StillWriter()
        self._wishes = read_wishes(memory) or SinkWishes(config.sinks)
        write_wishes(memory, self._wishes)
        self._wishes_sequence = int(memory.words[Word.WISHES_SEQUENCE])
        self._reported_ns = 0
        self._video = config.video()
        write_video(memory, self._video)
        self._video_words = video_words(memory)
        self._problem = ""
        self._playout = Playout(self._video.rate)
        self._interpolator = Interpolator(clock)
        self._ticks = 0
        self._jumps = 0
        self._controlled_ns = clock.now_ns()
        self._lagged_before = 0
        self._previewed_version = 0
        self._drawings = Drawings(self._video, clock, self._sinks.in_use, self._logo)
        self._epoch_first_shown_ns = 0
        self._first_frame_ns = 0
        self._writer_seen_ns = clock.now_ns()
        self._writer_checked_ns = 0
        self._fed = False
        self._leader = LeaderWatch()
        self._start_format()

    def _start_format(self) -> None:
        """Drop the buffers and set the rate for the current format."""
        self._drawings.start_format(self._video)
        self._sinks.carry(self._video.alpha)
        self._cadence = Cadence(self._video.rate, self._clock.now_ns() + 5 * NS_PER_MS)
        recently = round(5 * self._video.rate)
        self._latencies, self._conversions, self._work = (
            SlidingWindow(recently),
            SlidingWindow(recently),
            SlidingWindow(recently),
        )
        self._figures = (0, 0, 0)
        self._figures_at = 0
        self._lead_ns = min(5 * NS_PER_MS, self._cadence.period_ns // 2)

    def open(self) -> None:
        """Open the sinks and publish a first status."""
        self._sinks.follow(self._wishes.on, shapes=self._wishes.shapes)
        self._report()

    def run(self, stopped: threading.Event) -> None:
        """Run until `stopped` is set, the engine says quit, or nobody has fed the ring for too long.

        Raises:
            OutputError: a sink does not return any more; a new process will have one that does.
        """
        while not stopped.is_set() and not self.memory.words[Word.QUIT] and not self._abandoned():
            self._wait()
            if stuck := self._sinks.stuck():
                raise OutputError(f"The sink {stuck} does not return", where=self._meeting.name)
            self._tick()

    @property
    def sink_stuck(self) -> bool:
        """Return whether a sink has not returned from a picture for so long that the process has to go."""
        return bool(self._sinks.stuck())

    def close(self, timeout_s: float) -> bool:
        """End the threads and close the sinks; False if one did not return in time. The memory may go then."""
        self._interpolator.close()
        self._logo.close()
        self._guard.release()
        self._programme.release()
        return self._sinks.close(timeout_s) & self._stills.close(timeout_s)

    def _wait(self) -> None:
        sleep_until(self._cadence.deadline_ns - self._lead_ns)
        while self._cadence.catch_up(self._clock.now_ns()):
            sleep_until(self._cadence.deadline_ns - self._lead_ns)

    def _tick(self) -> None:
        start_ns = self._clock.now_ns()
        self._follow_format()
        stills = self._follow_wishes()
        deadline_ns = self._cadence.deadline_ns
        controls = read_controls(self.memory)
        self._control(controls, deadline_ns)
        self._interpolate(controls.interpolation)
        for header in self._reader.poll():
            self._playout.offer(header)
        before = self._playout.on_air
        decision = self._playout.tick()
        if decision.frame is not None:
            self._programme.put(self._interpolator.picture(decision, self._reader.picture))
            if decision.frame is not before:
                self._account(decision.frame, before.epoch if before else None, deadline_ns)
        self.memory.words[Word.PROGRAMME] = self._programme.word
        starved = self._programme.begun and decision.action in (Action.REPEAT, Action.WAIT)
        self._emergency.tick(self._programme.picture, start_ns, starved=starved, frozen=controls.freeze)
        self.memory.words[Word.EMERGENCY_SHOWN] = self._emergency.shown
        self._release()
        self._guard.look(deadline_ns, allowed=controls.strobe)
        wires = self._sinks.wires()
        if stills:
            wires |= {WireFormat.BGRX}
        images = self._drawings.draw(wires, self._guard, self._conversions)
        self._sinks.put(deadline_ns, images, self._video)
        drawn_ns = self._clock.now_ns() - start_ns
        if stills:
            self._stills.take(images[WireFormat.BGRX][0], self._wishes.still)
        self._ticks += 1
        if (version := self._guard.version + self._logo.version) != self._previewed_version:
            back = self._preview.back(format_of(self._guard.picture.shape) or PictureFormat.SQUARE)
            self._guard.render(back)
            self._logo.draw_preview(back, self._video)
            self._preview.flip()
            self._previewed_version = version
        self._cadence.advance()
        self._report()
        self._measure_work(drawn_ns)

    def _control(self, controls: Controls, deadline_ns: int) -> None:
        """Let freeze, blackout and level hold from this frame on, or go there over the time of a fade."""
        fade_ns = round(controls.fade_s * NS_PER_SECOND) if controls.jumps == self._jumps else 0
        passed_ns, self._controlled_ns = deadline_ns - self._controlled_ns, deadline_ns
        self._jumps = controls.jumps
        self._programme.control(
            freeze=controls.freeze,
            blackout=controls.blackout,
            level=controls.level,
            fade_ns=fade_ns,
            passed_ns=passed_ns,
        )
        self._logo.tick(fade_ns, passed_ns, self._programme.gain)

    def _interpolate(self, mode: Interpolation) -> None:
        if mode is not self._interpolator.mode:
            self._interpolator.follow(mode)
            self._playout.interpolate(mode is not Interpolation.OFF)

    def _release(self) -> None:
        """Let go of the frames in the ring that are not needed there any more."""
        copied = None
        if self._interpolator.mode is not Interpolation.OFF:
            due_ns, period_ns = self._cadence.deadline_ns + self._cadence.period_ns, self._cadence.period_ns
            copied = self._interpolator.prepare(
                self._playout.on_air,
                self._playout.upcoming(self._interpolator.ahead(period_ns)),
                due_ns - self._lead_ns,
                period_ns,
                self._reader.picture,
            )
        self._reader.release(self._playout.oldest_after(copied))

    def _added_ns(self) -> int:
        """Return by how much later than without interpolation frames are shown now, at most."""
        added_ns, period_ns = self._playout.added_ns, self._cadence.period_ns
        return added_ns + self._interpolator.sure(period_ns) * period_ns if added_ns else 0

    def _account(self, frame: FrameHeader, epoch_before: int | None, deadline_ns: int) -> None:
        if frame.epoch != epoch_before:
            self._epoch_first_shown_ns = deadline_ns
        if not self._first_frame_ns:
            self._first_frame_ns = deadline_ns
        if frame.capture_ns:
            self._latencies.add(deadline_ns - frame.capture_ns)

    def _follow_wishes(self) -> bool:
        """Switch sinks as the performer wants them; return whether a still is to be taken of this frame."""
        sequence = int(self.memory.words[Word.WISHES_SEQUENCE])
        if sequence == self._wishes_sequence or sequence % 2:
            return False
        self._wishes_sequence = sequence
        before, self._wishes = self._wishes, read_wishes(self.memory) or self._wishes
        self._sinks.follow(self._wishes.on, self._wishes.switched, self._wishes.shapes)
        self._reported_ns = 0
        return self._wishes.stills > before.stills

    def _follow_format(self) -> None:
        words = video_words(self.memory)
        if words == self._video_words:
            return
        self._video_words = words
        try:
            video = decode_video(words)
        except (OutputError, ValueError, IndexError, ZeroDivisionError) as error:
            self._problem = f"A new picture format was refused: {error}"
            return
        self._problem = ""
        rate_before: Fraction = self._video.rate
        self._video = video
        cadence = self._cadence
        self._start_format()
        if video.rate == rate_before:
            self._cadence = cadence
        else:
            self._lagged_before += cadence.lagged
            self._playout.retime(video.rate)

    def _abandoned(self) -> bool:
        now_ns = self._clock.now_ns()
        if now_ns - self._writer_checked_ns >= WRITER_CHECK_NS:
            self._writer_checked_ns = now_ns
            self._seat_problem = self._seat.keep()
            self._fed = is_locked(self._meeting.writer_lock)
            if self._fed:
                self._writer_seen_ns = now_ns
            elif not self.memory.path.exists() and not self._playout.queued:
                self._recreate_ring()
        self._leader.look(self.memory, now_ns, fed=self._fed)
        return now_ns - self._writer_seen_ns > self._linger_ns

    def _recreate_ring(self) -> None:
        """Recreate a deleted ring that nobody feeds, so that the next engine can attach."""
        try:
            memory = SharedMemory.create_at_first(self._meeting.ring_paths())
        except OutputError as error:
            self._seat_problem = str(error)
            return
        old, self.memory = self.memory, memory
        Inheritance.read_from(old).write_to(memory)
        self._wishes_sequence = int(memory.words[Word.WISHES_SEQUENCE])
        self._reported_ns = 0
        write_video(memory, self._video)
        self._reader, self._preview, self._previewed_version = RingReader(memory), Preview(memory), 0
        self._programme.move(memory.held)
        self._guard.follow_programme()
        self._emergency.move(memory)
        self._logo.move(memory)
        old.close()
        self._seat_problem = self._seat.move(memory.path)

    def _measure_work(self, drawn_ns: int) -> None:
        """Note how long it took until a frame lay with the sinks; now and then adjust how early the next ones start."""
        now_ns = self._clock.now_ns()
        self._work.add(drawn_ns)
        if now_ns - self._figures_at >= REPORT_INTERVAL_NS:
            self._figures_at = now_ns
            self._figures = (
                self._latencies.percentile(50),
                self._latencies.percentile(95),
                self._conversions.percentile(50),
            )
            self._lead_ns = min(self._work.percentile(95) + self._spare_ns, self._cadence.period_ns // 2)

    def _report(self) -> None:
        playout, sent, shown = self._playout, self._sinks.lead(), self._playout.on_air
        controls = read_controls(self.memory)
        latency_p50_ns, latency_p95_ns, convert_ns = self._figures
        write_status(
            self.memory,
            OutputStatus(
                ndi_name=sent.sink.name,
                sink=sent.sink.id,
                detail=" ".join(text for text in (sent.sink.detail, self._problem, self._seat_problem) if text),
                remark=" ".join(
                    text
                    for text in (
                        self._remark,
                        self._interpolator.remark,
                        self._drawings.remark,
                        self._emergency.trouble,
                        self._logo.trouble,
                    )
                    if text
                ),
                priority=self._priority,
                width=self._video.width,
                height=self._video.height,
                fps_numerator=self._video.rate.numerator,
                fps_denominator=self._video.rate.denominator,
                connections=sent.sink.connections,
                tally=sent.sink.tally,
                sent=self._sinks.sent,
                failed=self._sinks.failed,
                freeze=controls.freeze,
                blackout=controls.blackout,
                freeze_fades=self._programme.freeze_fades,
                blackout_fades=self._programme.blackout_fades,
                level=controls.level,
                emergency=self._emergency.shown,
                queued=playout.queued,
                next_deadline_ns=self._cadence.deadline_ns,
                lead_ns=self._lead_ns,
                ticks=self._ticks,
                lagged=self._lagged_before + self._cadence.lagged + self._sinks.lost,
                shown=playout.shown,
                repeated=playout.repeated,
                held=playout.held,
                skipped=playout.skipped,
                discarded=playout.discarded,
                output_fps=sent.output_fps,
                deadline_error_p99_ns=sent.deadline_error_p99_ns,
                latency_p50_ns=latency_p50_ns,
                latency_p95_ns=latency_p95_ns,
                shown_epoch=shown.epoch if shown else -1,
                epoch_first_shown_ns=self._epoch_first_shown_ns,
                shown_chunk=shown.chunk_index if shown else -1,
                first_frame_ns=self._first_frame_ns,
                convert_ns=convert_ns,
                send_ns=sent.send_ns,
                between=self._interpolator.between,
                blended=self._interpolator.blended,
                added_ns=self._added_ns(),
                softened=self._guard.softened,
            ),
        )
        now_ns = self._clock.now_ns()
        if now_ns - self._reported_ns >= REPORT_INTERVAL_NS:
            self._reported_ns = now_ns
            still = self._stills.report
            write_reports(self.memory, (*self._sinks.reports(), *((still,) if still is not None else ())))
