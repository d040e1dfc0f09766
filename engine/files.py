"""Replaces a file in one step: whoever reads it finds the old one or the whole new one, and no draft stays behind."""

import errno
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from engine.errors import EngineError

_REMEDIES: Final = {
    errno.ENOSPC: "Free some space on its disk.",
    errno.EDQUOT: "Free some space: the quota on its disk is used up.",
    errno.EACCES: "Allow writing to its folder, or choose another.",
    errno.EPERM: "Allow writing to its folder, or choose another.",
    errno.EROFS: "Its disk is read-only: choose another place.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}

ARCHIVE_FAULTS: Final = (
    OSError,
    ValueError,
    KeyError,  # a member is not there
    EOFError,
    MemoryError,  # a size that nobody meant
    RuntimeError,  # a flag says that it is encrypted; NotImplementedError: packed in another way
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged zip raises."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """What sentences call a kind of file, and the error that carries them.

    Attributes:
        name: without an article, as in "The NAME cannot be saved".
        unread, unsaved: what it means, or what to do about it, when one cannot be used or saved: a sentence or "".
    """

    name: str
    error: type[EngineError]
    unread: str = ""
    unsaved: str = ""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A draft to write to, beside the file, that takes its place at the end of the block.

    The contents are on the disk before the name is, and the name before this returns, where the system can tell.
    The new file has the usual permissions; owner, links and times of the old one are not kept. When the block is
    left by an exception, or its generator is closed, the draft is removed and the old file stays.

    Raises:
        OSError, ValueError: it cannot be written, or there can be no file of this name.
    """
    _sweep(path.parent)
    # A name of ours: the file's may be as long as allowed.
    draft = path.with_name(f".hardcut-{os.getpid()}-{os.urandom(8).hex()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise
    _settle(path.parent)


def _sweep(folder: Path) -> None:
    """Remove the drafts of processes that were killed while they wrote."""
    for draft in folder.glob(".hardcut-*-*.draft"):
        number = draft.name.split("-")[1]
        if number.isdecimal() and not _lives(int(number)):
            with suppress(OSError):  # Windows keeps what is open, and tells so
                draft.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return False  # signal 0 would end it there
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _settle(folder: Path) -> None:
    """Bring a folder's names to the disk; not every system can, and the file is in its place already."""
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def save_file(path: Path, content: str | bytes, kind: FileKind) -> None:
    """Replace a file, or make it and its folder; text is written as UTF-8 with \\n.

    Raises:
        EngineError: of the kind, with what cannot be saved, why and what to do.
    """
    try:
        data = content.encode() if isinstance(content, str) else content
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(data)
    except (OSError, ValueError) as error:
        raise not_saved(path, kind, error) from error


def all_but_newest(paths: Iterable[Path], keep: int, written: Path) -> list[Path]:
    """Return the files to remove so that so many of the newest are kept, the one just written among them.

    Dates of files are the time of day, which may have been set back since the others were written: by its date alone
    the newest would be the first to go.

    Raises:
        OSError: one of them cannot be looked at.
    """
    others = sorted((one for one in paths if one != written), key=lambda one: one.stat().st_mtime, reverse=True)
    return others[keep - 1 :]


def not_saved(path: Path, kind: FileKind, error: OSError | ValueError) -> EngineError:
    """The error of a kind for a file that could not be written."""
    remedy = _REMEDIES.get(error.errno or 0, "") if isinstance(error, OSError) else ""
    return kind.error(
        f"The {kind.name} cannot be saved: {reason(error)}",
        where=str(path),
        remedy=" ".join(text for text in (remedy, kind.unsaved) if text),
    )


def reason(error: OSError | ValueError) -> str:
    """Why a file cannot be read or written, a clause."""
    if isinstance(error, UnicodeEncodeError):
        return "it holds half a character"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "there can be no file of this name"
