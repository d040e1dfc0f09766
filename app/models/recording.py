"""Whether a session is recorded, and how much it has become."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.models import text as words
from app.models.signal import Signal
from engine.clock import NS_PER_SECOND

LOOK_NS: Final = 2 * NS_PER_SECOND
STALLED_NS: Final = 10 * NS_PER_SECOND
"""A chunk takes less, and each leaves a record."""
LITTLE_ROOM: Final = 2 << 30
LITTLE_ROOM_BARE: Final = 64 << 20
"""Bytes free: with inputs, some four minutes; without, two hours."""


def _free(path: Path) -> int:
    return shutil.disk_usage(path.parent).free


class Recording:
    """Watches the files of a session.

    Args:
        files: returns the session and its inputs, which may be others once it is begun; (): nothing is recorded.
        free: bytes free on a file's disk.

    Attributes:
        text: "REC 145 MiB", or why not; "" where nothing is recorded.
        troubled: it does not grow, or the disk is nearly full.
    """

    def __init__(self, files: Callable[[], tuple[Path, ...]] = tuple, free: Callable[[Path], int] = _free) -> None:
        self.changed = Signal()
        self.text = "REC" if files() else ""
        self.troubled = False
        self._files = files
        self._free = free
        self._size = 0
        self._grown_ns: int | None = None
        self._looked_ns: int | None = None

    @property
    def sentence(self) -> str:
        """Where it is recorded to."""
        files = self._files()
        return f"The session is recorded to {files[0]}." if files else ""

    @property
    def folder(self) -> Path | None:
        """The folder that is recorded to; None: none."""
        files = self._files()
        return files[0].absolute().parent if files else None

    def tick(self, now_ns: int) -> None:
        """Look at the files, now and then."""
        files = self._files()
        if not files or (self._looked_ns is not None and now_ns - self._looked_ns < LOOK_NS):
            return
        self._looked_ns = now_ns
        size = sum(file.stat().st_size for file in files if file.exists())
        if size != self._size or self._grown_ns is None:
            self._size, self._grown_ns = size, now_ns
        stalled = now_ns - self._grown_ns > STALLED_NS
        try:
            keeps_inputs = any(file.exists() for file in files[1:])
            full = self._free(files[0]) < (LITTLE_ROOM if keeps_inputs else LITTLE_ROOM_BARE)
        except OSError:  # the disk itself has gone
            full = True
        unit = "GiB" if size >= 1 << 30 else "MiB"
        text = f"REC {words.gibibytes(size)} {unit}"
        if stalled:
            text = "REC STALLED"
        elif full:
            text = f"{text}, DISK FULL SOON"
        if (text, stalled or full) != (self.text, self.troubled):
            self.text, self.troubled = text, stalled or full
            self.changed.emit()
