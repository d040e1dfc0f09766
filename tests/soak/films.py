"""The folder that a soak records into: a small disk of its own, that can be full, with a new film every minute."""

import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
from av.error import FFmpegError

from tests.soak.show import Show

DISK: Final = "512m"
"""More than the recorder leaves free, and two films of a minute. It is in memory, as far as it is used."""

KEPT: Final = 1
"""Films that are left where a new one begins."""

MINUTE_S: Final = 60.0
NEARLY_BYTES: Final = 64 << 20
"""What is left of a disk that is nearly full: less than the recorder leaves to others."""

HEAD_BYTES: Final = 16 << 10
"""A film that was broken off in its first second may hold no picture yet."""


class Films:
    """The folder; a context manager, within a mount namespace of one's own.

    Attributes:
        count, broken: films that have been looked at; those of them that hold something and do not play.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hc-films-"))
        self.count = 0
        self.broken = 0
        self._filler = self.folder / "filler"
        self._next_s = MINUTE_S

    @property
    def sink(self) -> str:
        """The sink, as it is written."""
        return f"record:{self.folder}"

    def __enter__(self) -> Self:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(self.folder)], check=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
        with suppress(OSError):
            self.folder.rmdir()

    def turn(self, show: Show, at_s: float) -> None:
        """Begin another film each minute, and let old ones go."""
        if at_s >= self._next_s:
            self._next_s = at_s + MINUTE_S
            self.begin_anew(show)
            self.look(leave=KEPT + 1)

    def begin_anew(self, show: Show) -> None:
        """Begin another film, whatever became of the last one."""
        show.osc("sink/off", self.sink)
        show.osc("sink/on", self.sink)

    def fill(self, *, whole: bool) -> None:
        """Leave too little room to record, or none at all."""
        state = os.statvfs(self.folder)
        free = state.f_bavail * state.f_frsize
        with self._filler.open("wb") as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, free if whole else max(free - NEARLY_BYTES, 1))

    def free(self) -> None:
        """Make room again."""
        self._filler.unlink(missing_ok=True)

    def look(self, *, leave: int = 0) -> None:
        """Play and remove all but the newest films."""
        films = sorted(self.folder.glob("*.mp4"), key=lambda path: path.stat().st_mtime_ns)
        for film in films[: len(films) - leave]:
            if film.stat().st_size > HEAD_BYTES:
                self.count += 1
                self.broken += not plays(film)
            film.unlink()


def plays(path: Path) -> bool:
    """Whether a film has a picture."""
    try:
        with av.open(str(path)) as film:
            return next(film.decode(video=0), None) is not None
    except FFmpegError:
        return False
