"""The engine's side of the output: find or start the process, feed, query, replace and end it."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import OutputError
from engine.folders import runtime_folder
from engine.messages.frame import OutputFrame
from engine.output.controls import Controls, read_controls, write_controls, write_video
from engine.output.emergency_controls import EmergencyControls, read_emergency, write_emergency
from engine.output.host import LINGER_S
from engine.output.inheritance import Inheritance
from engine.output.layout import PICTURE_SHAPE, SLOTS, RingGoneError, SharedMemory, Word
from engine.output.rendezvous import Lock, Note, Presence, Rendezvous, all_rendezvous, is_locked
from engine.output.ring import Preview, RingWriter
from engine.output.settings import NDI_SINK, NULL_SINK, Fit, OutputConfig, SinkSpec, WireFormat
from engine.output.starting import StartingOutput
from engine.output.status import OutputStatus, as_ended, read_status

__all__ = [
    "NDI_SINK",
    "NULL_SINK",
    "Fit",
    "OutputClient",
    "OutputConfig",
    "OutputStatus",
    "RunningOutput",
    "SinkSpec",
    "WireFormat",
    "running_outputs",
]

START_PATIENCE_S = 10.0
WRITER_PATIENCE_S = 0.5
"""The output asks for an instant, once a second, whether the writer's lock is held."""
END_PATIENCE_S = 4.0
KILL_PATIENCE_S = 2.0
POLL_S = 0.005

OVERDUE_NS = 250 * NS_PER_MS
"""An output that is so late with a frame sends none: its figures are no longer true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOutput:
    """An output process found on this machine, of this user; fed: an engine is attached to it."""

    name: str
    pid: int
    sink: SinkSpec
    fed: bool


def running_outputs() -> tuple[RunningOutput, ...]:
    """Return every live output process of this user."""
    found = []
    for meeting in all_rendezvous():
        note = meeting.read()
        if note is not None and meeting.host_lives():
            fed = is_locked(meeting.writer_lock)
            found.append(RunningOutput(name=note.name, pid=note.pid, sink=note.sink, fed=fed))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Link:
    """One output process, as long as it is ours; process: None if it was found running."""

    process: subprocess.Popen[bytes] | None
    note: Note
    presence: Presence
    memory: SharedMemory
    writer: RingWriter

    def lives(self) -> bool:
        """Return whether the process is alive, even if its files have been deleted."""
        return self.process.poll() is None if self.process is not None else self.presence.is_held()

    def kill(self) -> None:
        """Kill the process."""
        if self.process is not None:
            self.process.kill()
        elif self.presence.is_held():  # the note's writer holds the lock: the pid is its own
            with contextlib.suppress(OSError):
                os.kill(self.note.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


class OutputClient:
    """The one writer of one output process, and of those that take its place.

    `publish` and `publish_chunk` belong to one thread; `renew`, `keep_files` and `keep_spare` to another (see
    engine.output.keeper); everything else may be called from any. Made by `connect`.

    Between the death of a process and the start of the next there is none: what is published then is let go, there is
    room for nothing, and controls are kept for the process to come.
    """

    def __init__(self, config: OutputConfig, clock: Clock, linger_ns: int) -> None:
        self._config = config
        self._clock = clock
        self._linger_ns = linger_ns
        self._meeting = Rendezvous(runtime_folder(), config.name)
        self._controls = Controls()
        self._emergency = EmergencyControls()
        self._closed = False
        self._met = False
        self._last = OutputStatus(alive=False)
        self._inheritance = Inheritance()
        self._last_picture: npt.NDArray[np.uint8] = np.zeros(PICTURE_SHAPE, np.uint8)
        self._last_sequence = 0
        self._guard = threading.Lock()
        self._lock: Lock | None = None
        self._link: _Link | None = None
        self._spare: StartingOutput | None = None
        self._attach()

    @classmethod
    def connect(
        cls, config: OutputConfig, clock: Clock, *, linger_ns: int = LINGER_S * NS_PER_SECOND
    ) -> "OutputClient":
        """Attach to the running output of that name, or start one.

        A running output goes on with its picture and its controls; its canvas and rate follow config.

        Args:
            linger_ns: how long a newly started output goes on without an engine.

        Raises:
            OutputError: if another engine feeds it, it is of another version or another sink, or it
                does not start within 10 s.
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

    def set_freeze(self, on: bool) -> None:
        """Hold or release the picture on air, at the next output frame."""
        self._control(lambda controls: replace(controls, freeze=on))

    def set_blackout(self, on: bool) -> None:
        """Set blackout, at the next output frame."""
        self._control(lambda controls: replace(controls, blackout=on))

    def set_level(self, value: float) -> None:
        """Set the master level, 0..1, at the next output frame."""
        if not 0.0 <= value <= 1.0:
            raise OutputError(f"The master level cannot be {value:g}", remedy="Choose a value from 0 to 1.")
        self._control(lambda controls: replace(controls, level=value))

    def set_emergency(self, controls: EmergencyControls) -> None:
        """Choose what is shown while nothing comes, or show it now, from the next output frame on."""
        with self._guard:
            self._require_open()
            self._emergency = controls
            if self._link is not None:
                write_emergency(self._link.memory, controls)

    @property
    def emergency(self) -> EmergencyControls:
        """Return what was chosen last, perhaps by the engine before."""
        return self._emergency

    def set_canvas(self, width: int, height: int) -> None:
        """Change the size of the sent picture within the running sender.

        Raises:
            OutputError: if the size is odd or out of range; nothing changes then.
        """
        self._set_video(replace(self._config, width=width, height=height))

    @property
    def rate(self) -> Fraction:
        """Return the last requested rate in frames per second."""
        return self._config.fps

    def set_rate(self, rate: Fraction) -> None:
        """Change how many frames a second are sent, within the running sender.

        Raises:
            OutputError: if it is out of range; nothing changes then.
        """
        self._set_video(replace(self._config, fps=rate))

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
            out: uint8 [448, 448, 4] to copy into, or None for a new one.
        """
        with self._guard:
            self._require_open()
            if self._link is not None:
                sequence, picture = Preview(self._link.memory).read(out)
                return self._last_sequence + sequence, picture
            if out is None:
                return self._last_sequence, self._last_picture.copy()
            np.copyto(out, self._last_picture)
            return self._last_sequence, out

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
            self._inheritance = replace(self._inheritance, controls=self._controls, emergency=self._emergency)
        self._attach()

    def keep_files(self) -> None:
        """Recreate this side's file if it has been deleted; call about once a second.

        Raises:
            OutputError: it cannot be made, or another engine has taken the place meanwhile.
        """
        lock = self._lock
        if self._closed or (lock is not None and lock.is_at(self._meeting.writer_lock)):
            return
        again = Lock.acquire(self._meeting.writer_lock)
        if again is None:
            raise OutputError("Another engine wants to play on this output", where=self._config.name)
        self._lock = again
        if lock is not None:
            lock.release()

    def keep_spare(self) -> None:
        """Start a spare process, loaded and waiting: it replaces a dead one several times faster.

        Raises:
            OutputError: the system starts no process.
        """
        spare = self._spare
        if spare is not None and spare.config == self._config and spare.process.poll() is None:
            return
        self._drop_spare()
        self._spare = StartingOutput(self._config, self._linger_ns, self._meeting.log_path)

    def close(self, *, end_output: bool = True) -> None:
        """Detach from the output, and end its process if end_output. Idempotent.

        Waits until the process has gone; as a last resort it is killed.
        """
        with self._guard:
            if self._closed:
                return
            self._closed = True
            link = self._link
            if link is not None:
                self._last = as_ended(self._last)
                if end_output:
                    link.memory.words[Word.QUIT] = 1
                link.memory.close()
        self._drop_spare()
        if self._lock is not None:
            self._lock.release()
        if link is not None:
            if end_output:
                self._end(link)
            link.presence.close()

    def _set_video(self, config: OutputConfig) -> None:
        with self._guard:
            self._require_open()
            self._config = config
            if self._link is not None:
                write_video(self._link.memory, config.video())

    def _control(self, change: Callable[[Controls], Controls]) -> None:
        with self._guard:
            self._require_open()
            self._controls = change(self._controls)
            if self._link is not None:
                write_controls(self._link.memory, self._controls)

    def _require_open(self) -> None:
        if self._closed:
            raise OutputError("The output is closed", where=self._config.name)

    def _attach(self) -> None:
        """Find or start the process, and acquire its writer's lock."""
        if not _wait_for(self._attach_once, START_PATIENCE_S):
            raise OutputError(
                "The running output is ending and does not go",
                where=self._config.name,
                remedy="End that process, or choose another output name.",
            )

    def _attach_once(self) -> bool:
        """Try `_attach` once; False if the output that was found is just ending: try again."""
        process: subprocess.Popen[bytes] | None = None
        if self._meeting.host_lives():
            note = self._await_note()
        else:
            _clear(self._meeting)
            process, note = self._start()
        if note is None:
            return False
        if note.sink != self._config.sink:
            raise OutputError(
                f"The running output sends to {note.sink}, not to {self._config.sink}",
                where=note.name,
                remedy="End it first, or choose another output name.",
            )
        self._become_writer()
        presence = Presence.find(self._meeting.host_lock)
        try:
            if presence is None:
                return False
            memory = SharedMemory.attach(Path(note.ring))
        except OutputError as error:
            if presence is not None:
                presence.close()
            if isinstance(error, RingGoneError):
                return False
            self._release_writer()
            raise
        words = memory.words
        words[Word.WRITER_PID] = os.getpid()
        words[Word.WRITER_GENERATION] += 1
        write_video(memory, self._config.video())
        with self._guard:
            if not self._met:  # a running output's controls outlive their engine; afterwards they are ours
                self._met, self._controls, self._emergency = True, read_controls(memory), read_emergency(memory)
            write_controls(memory, self._controls)
            write_emergency(memory, self._emergency)
            self._link = _Link(process, note, presence, memory, RingWriter(memory))
        return True

    def _become_writer(self) -> None:
        """Acquire the writer's lock."""
        if self._lock is not None and self._lock.is_at(self._meeting.writer_lock):
            return
        self._release_writer()

        def locked() -> bool:
            self._lock = Lock.acquire(self._meeting.writer_lock)
            return self._lock is not None

        if not _wait_for(locked, WRITER_PATIENCE_S):
            raise OutputError(
                "Another engine already plays on this output",
                where=self._config.name,
                remedy="End that program, or choose another output name.",
            )

    def _release_writer(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def _start(self) -> tuple[subprocess.Popen[bytes] | None, Note | None]:
        """Start a process or the spare; return it and its note, (None, None) if another engine was quicker."""
        spare, self._spare = self._spare, None
        if spare is None or spare.process.poll() is not None or spare.config != self._config:
            if spare is not None:
                spare.end()
            spare = StartingOutput(self._config, self._linger_ns, self._meeting.log_path)
        spare.begin(self._inheritance)
        outcome = spare.outcome(round(START_PATIENCE_S * NS_PER_SECOND))
        if isinstance(outcome, Note):
            return spare.process, outcome
        spare.end()
        if self._meeting.host_lives():
            return None, None
        raise OutputError(
            "The output process does not start",
            where=self._config.name,
            remedy=outcome or f"It has said nothing for {START_PATIENCE_S:g} s. See {self._meeting.log_path}.",
        )

    def _await_note(self) -> Note | None:
        """Wait for the running process's note; None if it ended instead."""
        note: Note | None = None

        def ready() -> bool:
            nonlocal note
            lives = self._meeting.host_lives()
            note = self._meeting.read() if lives else None
            return note is not None or not lives

        if _wait_for(ready, START_PATIENCE_S):
            return note
        raise OutputError(
            "An output process of this name runs and says nothing of itself",
            where=self._config.name,
            remedy="End that process, or choose another output name.",
        )

    def _bury(self, link: _Link) -> None:
        """Remove what an ended process left."""
        link.kill()
        if not _wait_for(lambda: not link.lives(), KILL_PATIENCE_S):
            raise OutputError("The output process hangs and cannot be ended", where=f"process {link.note.pid}")
        with self._guard:
            self._last = as_ended(read_status(link.memory) or self._last)
            self._inheritance = Inheritance.of(link.memory, self._controls)
            sequence, self._last_picture = Preview(link.memory).read()
            self._last_sequence += sequence + 1
            self._link = None
            link.memory.close()
        link.presence.close()
        with contextlib.suppress(OSError):
            Path(link.note.ring).unlink(missing_ok=True)

    def _end(self, link: _Link) -> None:
        if not _wait_for(lambda: not link.lives(), END_PATIENCE_S):
            link.kill()
            _wait_for(lambda: not link.lives(), KILL_PATIENCE_S)
            with contextlib.suppress(OSError):
                Path(link.note.ring).unlink(missing_ok=True)
        _clear(self._meeting)
        with contextlib.suppress(OSError):
            self._meeting.log_path.unlink(missing_ok=True)

    def _drop_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.end()


def _clear(meeting: Rendezvous) -> None:
    """Remove what a killed output left, unless a new one is just being started."""
    lock = None
    with contextlib.suppress(OutputError):
        lock = Lock.acquire(meeting.host_lock)
    if lock is not None:
        meeting.sweep()
        lock.release()


def _wait_for(condition: Callable[[], bool], patience_s: float) -> bool:
    """Poll a condition every few milliseconds; return False if it does not hold within patience_s."""
    pause = threading.Event()
    for _ in range(int(patience_s / POLL_S)):
        if condition():
            return True
        pause.wait(POLL_S)
    return condition()
