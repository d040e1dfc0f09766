"""What is left of a process that a driver or a library crashes: where each of its Python threads was, in a file.

Python's faulthandler writes it at the fatal signal itself; nothing else of the process runs any more. A file for each
kind of process in the folder of the logs, appended; the next start takes what is in it, tells it, and keeps it with its
time among the crashes of before.
"""

import faulthandler
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from engine.plain_text import cleaned_lines

HISTORY: Final = "crashes.txt"
"""The crashes that were told, the latest last, in the folder of the logs."""

PROGRAM: Final = "program"
OUTPUT: Final = "output process"

MOST_BYTES: Final = 2**18
"""Of each file: some ten crashes of forty threads."""

_FILES: Final = {PROGRAM: "crash-program.txt", OUTPUT: "crash-output.txt"}
_REASON: Final = re.compile(r"^(?:Fatal Python error|Windows fatal exception): (.*)$", re.MULTILINE)
_PLACE: Final = re.compile(
    r"^(?:Current thread|Stack) .*\n\s+File \"(?:.*[/\\])?([^\"]*)\", line (\d+) in (\S+)", re.MULTILINE
)

_open: Final[list[BinaryIO]] = []
"""faulthandler keeps the descriptor only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A process that crashed.

    Attributes:
        process: PROGRAM or OUTPUT; reason: the signal, in words; place: the Python line that was running, or "".
    """

    process: str
    reason: str
    place: str

    def sentence(self) -> str:
        """Tell it to the performer."""
        where = f" ({self.place})" if self.place else ""
        return (
            f"The {self.process} has crashed before: {self.reason}{where}. “hardcut report” packs what is known of it."
        )


def note_crashes(folder: Path, process: str) -> str:
    """Have a crash of this process noted from now on; return why that cannot be, a sentence, or "".

    Args:
        folder: of the logs; made if need be.
        process: PROGRAM or OUTPUT.
    """
    path = folder / _FILES[process]
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.stat().st_size > MOST_BYTES:
            path.write_bytes(_tail(path, MOST_BYTES // 2).encode())
        file = path.open("ab")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return f"A crash would leave no trace: {reason} ({path})."
    faulthandler.enable(file, all_threads=True)
    _open.append(file)
    for earlier in _open[:-1]:
        earlier.close()
    del _open[:-1]
    return ""


def take_crashes(folder: Path) -> tuple[Crash, ...]:
    """Return the crashes since the last time, and keep what is known of them in HISTORY."""
    taken: list[Crash] = []
    for process, name in _FILES.items():
        path = folder / name
        with suppress(OSError):
            if not path.is_file() or not path.stat().st_size:
                continue
            at = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(path.stat().st_mtime))
            text = _tail(path)
            _keep(folder / HISTORY, f"{at} {process}\n{text}\n")
            path.write_bytes(b"")  # not removed: a process may have it open, to append to
            taken.append(_latest(process, text))
    return tuple(taken)


def crash_files(folder: Path) -> tuple[Path, ...]:
    """Return the files that hold crashes, those told and those not told yet."""
    paths = (folder / name for name in (HISTORY, *_FILES.values()))
    return tuple(path for path in paths if path.is_file() and path.stat().st_size)


def _latest(process: str, text: str) -> Crash:
    """Return the latest crash that a text tells of; earlier ones of the same process say no more."""
    found = list(_REASON.finditer(text))
    if not found:
        return Crash(process=process, reason="what it noted is cut off", place="")
    place = _PLACE.search(text, found[-1].end())
    where = f"{place[1]}, line {place[2]}, in {place[3]}" if place else ""
    return Crash(process=process, reason=found[-1][1].strip(), place=where)


def _tail(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """The end of a file, as much as is kept."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - most_bytes, 0))
        return cleaned_lines(file.read(most_bytes).decode("utf-8", "replace"))


def _keep(path: Path, text: str) -> None:
    """Append to the crashes of before; the oldest go."""
    before = _tail(path) if path.is_file() else ""
    whole = f"{before}{text}".encode("utf-8", "replace")
    path.write_bytes(whole[-MOST_BYTES:])
