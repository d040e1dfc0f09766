"""How engine and output process find each other: a folder of this user, a note per output, and two locks.

The output process holds `output-NAME.lock` for as long as it lives, the engine that writes to it holds
`output-NAME.writer`. The system lets go of a lock when its holder dies, however it dies: a held lock
is a live process, whatever process ids have been reused.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.documents import read_json
from engine.errors import OutputError
from engine.files import FileKind, save_file
from engine.folders import RUNTIME_VARIABLE, runtime_folder
from engine.output.settings import SinkSpec

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int, exclusive: bool) -> bool:  # noqa: ARG001 - Windows knows no shared lock here
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int, exclusive: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


NOTE_VERSION = 1
_LARGEST_PID = 2**31 - 1  # a signal to 0 or below reaches a whole group of processes
_NOTE = FileKind("note of the output", OutputError, unsaved=f"Set {RUNTIME_VARIABLE} to a folder of your own.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the output process writes down about itself.

    Attributes:
        started_ns: when it started, on the shared monotonic clock; tells two runs apart.
        ring: path of the shared memory file.
    """

    name: str
    pid: int
    started_ns: int
    ring: str
    sink: SinkSpec
    version: int = NOTE_VERSION


class Lock:
    """A lock on a file, held until released or until this process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path) -> "Lock | None":
        """Take the lock, or return None at once if someone holds it."""
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            if not _try_lock(descriptor, exclusive=True):
                os.close(descriptor)
                return None
            if _is_at(descriptor, path):
                return cls(descriptor)
            os.close(descriptor)  # its last holder removed the file between our two steps

    def release(self) -> None:
        """Let go. Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def is_locked(path: Path) -> bool:
    """Whether a live process holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(descriptor, exclusive=False)
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """The files of one output name in the runtime folder."""

    folder: Path
    name: str

    @property
    def note_path(self) -> Path:
        return self.folder / f"output-{self.name}.json"

    @property
    def host_lock(self) -> Path:
        return self.folder / f"output-{self.name}.lock"

    @property
    def writer_lock(self) -> Path:
        return self.folder / f"output-{self.name}.writer"

    @property
    def log_path(self) -> Path:
        return self.folder / f"output-{self.name}.log"

    def ring_path(self) -> Path:
        """A new place for the host's ring: in memory where the system has a folder for that.

        Process ids repeat, in containers even at the same time: some random digits tell the rings apart.
        """
        shared = Path("/dev/shm")
        folder = shared if os.access(shared, os.W_OK) else self.folder
        return folder / f"hardcut-{os.getpid()}-{os.urandom(4).hex()}-{self.name}.ring"

    def write(self, note: Note) -> None:
        """Leave the note, whole or not at all.

        Raises:
            OutputError: it cannot be written.
        """
        save_file(self.note_path, json.dumps({**asdict(note), "sink": str(note.sink)}), _NOTE)

    def read(self) -> Note | None:
        """The note, whether or not its writer still lives; None if there is none that makes sense."""
        with contextlib.suppress(OutputError):
            return _note(read_json(self.note_path, _NOTE))
        return None

    def host_lives(self) -> bool:
        """Whether an output process of this name runs."""
        return is_locked(self.host_lock)

    def sweep_leftovers(self) -> None:
        """Remove the ring and the note of a killed output process. Only for whoever holds the host lock."""
        note = self.read()
        if note is not None:
            with contextlib.suppress(OSError):  # a damaged note may name anything
                Path(note.ring).unlink()
        self.note_path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove everything, the locks included. Only for whoever holds the host lock."""
        self.sweep_leftovers()
        for path in (self.writer_lock, self.host_lock):
            with contextlib.suppress(PermissionError):  # Windows keeps open files: an empty lock may stay
                path.unlink(missing_ok=True)


def _note(fields: object) -> Note | None:
    match fields:
        case {
            "name": str(name),
            "pid": int(pid),
            "started_ns": int(started_ns),
            "ring": str(ring),
            "sink": str(sink),
            "version": version,
        } if version == NOTE_VERSION and 0 < pid <= _LARGEST_PID:
            kind, _, address = sink.partition(":")
            return Note(name=name, pid=pid, started_ns=started_ns, ring=ring, sink=SinkSpec(kind, address))
    return None


def all_rendezvous() -> Iterator[Rendezvous]:
    """Every output name that has left a note."""
    folder = runtime_folder()
    for path in sorted(folder.glob("output-*.json")):
        yield Rendezvous(folder, path.stem.removeprefix("output-"))
