"""The engine's side of the output: feed, query, replace and end its process; `steering` is what is asked of it."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import OutputError
from engine.messages.frame import OutputFrame
from engine.messages.sinks import SinkReport
from engine.output.attaching import Attacher
from engine.output.host import LINGER_S
from engine.output.inheritance import Inheritance
from engine.output.layout import SLOTS, Word
from engine.output.link import Link
from engine.output.reshape import black
from engine.output.ring import Preview
from engine.output.running import RunningOutput, running_outputs
from engine.output.settings import NDI_SINK, NULL_SINK, OutputConfig, SinkSpec
from engine.output.sink_records import read_reports
from engine.output.status import OutputStatus, as_ended, read_status
from engine.output.steering import Steering

__all__ = [
    "NDI_SINK",
    "NULL_SINK",
    "OutputClient",
    "OutputConfig",
    "OutputStatus",
    "RunningOutput",
    "SinkSpec",
    "running_outputs",
]

OVERDUE_NS = 250 * NS_PER_MS
"""An output that is so late with a frame sends none: its figures are no longer true."""


class OutputClient:
    """The one writer of one output process, and of those that take its place.

    `publish` and `publish_chunk` belong to one thread; `renew`, `keep_files` and `keep_spare` to another (see
    engine.output.keeper); everything else may be called from any. Made by `connect`.

    Attributes:
        steering: what is asked of the process; as long as this lives.

    Between the death of a process and the start of the next there is none: what is published then is let go, there is
    room for nothing, and controls are kept for the process to come.
    """

    def __init__(self, config: OutputConfig, clock: Clock, linger_ns: int) -> None:
        self.steering = Steering(config)
        self._name = config.name
        self._clock = clock
        self._attacher = Attacher(config.name, linger_ns)
        self._reports: tuple[SinkReport, ...] = ()
        self._closed = False
        self._last = OutputStatus(alive=False)
        self._inheritance = Inheritance()
        self._last_picture: npt.NDArray[np.uint8] = black()
        self._last_sequence = 0
        self._guard = threading.Lock()
        self._link: Link | None = None
        self._attach()

    @classmethod
    def connect(
        cls, config: OutputConfig, clock: Clock, *, linger_ns: int = LINGER_S * NS_PER_SECOND
    ) -> "OutputClient":
        """Attach to the running output of that name, or start one.

        A running output goes on with its picture, its controls and the sinks that are switched on there, to which
        those of config are added; canvas, rate and interpolation follow config.

        Args:
            linger_ns: how long a newly started output goes on without an engine.

        Raises:
            OutputError: if another engine feeds it, it is of another version, or it does not start within 10 s.
        """
        return cls(config, clock, linger_ns)

    @property
    def attached(self) -> bool:
        """Return whether the output was found already running."""
        link = self._link
        return link is not None and link.process is None

    @property
    def last_epoch(self) -> int:
        """Return the newest epoch ever published to this output; a new engine's epochs must start above it."""
        with self._guard:
            return self._link.writer.last_epoch if self._link is not None else self._inheritance.last_epoch

    @property
    def pid(self) -> int:
        """Return the process id of the output; 0 while there is none."""
        link = self._link
        return link.note.pid if link is not None else 0

    def publish(self, frame: OutputFrame) -> None:
        """Copy one frame into the ring. Never blocks; OutputError if the ring is full."""
        self.publish_chunk((frame,))

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        """Copy frames into the ring; the output sees all of them at once. OutputError if they do not fit."""
        with self._guard:
            self._require_open()
            if self._link is not None:
                self._link.writer.publish(frames, self._clock.now_ns())

    @property
    def slots(self) -> int:
        """Return the ring's capacity in frames."""
        return SLOTS

    def free_slots(self) -> int:
        """Return how many frames can be published now."""
        return SLOTS - self.queued() if self._link is not None else 0

    def queued(self) -> int:
        """Return how many published frames have not been shown yet."""
        with self._guard:
            return self._link.writer.queued if self._link is not None and not self._closed else 0

    def sinks(self) -> tuple[SinkReport, ...]:
        """Return the newest report of every sink that is switched on, and of stills once there was one."""
        with self._guard:
            if self._link is not None and not self._closed:
                self._reports = read_reports(self._link.memory) or self._reports
            return self._reports

    def status(self) -> OutputStatus:
        """Return the output's status as of its last frame; if it has died, its last status with alive False."""
        with self._guard:
            link = self._link
            if link is not None and not self._closed:
                self._last = read_status(link.memory) or self._last
            last = self._last
            if link is None or self._closed or not link.lives():
                return as_ended(last)
        if self._clock.now_ns() - last.next_deadline_ns > OVERDUE_NS + 2 * last.period_ns:
            return replace(last, output_fps=0.0)
        return last

    def preview(self, out: npt.NDArray[np.uint8] | None = None) -> tuple[int, npt.NDArray[np.uint8]]:
        """Return what viewers see now: a number that grows with every change, and a copy.

        Args:
            out: where to copy it, if it is uint8 of its shape [h, w, 4]; else a new one is made.
        """
        with self._guard:
            self._require_open()
            if self._link is not None:
                sequence, picture = Preview(self._link.memory).read(out)
                return self._last_sequence + sequence, picture
            if out is None or out.shape != self._last_picture.shape:
                return self._last_sequence, self._last_picture.copy()
            np.copyto(out, self._last_picture)
            return self._last_sequence, out

    def beat(self) -> None:
        """Give the output a sign of life, as it may be asked for one; call it many times a second."""
        with self._guard:
            if self._link is not None and not self._closed:
                self._link.memory.words[Word.BEATS] += 1

    def alive(self) -> bool:
        """Return whether the output process exists. It may hang: see engine.output.keeper."""
        with self._guard:
            return not self._closed and self._link is not None and self._link.lives()

    def renew(self) -> None:
        """Replace a process that has died or hangs, which is killed.

        The new one begins with the picture that was on air and the controls as they stand. The old one's memory is let
        go before, so that there is room. After an error there is no process: call it again.

        Raises:
            OutputError: if the old one cannot be ended, or the new one does not start.
        """
        with self._guard:
            self._require_open()
            link = self._link
        if link is not None:
            self._bury(link)
        with self._guard:
            self._inheritance = self.steering.inherit(self._inheritance)
        self._attach()

    def keep_files(self) -> None:
        """Recreate this side's file if it has been deleted, and know the receivers; call about once a second.

        Raises:
            OutputError: it cannot be made, or another engine has taken the place meanwhile.
        """
        if self._closed:
            return
        if self._link is not None:
            self._link.connections.refresh()
        self._attacher.keep_lock()

    def keep_spare(self) -> None:
        """Start a spare process, loaded and waiting: it replaces a dead one several times faster.

        Raises:
            OutputError: the system starts no process.
        """
        self._attacher.keep_spare(self.steering.config)

    def close(self, *, end_output: bool = True) -> None:
        """Detach from the output, and end its process if end_output. Idempotent.

        Waits until the process has gone; as a last resort it is killed.
        """
        with self._guard:
            if self._closed:
                return
            self._closed = True
            self.steering.close()
            link = self._link
            if link is not None:
                self._last = as_ended(self._last)
                if end_output:
                    link.memory.words[Word.QUIT] = 1
                link.memory.close()
        self._attacher.close()
        if link is not None:
            if end_output:
                link.await_end()
                self._attacher.clear()
            link.connections.close()
            link.presence.close()

    def _require_open(self) -> None:
        if self._closed:
            raise OutputError("The output is closed", where=self._name)

    def _attach(self) -> None:
        """Find or start the process, and write to it from now on."""
        link = self._attacher.attach(self.steering.config, self._inheritance)
        with self._guard:
            self.steering.meet(link.memory)
            self._link = link

    def _bury(self, link: Link) -> None:
        """Kill a process, take what it leaves and remove the rest."""
        link.kill()
        with self._guard:
            self._last = as_ended(read_status(link.memory) or self._last)
            self._inheritance = Inheritance.of(link.memory, self.steering.controls)
            sequence, self._last_picture = Preview(link.memory).read()
            self._last_sequence += sequence + 1
            self._link = None
            self.steering.part()
            link.memory.close()
        link.presence.close()
        link.remove_ring()
