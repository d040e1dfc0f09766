"""Send pictures to one sink on a thread of its own, so that neither the pacer nor another sink ever waits for it.

A sink that cannot be opened (another program holds the name, a library is missing) is tried again for ever, less and
less often; the frames due meanwhile are let go and not counted. So is one that has refused every picture for a while.
One that is late loses pictures, which are counted: there is one place for the next, and the newest takes it.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from engine.backoff import Backoff
from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import OutputError
from engine.mailbox import Latest
from engine.messages.sinks import SinkPhase, SinkReport
from engine.output.meters import SlidingWindow
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import Shaping, Sink, SinkEndedError, SinkLostError, SinkStatus

REPORT_INTERVAL_NS = 250 * NS_PER_MS
"""Asking for the tally takes 0.1 ms; four times a second is soon enough for a lamp."""

FIRST_RETRY_NS = NS_PER_SECOND // 8
LONGEST_RETRY_NS = 8 * NS_PER_SECOND
"""A name that another program held is had again within so long. One that a killed output of ours left is refused by
the library now and then (2 times of 100), for a moment only."""

REFUSING_NS = 3 * NS_PER_SECOND
"""A sink that has taken no picture for so long is opened anew."""


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Job:
    """One output frame: the picture to send at the deadline, or None where nobody watches."""

    deadline_ns: int
    image: WireImage | None
    video: VideoFormat


@dataclass(frozen=True, slots=True)
class SendReport:
    """Figures of the last seconds; see engine.output.status.OutputStatus."""

    sink: SinkReport
    output_fps: float = 0.0
    deadline_error_p99_ns: int = 0
    send_ns: int = 0


class Handover:
    """One place for the next job: a newer job replaces one that was not yet taken."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._job: Job | None = None
        self._closed = False
        self._busy: WireImage | None = None

    def put(self, job: Job) -> bool:
        """Hand over a job; True if it replaced one that will now never be sent."""
        with self._changed:
            replaced = self._job is not None
            self._job = job
            self._changed.notify()
        return replaced

    def take(self) -> Job | None:
        """Wait for a job; None once closed. The job taken before counts as done."""
        with self._changed:
            self._busy = None
            while self._job is None and not self._closed:
                self._changed.wait()
            if self._closed:
                return None
            job, self._job = self._job, None
            self._busy = job.image if job else None
            return job

    def holds(self, image: WireImage) -> bool:
        """Return whether a buffer waits here or is being sent."""
        with self._changed:
            return self._busy is image or (self._job is not None and self._job.image is image)

    @property
    def closed(self) -> bool:
        """Return whether it was closed."""
        with self._changed:
            return self._closed

    def close(self) -> None:
        """Let `take` return None from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify()


class SendThread:
    """Own a sink and send one job per output frame to it.

    Args:
        spec: how the sink is written: what it is called in reports.
        wait_until: returns at an instant of the clock (engine.output.pacer.wait_until), so that pictures leave on
            their deadlines; None: they leave as soon as they are drawn, for a sink that keeps its own time.
        after: a thread of the same sink that is ending: the sink is opened once it has.
    """

    def __init__(
        self,
        spec: str,
        sink: Sink,
        clock: Clock,
        wait_until: Callable[[int], None] | None,
        after: "SendThread | None" = None,
    ) -> None:
        self._spec = spec
        self._sink = sink
        self._clock = clock
        self._wait_until = wait_until
        self._after = after
        self._handover = Handover()
        self._reports: Latest[SendReport] = Latest()
        self._reports.put(SendReport(SinkReport(sink=spec)))
        self._wanted: Latest[bool] = Latest()
        self._wanted.put(False)
        self._shape = ""
        self._shaped = ""
        self._problem = ""
        self._phase = SinkPhase.OPENING
        self._lost = False
        self._feeding = False
        self._retry_ns = FIRST_RETRY_NS
        self._backoff = Backoff()
        self._next_try_ns = 0
        self._sent = self._failed = self._dropped = 0
        self._well_ns = 0
        self._calling_since_ns = 0
        self._thread = threading.Thread(target=self._run, name=f"hardcut-send {spec}", daemon=True)

    def start(self) -> None:
        """Start the thread, which opens the sink."""
        self._thread.start()

    def close(self, timeout_s: float) -> bool:
        """End the thread and close the sink; False if the sink did not return in time."""
        self.begin_close()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def begin_close(self) -> None:
        """Let the thread end once the sink has returned from what it is doing."""
        self._handover.close()

    @property
    def ended(self) -> bool:
        """Return whether the thread has ended, its sink closed."""
        return not self._thread.is_alive()

    @property
    def wanted(self) -> bool:
        """Return whether a picture is worth drawing, as of the last frame."""
        return bool(self._wanted.peek())

    @property
    def report(self) -> SendReport:
        """Return the newest report."""
        report = self._reports.peek()
        assert report is not None
        return report

    @property
    def counts(self) -> tuple[int, int]:
        """Return how many pictures were sent and failed, as of now; the report is renewed four times a second."""
        return self._sent, self._failed

    def stuck_ns(self, now_ns: int) -> int:
        """Return how long the sink has been busy with one frame; 0 between two, and while it is being opened.

        One that waits for a thread of the same sink to end is as stuck as that.
        """
        before = self._after
        if before is not None:
            return before.stuck_ns(now_ns)
        since_ns = self._calling_since_ns
        return now_ns - since_ns if since_ns else 0

    def put(self, job: Job) -> bool:
        """Hand over the next frame without waiting; return whether the sink has lost an earlier one to it.

        What is replaced before a sink has taken its first picture is not lost: it has just been opened.
        """
        lost = self._handover.put(job) and self._phase is SinkPhase.ON and self._feeding
        self._dropped += lost
        return lost

    def shape(self, text: str) -> None:
        """Let the sink show its next picture in this shape, if it can; see engine.messages.shape."""
        self._shape = text

    def in_use(self, image: WireImage) -> bool:
        """Return whether a buffer must not be drawn into now."""
        return self._handover.holds(image)

    def _run(self) -> None:
        while True:
            began_ns = self._clock.now_ns()
            try:
                self._serve()
                break
            except BaseException as error:  # noqa: BLE001 - the top of the thread: told, and it goes on
                self._calling_since_ns = 0
                self._problem = f"Sending to {self._spec} failed: {type(error).__name__}: {error}."
                self._schedule_retry()
                self._next_try_ns = self._clock.now_ns() + self._backoff.pause_ns(self._clock.now_ns() - began_ns)
                self._wanted.put(False)
                self._report_now()
        if self._phase is not SinkPhase.OPENING:
            self._call(self._sink.close, None)

    def _serve(self) -> None:
        if self._after is not None:
            self._after.join()
            self._after = None
        if self._handover.closed:  # switched off again while it waited
            return
        if self._phase is SinkPhase.OPENING:
            self._try_to_open()
            self._report_now()
        starts: deque[int] = deque()
        errors, durations = SlidingWindow(30), SlidingWindow(5)
        rate = None
        reported_ns = 0
        while (job := self._handover.take()) is not None:
            if job.video.rate != rate:
                rate = job.video.rate
                errors, durations = SlidingWindow(round(30 * rate)), SlidingWindow(round(5 * rate))
                starts.clear()
            if self._phase is SinkPhase.FAILED and self._clock.now_ns() >= self._next_try_ns:
                self._try_to_open()
            if self._wait_until is not None:
                self._wait_until(job.deadline_ns)
            start_ns = self._clock.now_ns()
            self._calling_since_ns = start_ns
            if self._send(job, start_ns):
                durations.add(self._clock.now_ns() - start_ns)
                early = self._wait_until is None and start_ns < job.deadline_ns
                if self._feeding:  # what waited while it was being opened was not late
                    errors.add(0 if early else abs(start_ns - job.deadline_ns))
                starts.append(start_ns)
            while starts and starts[0] < start_ns - NS_PER_SECOND - job_slack_ns(job):
                starts.popleft()
            self._wanted.put(self._is_wanted())
            if start_ns - reported_ns >= REPORT_INTERVAL_NS:
                reported_ns = start_ns
                span_ns = starts[-1] - starts[0] if starts else 0
                self._reports.put(
                    SendReport(
                        sink=self._report(),
                        output_fps=(len(starts) - 1) * NS_PER_SECOND / span_ns if span_ns else 0.0,
                        deadline_error_p99_ns=errors.percentile(99),
                        send_ns=durations.percentile(50),
                    )
                )
                if self._lost:
                    self._schedule_retry()
            self._calling_since_ns = 0
            self._feeding = self._phase is SinkPhase.ON

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    @property
    def _ended_for_good(self) -> bool:
        return self._phase is SinkPhase.ENDED

    def _open(self) -> bool:
        self._sink.open()
        return True

    def _is_wanted(self) -> bool:
        """Return whether a picture is worth drawing: not for a sink that could not be opened."""
        return self._phase is SinkPhase.ON and self._call(self._sink.wanted, False)

    def _try_to_open(self) -> None:
        if self._call(self._open, False):
            self._phase = SinkPhase.ON
            self._shaped = ""
            self._problem, self._retry_ns, self._well_ns = "", FIRST_RETRY_NS, self._clock.now_ns()
            self._wanted.put(self._is_wanted())
        else:
            self._schedule_retry()

    def _schedule_retry(self) -> None:
        """Close the sink, and schedule the next attempt to open it unless it has ended for good."""
        self._lost = False
        if self._ended_for_good:
            return
        self._phase = SinkPhase.FAILED
        self._problem = f"{self._problem} It is tried again every few seconds."
        why = self._problem
        self._call(self._sink.close, None)
        self._problem = why
        self._next_try_ns = self._clock.now_ns() + self._retry_ns
        self._retry_ns = min(2 * self._retry_ns, LONGEST_RETRY_NS)

    def _send(self, job: Job, now_ns: int) -> bool:
        """Send a frame; return whether the sink took it, or would have if anyone watched."""
        if self._phase is not SinkPhase.ON:
            return False
        if job.image is None:
            self._sent += 1
            self._well_ns = now_ns
            return True
        image, video = job.image, job.video

        def send() -> bool:
            if self._shape != self._shaped and isinstance(self._sink, Shaping):
                self._sink.shape(self._shape)
            self._shaped = self._shape
            self._sink.send(image, video)
            return True

        if self._call(send, False):
            self._sent += 1
            self._problem, self._well_ns = "", now_ns
            return True
        self._failed += 1
        if self._ended_for_good:
            why = self._problem
            self._call(self._sink.close, None)
            self._problem = why
        elif self._lost or now_ns - self._well_ns > REFUSING_NS:
            self._schedule_retry()
        return False

    def _report_now(self) -> None:
        self._reports.put(SendReport(self._report()))

    def _report(self) -> SinkReport:
        status = self._call(self._sink.status, SinkStatus("", 0, False))
        return SinkReport(
            sink=self._spec,
            phase=self._phase,
            name=status.name,
            detail=self._problem or status.detail,
            remark=status.remark,
            connections=status.connections,
            tally=status.tally,
            sent=self._sent,
            dropped=self._dropped + status.dropped,
            failed=self._failed,
            recorded_ns=status.recorded_ns,
            bytes_written=status.bytes_written,
            free_bytes=status.free_bytes,
        )

    def _call(self, function: Callable[[], R], otherwise: R) -> R:
        """Call the sink and return its result; if it fails, note the problem and return `otherwise`."""
        try:
            return function()
        except SinkEndedError as error:
            self._problem, self._phase = str(error), SinkPhase.ENDED
        except SinkLostError as error:
            self._problem, self._lost = str(error), True
        except OutputError as error:
            self._problem = str(error)
        except BaseException as error:  # noqa: BLE001 - a plug-in's sink: it reports, and the output process goes on
            self._problem = f"The sink {self._spec} failed: {type(error).__name__}: {error}."
        return otherwise


def job_slack_ns(job: Job) -> int:
    """Return half an output period: the window for the rate then starts between two frames, not on one."""
    return int(NS_PER_SECOND / job.video.rate / 2)
