"""What passes between the output process and the process of an isolated sink: orders, answers, and one picture.

Orders and answers are lines of JSON through the sink process's standard input and output, one answer to each order. The
picture lies in a file that both map; it is the sink's until it has answered.
"""

import contextlib
import json
import mmap
import os
import tempfile
from dataclasses import asdict, dataclass, fields
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.errors import OutputError
from engine.folders import runtime_folder
from engine.output.rendezvous import SHARED
from engine.output.settings import VideoFormat, WireFormat, WireImage
from engine.output.sinks.base import SinkStatus

BYTES_PER_PIXEL: Final = {WireFormat.UYVY: 2, WireFormat.BGRX: 4, WireFormat.RGBX: 4}


class Verb(Enum):
    """What the sink is asked to do; the names are those of its methods."""

    OPEN = "open"
    SEND = "send"
    SHAPE = "shape"
    STATUS = "status"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Order:
    """One order. With SEND: the picture's format, and the file in which it lies from now on, "" if that is the same.
    With SHAPE: the shape."""

    verb: Verb
    video: VideoFormat | None = None
    file: str = ""
    shape: str = ""

    def line(self) -> bytes:
        """Return it as a line."""
        video = self.video
        form = [video.width, video.height, *video.rate.as_integer_ratio(), video.wire.value] if video else None
        return json.dumps([self.verb.value, form, self.file, self.shape]).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Order":
        """Parse what `line` made; ValueError if it is something else."""
        verb, form, file, shape = json.loads(line)
        if form is None:
            return cls(Verb(verb), None, file, shape)
        width, height, numerator, denominator, wire = form
        rate = Fraction(numerator, denominator)
        return cls(Verb(verb), VideoFormat(width=width, height=height, rate=rate, wire=WireFormat(wire)), file)


@dataclass(frozen=True, slots=True)
class Answer:
    """How an order went.

    Attributes:
        wanted: as the sink's method of that name says.
        error: what the sink raised, a sentence, or ""; ended: it takes no more pictures.
    """

    status: SinkStatus
    wanted: bool
    error: str = ""
    ended: bool = False

    def line(self) -> bytes:
        """Return it as a line."""
        return json.dumps([asdict(self.status), self.wanted, self.error, self.ended]).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Answer":
        """Parse what `line` made; ValueError if it is something else."""
        status, wanted, error, ended = json.loads(line)
        known: dict[str, Any] = {field.name: status[field.name] for field in fields(SinkStatus)}
        return cls(SinkStatus(**known), bool(wanted), str(error), bool(ended))


class PictureFile:
    """The mapped file with one picture. Made by `create` (the output process) or `attach` (the sink's)."""

    def __init__(self, path: Path, mapping: mmap.mmap) -> None:
        self.path = path
        self._mapping = mapping
        self._views: dict[tuple[int, ...], WireImage] = {}

    @classmethod
    def create(cls, size: int) -> "PictureFile":
        """Make a file of so many bytes, in memory if there is room.

        Raises:
            OutputError: there is no room anywhere.
        """
        places = (SHARED, runtime_folder()) if SHARED.is_dir() else (runtime_folder(),)
        error: OSError | None = None
        for place in places:
            try:
                descriptor, name = tempfile.mkstemp(prefix="hardcut-sink-", dir=place)
                try:
                    if hasattr(os, "posix_fallocate"):
                        os.posix_fallocate(descriptor, 0, size)
                    else:
                        os.ftruncate(descriptor, size)
                    return cls(Path(name), mmap.mmap(descriptor, size))
                except OSError:
                    Path(name).unlink()
                    raise
                finally:
                    os.close(descriptor)
            except OSError as one:
                error = one
        raise OutputError(
            f"There is no room for a sink's picture: {error.strerror if error else ''}",
            where=str(places[-1]),
            remedy=f"It needs {size >> 20} MiB there.",
        ) from error

    @classmethod
    def attach(cls, path: Path) -> "PictureFile":
        """Map a file that `create` made, and take its name away: it goes when both have let go of it."""
        with path.open("r+b") as file:
            mapping = mmap.mmap(file.fileno(), 0)
        found = cls(path, mapping)
        found.remove()
        return found

    def holds(self, size: int) -> bool:
        """Return whether so many bytes fit."""
        return len(self._mapping) >= size

    def image(self, video: VideoFormat) -> WireImage:
        """Return the picture, uint8 [height, width, 2 or 4], as a view."""
        shape = (video.height, video.width, BYTES_PER_PIXEL[video.wire])
        view = self._views.get(shape)
        if view is None:
            size = shape[0] * shape[1] * shape[2]
            view = self._views[shape] = np.frombuffer(self._mapping, np.uint8, size).reshape(shape)
        return view

    def remove(self) -> None:
        """Take the file's name away, where the system lets go of an open file's."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Unmap, and remove the file."""
        self._views.clear()
        with contextlib.suppress(BufferError):  # a sink still holds the picture: it goes with the process
            self._mapping.close()
        self.remove()
