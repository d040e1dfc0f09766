"""The engine's side of the output: find or start the process, feed it, ask it, end it."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.clock import Clock
from engine.errors import OutputError
from engine.folders import runtime_folder
from engine.messages.frame import OutputFrame
from engine.output.controls import Controls, write_controls, write_video
from engine.output.host import LINGER_S, arguments
from engine.output.layout import SLOTS, RingGoneError, SharedMemory, Word, as_float
from engine.output.rendezvous import Lock, Note, Rendezvous, all_rendezvous, is_locked
from engine.output.ring import Preview, RingWriter
from engine.output.settings import NDI_SINK, NULL_SINK, Fit, OutputConfig, SinkSpec, WireFormat
from engine.output.status import OutputStatus, last_words, read_status

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
END_PATIENCE_S = 5.0
POLL_S = 0.005

_started: list[subprocess.Popen[bytes]] = []
"""Every output process this one started: they outlive the clients, and must be waited for when they end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningOutput:
    """An output process found on this machine, of this user; fed: an engine is attached to it."""

    name: str
    pid: int
    sink: SinkSpec
    fed: bool


def running_outputs() -> tuple[RunningOutput, ...]:
    """Every live output process of this user."""
    found = []
    for meeting in all_rendezvous():
        note = meeting.read()
        if note is not None and meeting.host_lives():
            fed = is_locked(meeting.writer_lock)
            found.append(RunningOutput(name=note.name, pid=note.pid, sink=note.sink, fed=fed))
    return tuple(found)


class OutputClient:
    """The one writer of one output process.

    `publish` and `publish_chunk` belong to one thread; everything else may be called from any. Made by
    `connect`.
    """

    def __init__(self, config: OutputConfig, clock: Clock, linger_ns: int) -> None:
        self._config = config
        self._clock = clock
        self._linger_ns = linger_ns
        self._meeting = Rendezvous(runtime_folder(), config.name)
        self._controls = Controls()
        self._closed = False
        self._last = OutputStatus(alive=False)
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._attach()

    @classmethod
    def connect(
        cls, config: OutputConfig, clock: Clock, *, linger_ns: int = LINGER_S * 1_000_000_000
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
        """Whether the output was found already running."""
        return self._process is None

    @property
    def last_epoch(self) -> int:
        """The newest epoch this output was ever given; a new engine's epochs must start above it."""
        with self._guard:
            return self._writer.last_epoch

    @property
    def pid(self) -> int:
        """The output process."""
        return self._note.pid

    def publish(self, frame: OutputFrame) -> None:
        """Copy one frame into the ring. Never blocks; OutputError if the ring is full."""
        self.publish_chunk((frame,))

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        """Copy frames into the ring; the output sees all of them at once. OutputError if they do not fit."""
        with self._guard:
            self._require_open()
            self._writer.publish(frames, self._clock.now_ns())

    @property
    def slots(self) -> int:
        """How many frames the ring holds."""
        return SLOTS

    def free_slots(self) -> int:
        """How many frames can be published now."""
        with self._guard:
            return self._writer.free_slots

    def queued(self) -> int:
        """How many published frames have not been shown yet."""
        with self._guard:
            return self._writer.queued

    def set_freeze(self, on: bool) -> None:
        """Hold the picture on air, or let it go, at the next output frame."""
        self._control(replace(self._controls, freeze=on))

    def set_blackout(self, on: bool) -> None:
        """Black on air, or back, at the next output frame."""
        self._control(replace(self._controls, blackout=on))

    def set_level(self, value: float) -> None:
        """Master level 0..1, at the next output frame."""
        if not 0.0 <= value <= 1.0:
            raise OutputError(f"The master level cannot be {value:g}", remedy="Choose a value from 0 to 1.")
        self._control(replace(self._controls, level=value))

    def set_canvas(self, width: int, height: int) -> None:
        """Change the size of the sent picture within the running sender.

        Raises:
            OutputError: if the size is odd or out of range; nothing changes then.
        """
        self._set_video(replace(self._config, width=width, height=height))

    @property
    def rate(self) -> Fraction:
        """Output frames per second, as asked for last."""
        return self._config.fps

    def set_rate(self, rate: Fraction) -> None:
        """Change how many frames a second are sent, within the running sender.

        Raises:
            OutputError: if it is out of range; nothing changes then.
        """
        self._set_video(replace(self._config, fps=rate))

    def status(self) -> OutputStatus:
        """The output as of its last frame; if it has died, the last heard of it with alive False."""
        alive = self.alive()
        with self._guard:
            if not self._closed:
                self._last = read_status(self._memory) or self._last
            return self._last if alive else last_words(self._last)

    def preview(self, out: npt.NDArray[np.uint8] | None = None) -> tuple[int, npt.NDArray[np.uint8]]:
        """What viewers see now: a number that grows with every change, and a copy.

        Args:
            out: uint8 [448, 448, 4] to copy into, or None for a new one.
        """
        with self._guard:
            self._require_open()
            return Preview(self._memory).read(out)

    def alive(self) -> bool:
        """Whether the output process runs."""
        if self._process is not None and self._process.poll() is not None:
            return False
        return not self._closed and self._meeting.host_lives()

    def restart_if_dead(self) -> bool:
        """If the output process has gone, start a new one with the same settings; True if it did.

        Raises:
            OutputError: if the new one does not start.
        """
        if self._closed or self.alive():
            return False
        with self._guard:
            self._last = last_words(self._last)
            old, lock = self._memory, self._lock
        lock.release()
        try:
            self._attach()
        finally:
            if self._memory is not old:
                with self._guard:
                    old.close()
        self._control(self._controls)
        return True

    def close(self, *, end_output: bool = True) -> None:
        """Let go of the output, and end its process unless it is to go on. Idempotent.

        Waits until the process has gone; as a last resort it is killed.
        """
        with self._guard:
            if self._closed:
                return
            self._closed = True
            if end_output:
                self._memory.words[Word.QUIT] = 1
            self._memory.close()
        self._lock.release()
        if end_output:
            self._end_process()

    def _set_video(self, config: OutputConfig) -> None:
        with self._guard:
            self._require_open()
            self._config = config
            write_video(self._memory, config.video())

    def _control(self, controls: Controls) -> None:
        with self._guard:
            self._require_open()
            self._controls = controls
            write_controls(self._memory, controls)

    def _require_open(self) -> None:
        if self._closed:
            raise OutputError("The output is closed", where=self._config.name)

    def _attach(self) -> None:
        """Find or start the process, and become its writer."""
        if not _wait_for(self._attach_once, START_PATIENCE_S):
            raise OutputError(
                "The running output is ending and does not go",
                where=self._config.name,
                remedy="End that process, or choose another output name.",
            )

    def _attach_once(self) -> bool:
        """As `_attach`; False if the output that was found is just ending: ask again."""
        process = None
        if not self._meeting.host_lives():
            _clear(self._meeting)
            process = _start(self._config, self._linger_ns, self._meeting.log_path)
        note = self._await_note(process)
        if note is None:
            return False
        if process is not None and process.poll() is not None:
            process = None  # another engine's output of that name was quicker
        if note.sink != self._config.sink:
            raise OutputError(
                f"The running output sends to {note.sink}, not to {self._config.sink}",
                where=note.name,
                remedy="End it first, or choose another output name.",
            )
        lock: Lock | None = None

        def locked() -> bool:
            nonlocal lock
            lock = Lock.acquire(self._meeting.writer_lock)
            return lock is not None

        if not _wait_for(locked, WRITER_PATIENCE_S) or lock is None:
            raise OutputError(
                "Another engine already plays on this output",
                where=note.name,
                remedy="End that program, or choose another output name.",
            )
        try:
            memory = SharedMemory.attach(Path(note.ring))
        except RingGoneError:
            lock.release()
            return False
        except OutputError:
            lock.release()
            raise
        words = memory.words
        words[Word.WRITER_PID] = os.getpid()
        words[Word.WRITER_GENERATION] += 1
        write_video(memory, self._config.video())
        if process is None:
            self._controls = Controls(bool(words[Word.FREEZE]), bool(words[Word.BLACKOUT]), as_float(words[Word.LEVEL]))
        with self._guard:
            self._process, self._note, self._lock = process, note, lock
            self._memory, self._writer = memory, RingWriter(memory)
        return True

    def _await_note(self, process: subprocess.Popen[bytes] | None) -> Note | None:
        """What the running or starting process wrote of itself; None if a running one ended instead."""
        note: Note | None = None

        def ready() -> bool:
            nonlocal note
            lives = self._meeting.host_lives()
            note = self._meeting.read() if lives else None
            ended = not lives if process is None else process.poll() is not None
            return note is not None or ended

        if _wait_for(ready, START_PATIENCE_S) and (note is not None or process is None):
            return note
        if process is not None:
            process.kill()
            process.wait()
        raise OutputError(
            "The output process does not start",
            where=self._config.name,
            remedy=_last_line(self._meeting.log_path) or f"See {self._meeting.log_path}.",
        )

    def _end_process(self) -> None:
        def gone() -> bool:
            if self._process is not None and self._process.poll() is None:
                return False
            return not self._meeting.host_lives()

        if not _wait_for(gone, END_PATIENCE_S):
            if self._process is not None:
                self._process.kill()
            elif self._meeting.read() == self._note:  # the note's writer holds the lock: the pid is its own
                with contextlib.suppress(OSError):
                    os.kill(self._note.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            _wait_for(gone, END_PATIENCE_S)
        _clear(self._meeting)
        self._meeting.log_path.unlink(missing_ok=True)


def _start(config: OutputConfig, linger_ns: int, log_path: Path) -> subprocess.Popen[bytes]:
    """Start the process in a session of its own, so that it dies neither with this one nor with its terminal."""
    _started[:] = [process for process in _started if process.poll() is None]
    root = str(Path(__file__).resolve().parents[2])
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = "1"  # small products; steady deadlines
    command = [sys.executable, "-m", "engine.output.host", *arguments(config, linger_ns)]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_BREAKAWAY_FROM_JOB
    try:
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
                creationflags=flags,
            )
    except OSError as error:
        raise OutputError(f"The output process cannot be started: {error.strerror}", where=str(log_path)) from error
    _started.append(process)
    return process


def _clear(meeting: Rendezvous) -> None:
    """Remove what a killed output left behind, if nobody is just starting a new one."""
    lock = Lock.acquire(meeting.host_lock)
    if lock is not None:
        meeting.sweep()
        lock.release()


def _wait_for(condition: Callable[[], bool], patience_s: float) -> bool:
    """Ask every few milliseconds until it holds; False if it does not within patience_s."""
    pause = threading.Event()
    for _ in range(int(patience_s / POLL_S)):
        if condition():
            return True
        pause.wait(POLL_S)
    return condition()


def _last_line(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""
