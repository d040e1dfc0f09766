"""Find or start an output process, and become the one engine that writes to it."""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError
from engine.folders import runtime_folder
from engine.output.inheritance import Inheritance
from engine.output.kept_connections import KeptConnections
from engine.output.layout import RingGoneError, SharedMemory, Word
from engine.output.link import Link
from engine.output.polling import wait_for
from engine.output.rendezvous import Lock, Note, Presence, Rendezvous
from engine.output.ring import RingWriter
from engine.output.settings import OutputConfig
from engine.output.starting import StartingOutput

START_PATIENCE_S = 10.0
WRITER_PATIENCE_S = 0.5
"""The output asks for an instant, once a second, whether the writer's lock is held."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A process of our output's name, and whether it was started for us."""

    process: subprocess.Popen[bytes] | None
    note: Note


class Attacher:
    """Attaches to one output process after another, all of one name. It holds the writer's lock and the spare process.

    One thread uses it.

    Args:
        name: of the output.
        linger_ns: how long a newly started output goes on without an engine.
    """

    def __init__(self, name: str, linger_ns: int) -> None:
        self._meeting = Rendezvous(runtime_folder(), name)
        self._linger_ns = linger_ns
        self._lock: Lock | None = None
        self._spare: StartingOutput | None = None

    def attach(self, config: OutputConfig, inheritance: Inheritance) -> Link:
        """Find the process, or start one that begins with what an earlier one left; acquire its writer's lock.

        Raises:
            OutputError: another engine feeds it, it is of another version, or it does not start
                within 10 s.
        """
        found: Link | None = None

        def attached() -> bool:
            nonlocal found
            found = self._attach_once(config, inheritance)
            return found is not None

        wait_for(attached, START_PATIENCE_S)
        if found is None:
            raise OutputError(
                "The running output is ending and does not go",
                where=config.name,
                remedy="End that process, or choose another output name.",
            )
        return found

    def keep_lock(self) -> None:
        """Make the lock's file again if it has been deleted.

        Raises:
            OutputError: it cannot be made, or another engine has taken the place meanwhile.
        """
        lock = self._lock
        if lock is not None and lock.is_at(self._meeting.writer_lock):
            return
        again = Lock.acquire(self._meeting.writer_lock)
        if again is None:
            raise OutputError("Another engine wants to play on this output", where=self._meeting.name)
        self._lock = again
        if lock is not None:
            lock.release()

    def keep_spare(self, config: OutputConfig) -> None:
        """Start a spare process for this configuration unless there is one.

        Raises:
            OutputError: the system starts no process.
        """
        spare = self._spare
        if spare is not None and spare.config == config and spare.process.poll() is None:
            return
        self._drop_spare()
        self._spare = StartingOutput(config, self._linger_ns, self._meeting.log_path)

    def close(self) -> None:
        """End the spare process and release the lock. Idempotent."""
        self._drop_spare()
        self._release_lock()

    def clear(self) -> None:
        """Remove what an ended output left, its log included."""
        self._sweep()
        with contextlib.suppress(OSError):
            self._meeting.log_path.unlink(missing_ok=True)

    def _attach_once(self, config: OutputConfig, inheritance: Inheritance) -> Link | None:
        """Try `attach` once; None if the output that was found is just ending: try again."""
        if self._meeting.host_lives():
            note = self._await_note()
            found = _Found(None, note) if note is not None else None
        else:
            self._sweep()
            found = self._start(config, inheritance)
        if found is None:
            return None
        self._become_writer()
        presence = Presence.find(self._meeting.host_lock)
        if presence is None:
            return None
        try:
            memory = SharedMemory.attach(Path(found.note.ring))
        except OutputError as error:
            presence.close()
            if isinstance(error, RingGoneError):
                return None
            self._release_lock()
            raise
        memory.words[Word.WRITER_PID] = os.getpid()
        memory.words[Word.WRITER_GENERATION] += 1
        memory.words[Word.BEATS] = 0
        return Link(found.process, found.note, presence, memory, RingWriter(memory), KeptConnections(found.note.pid))

    def _become_writer(self) -> None:
        """Acquire the writer's lock."""
        if self._lock is not None and self._lock.is_at(self._meeting.writer_lock):
            return
        self._release_lock()

        def locked() -> bool:
            self._lock = Lock.acquire(self._meeting.writer_lock)
            return self._lock is not None

        if not wait_for(locked, WRITER_PATIENCE_S):
            raise OutputError(
                "Another engine already plays on this output",
                where=self._meeting.name,
                remedy="End that program, or choose another output name.",
            )

    def _release_lock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()

    def _start(self, config: OutputConfig, inheritance: Inheritance) -> _Found | None:
        """Start a process or the spare; None if another engine was quicker."""
        spare, self._spare = self._spare, None
        if spare is None or spare.process.poll() is not None or spare.config != config:
            if spare is not None:
                spare.end()
            spare = StartingOutput(config, self._linger_ns, self._meeting.log_path)
        spare.begin(inheritance)
        outcome = spare.outcome(round(START_PATIENCE_S * NS_PER_SECOND))
        if isinstance(outcome, Note):
            return _Found(spare.process, outcome)
        spare.end()
        if self._meeting.host_lives():
            return None
        raise OutputError(
            "The output process does not start",
            where=config.name,
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

        if wait_for(ready, START_PATIENCE_S):
            return note
        raise OutputError(
            "An output process of this name runs and says nothing of itself",
            where=self._meeting.name,
            remedy="End that process, or choose another output name.",
        )

    def _drop_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.end()

    def _sweep(self) -> None:
        """Remove what a killed output left, unless a new one is just being started."""
        lock = None
        with contextlib.suppress(OutputError):
            lock = Lock.acquire(self._meeting.host_lock)
        if lock is not None:
            self._meeting.sweep()
            lock.release()
