"""How engine and output process find each other: a folder of this user, a note per output, and two locks.

The output process holds `output-NAME.lock` for as long as it lives, the engine that writes to it holds
`output-NAME.writer`. The system lets go of a lock when its holder dies, however it dies: a held lock
is a live process, whatever process ids have been reused.

The files can go at any time (a cleaner of /tmp, a hand). The locks are then held all the same, on files without a
name: whoever met its peer once keeps that file open and asks there (`Presence`), and both sides make their files again
(`Seat.keep`, `Lock.is_at`), so that those who come later find them.
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from engine.documents import parse_json, read_json
from engine.errors import OutputError
from engine.files import FileKind, save_file
from engine.folders import RUNTIME_VARIABLE, runtime_folder

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int, exclusive: bool) -> bool:  # noqa: ARG001 - Windows knows no shared lock here
        os.lseek(descriptor, 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int, exclusive: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


NOTE_VERSION = 2
_LARGEST_PID = 2**31 - 1  # a signal to 0 or below reaches a whole group of processes
_NOTE = FileKind("note of the output", OutputError, unsaved=f"Set {RUNTIME_VARIABLE} to a folder of your own.")

SHARED = Path("/dev/shm")
"""Files here lie in memory (Linux); in containers there is often room for little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the output process writes about itself.

    Attributes:
        started_ns: when it started, on the shared monotonic clock; distinguishes two runs.
        ring: path of the shared memory file.
    """

    name: str
    pid: int
    started_ns: int
    ring: str
    version: int = NOTE_VERSION

    def written(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, line: str) -> "Note | None":
        """Parse a line; None if it is invalid."""
        with contextlib.suppress(OutputError):
            return _note(parse_json(line.encode(), "standard output", _NOTE))
        return None


class Lock:
    """A lock on a file, held until released or until this process ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path) -> "Lock | None":
        """Take the lock, or return None at once if someone holds it. Makes its folder again if that has gone.

        Raises:
            OutputError: if the file cannot be made.
        """
        while True:
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise OutputError(
                    f"The runtime folder cannot be written: {error.strerror}",
                    where=str(path.parent),
                    remedy=f"Make room there, or set {RUNTIME_VARIABLE}.",
                ) from error
            if not _try_lock(descriptor, exclusive=True):
                os.close(descriptor)
                return None
            if _is_at(descriptor, path):
                return cls(descriptor)
            os.close(descriptor)  # its last holder removed the file between our two steps

    def is_at(self, path: Path) -> bool:
        """Return whether the locked file is still the one of that name."""
        return self._descriptor >= 0 and _is_at(self._descriptor, path)

    def release(self) -> None:
        """Release the lock. Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Presence:
    """Watch whether a lock file is locked, even after it is renamed or deleted."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def find(cls, path: Path) -> "Presence | None":
        """Watch the file there now; None if there is none."""
        try:
            return cls(os.open(path, os.O_RDWR))
        except OSError:
            return None

    def is_held(self) -> bool:
        """Return whether a live process holds the lock."""
        if self._descriptor < 0 or not _try_lock(self._descriptor, exclusive=False):
            return self._descriptor >= 0
        _unlock(self._descriptor)
        return False

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def is_locked(path: Path) -> bool:
    """Return whether a live process holds the lock of that name."""
    presence = Presence.find(path)
    if presence is None:
        return False
    try:
        return presence.is_held()
    finally:
        presence.close()


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
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

    def ring_paths(self) -> list[Path]:
        """Return new paths for the host's ring, the best first: in memory where the system has a folder for that.

        Process ids repeat, in containers even at the same time: some random digits distinguish the rings.
        """
        name = f"hardcut-{os.getpid()}-{os.urandom(4).hex()}-{self.name}.ring"
        folders = [SHARED, self.folder, Path(tempfile.gettempdir())]
        usable = [folder / name for folder in dict.fromkeys(folders) if os.access(folder, os.W_OK)]
        return usable or [self.folder / name]

    def write(self, note: Note) -> None:
        """Write the note, whole or not at all. Makes its folder again if that has gone.

        Raises:
            OutputError: it cannot be written.
        """
        with contextlib.suppress(OSError):  # saving tells it
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_file(self.note_path, note.written(), _NOTE)

    def read(self) -> Note | None:
        """Read the note, whether or not its writer still lives; None if there is no valid one."""
        with contextlib.suppress(OutputError):
            return _note(read_json(self.note_path, _NOTE))
        return None

    def host_lives(self) -> bool:
        """Return whether an output process of this name runs."""
        return is_locked(self.host_lock)

    def sweep_leftovers(self) -> None:
        """Remove the ring and the note of a killed output process. Only for whoever holds the host lock."""
        note = self.read()
        with contextlib.suppress(OSError):  # a damaged note may name anything
            if note is not None:
                Path(note.ring).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.note_path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove everything, the locks included. Only for whoever holds the host lock."""
        self.sweep_leftovers()
        for path in (self.writer_lock, self.host_lock):
            with contextlib.suppress(OSError):  # Windows keeps open files: an empty lock may stay
                path.unlink(missing_ok=True)


class Seat:
    """Lock and note of the output process of one name, recreated when they have been deleted.

    One thread uses it.
    """

    def __init__(self, meeting: Rendezvous, lock: Lock) -> None:
        self._meeting = meeting
        self._locks = [lock]
        """The newest last. The older ones have lost their names, and are kept for those who found them then."""
        self._note: Note | None = None

    def publish(self, note: Note) -> str:
        """Write the note, now or when that becomes possible; return what is wrong as a sentence, or ""."""
        self._note = note
        return self.keep()

    def move(self, ring: Path) -> str:
        """Set another ring path; return what is wrong as a sentence, or ""."""
        if self._note is not None:
            self._note = replace(self._note, ring=str(ring))
        return self.keep()

    def keep(self) -> str:
        """Recreate deleted files; return what is wrong as a sentence, or "". Cheap enough for every second."""
        meeting, note = self._meeting, self._note
        try:
            if not self._locks[-1].is_at(meeting.host_lock):
                lock = Lock.acquire(meeting.host_lock)
                if lock is None:
                    return f"Another output is called {meeting.name} too."
                self._locks.append(lock)
            if note is not None and meeting.read() != note:
                meeting.write(note)
        except OutputError as error:
            return str(error)
        return ""

    def is_own(self) -> bool:
        """Return whether the files of that name are this process's."""
        return self._locks[-1].is_at(self._meeting.host_lock)

    def leave(self) -> None:
        """Remove the files, if they are this process's own."""
        if self.is_own():
            self._meeting.sweep()
        for lock in self._locks:
            lock.release()


def _note(fields: object) -> Note | None:
    match fields:
        case {
            "name": str(name),
            "pid": int(pid),
            "started_ns": int(started_ns),
            "ring": str(ring),
            "version": version,
        } if version == NOTE_VERSION and 0 < pid <= _LARGEST_PID:
            return Note(name=name, pid=pid, started_ns=started_ns, ring=ring)
    return None


def all_rendezvous() -> Iterator[Rendezvous]:
    """Return every output name that has a note."""
    folder = runtime_folder()
    for path in sorted(folder.glob("output-*.json")):
        yield Rendezvous(folder, path.stem.removeprefix("output-"))
