"""Decodes the clip of an emergency ahead of time, for the output process, which decodes no media.

The pictures are those that the file would give as a source: fitted, turned, tone-mapped.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError
from engine.files import all_but_newest
from engine.folders import cache_folder
from engine.messages.frame import RgbImage
from engine.messages.framing import CENTRE
from engine.messages.picture_format import PictureFormat
from engine.output.clip import read_clip, write_clip

if TYPE_CHECKING:
    from engine.sources.file import FileSource

LONGEST_S: Final = 20.0
HIGHEST_RATE: Final = 25.0
"""Calm pictures need no more, and the file stays small."""

KEPT: Final = 8
"""Decoded clips; the oldest is removed first."""


class _OwnTime(threading.Event):
    """A clock, and a halt whose waits pass at once: the file plays as fast as it is decoded."""

    def __init__(self) -> None:
        super().__init__()
        self._now_ns = NS_PER_SECOND

    def now_ns(self) -> int:
        return self._now_ns

    def wait(self, timeout: float | None = None) -> bool:
        self._now_ns += round((timeout or 0.0) * NS_PER_SECOND)
        return self.is_set()


def prepare_clip(path: Path, picture_format: PictureFormat = PictureFormat.SQUARE) -> Path:
    """Decode a video or picture for a format, its first LONGEST_S at most; return the file of the decoded pictures.

    Raises:
        SourceError: it cannot be read as a picture.
        OutputError: the decoded pictures cannot be written.
    """
    return copy_context().run(_prepare, path, picture_format)  # what is in force on this thread stays


def _prepare(path: Path, picture_format: PictureFormat) -> Path:
    from engine.sources.file import FileSource  # FFmpeg comes with it: 17 MiB
    from engine.sources.framing import frame_by

    folder = cache_folder() / "emergency"
    path = path.expanduser().absolute()
    target = folder / f"{_fingerprint(path)}-{picture_format.value}.clip"
    with suppress(OutputError):
        read_clip(target)
        return target
    frame_by(CENTRE, picture_format)
    time = _OwnTime()
    source = FileSource(path, time, time)
    try:
        source.open()
        rate = min(source.rate or HIGHEST_RATE, HIGHEST_RATE)
        write_clip(target, _pictures(source, rate), rate)
    finally:
        source.close()
    _prune(folder, target)
    return target


def _pictures(source: "FileSource", rate: float) -> Iterator[RgbImage]:
    """Yield the pictures of one round of a file at a steady rate; a still once."""
    step_ns, first_ns, count = round(NS_PER_SECOND / rate), -1, 0
    last: RgbImage | None = None
    longest_ns = round((min(source.duration, LONGEST_S) or LONGEST_S) * NS_PER_SECOND)
    while True:
        picture = source.read()
        if picture is None:
            continue
        if first_ns < 0:
            first_ns = picture.capture_ns
        at_ns = picture.capture_ns - first_ns
        while last is not None and count * step_ns < min(at_ns, longest_ns):
            yield last
            count += 1
        if picture.image is last:
            return  # a still is delivered again and again
        if at_ns >= longest_ns - step_ns // 2:
            return
        last = picture.image


def _fingerprint(path: Path) -> str:
    try:
        facts = path.stat()
        text = f"{path}\0{facts.st_mtime_ns}\0{facts.st_size}"
    except (OSError, ValueError):
        text = str(path)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]


def _prune(folder: Path, but: Path) -> None:
    with suppress(OSError):
        for old in all_but_newest(folder.glob("*.clip"), KEPT, but):
            old.unlink(missing_ok=True)
