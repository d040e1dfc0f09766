"""How engine and output process find each other: a folder of this user, a note per output, and two locks.

The output process holds `output-NAME.lock` for as long as it lives, the engine that writes to it holds
`output-NAME.writer`. The system lets go of a lock when its holder dies, however it dies: a held lock
is a live process, whatever process ids have been reused.
"""

import contextlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.errors import OutputError
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


RUNTIME_VARIABLE = "HARDCUT_RUNTIME_DIR"
NOTE_VERSION = 1


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
        """Leave the note, whole or not at all."""
        draft = self.note_path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps({**asdict(note), "sink": str(note.sink)}), encoding="utf-8")
        draft.replace(self.note_path)

    def read(self) -> Note | None:
        """The note, whether or not its writer still lives; None if there is none that makes sense."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            fields = json.loads(self.note_path.read_text(encoding="utf-8"))
            if fields["version"] == NOTE_VERSION:
                sink, _, address = str(fields["sink"]).partition(":")
                return Note(**{**fields, "sink": SinkSpec(sink, address)})
        return None

    def host_lives(self) -> bool:
        """Whether an output process of this name runs."""
        return is_locked(self.host_lock)

    def sweep_leftovers(self) -> None:
        """Remove the ring and the note of a killed output process. Only for whoever holds the host lock."""
        note = self.read()
        if note is not None:
            Path(note.ring).unlink(missing_ok=True)
        self.note_path.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove everything, the locks included. Only for whoever holds the host lock."""
        self.sweep_leftovers()
        for path in (self.writer_lock, self.host_lock):
            with contextlib.suppress(PermissionError):  # Windows keeps open files: an empty lock may stay
                path.unlink(missing_ok=True)


def runtime_folder() -> Path:
    """The folder for sockets and such of this user, made if need be, closed to everyone else.

    Raises:
        OutputError: if it cannot be made, or belongs to someone else.
    """
    chosen = os.environ.get(RUNTIME_VARIABLE)
    system = os.environ.get("XDG_RUNTIME_DIR")
    if chosen:
        folder = Path(chosen)
    elif system and os.access(system, os.W_OK):
        folder = Path(system) / "hardcut"
    else:
        user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
        folder = Path(tempfile.gettempdir()) / f"hardcut-{user}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
    except OSError as error:
        raise OutputError(
            f"The runtime folder cannot be made: {error.strerror}", where=str(folder), remedy=f"Set {RUNTIME_VARIABLE}."
        ) from error
    if hasattr(os, "getuid") and (not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid()):
        raise OutputError(
            "The runtime folder belongs to someone else", where=str(folder), remedy=f"Set {RUNTIME_VARIABLE}."
        )
    return folder


def all_rendezvous() -> Iterator[Rendezvous]:
    """Every output name that has left a note."""
    folder = runtime_folder()
    for path in sorted(folder.glob("output-*.json")):
        yield Rendezvous(folder, path.stem.removeprefix("output-"))
