"""What passes between the output process and the process of an isolated sink: orders, answers, and one picture.

Orders and answers are lines of JSON through the sink process's standard input and output, one answer to each order. The
picture lies in memory that both map: its own where that can be shared, else a file that it is copied into. It is the
sink's until it has answered.
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
from typing import Any, Final, Generic, TypeVar

import numpy as np

from engine.errors import OutputError
from engine.folders import runtime_folder
from engine.output.rendezvous import SHARED
from engine.output.settings import VideoFormat, WireFormat, WireImage
from engine.output.shared_images import named
from engine.output.sinks.base import SinkStatus

BYTES_PER_PIXEL: Final = {WireFormat.UYVY: 2, WireFormat.BGRX: 4, WireFormat.RGBX: 4}


MOST_KNOWN: Final = 16
"""Pictures that a sink's process keeps mapped: two that are drawn in turn, and two for each sink of their layout."""

T = TypeVar("T")


class Verb(Enum):
    """What the sink is asked to do; the names are those of its methods."""

    OPEN = "open"
    SEND = "send"
    SHAPE = "shape"
    STATUS = "status"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Order:
    """One order. With SEND: the picture's format, its name, and the file in which it lies, "" if it has been sent
    before. With SHAPE: the shape."""

    verb: Verb
    video: VideoFormat | None = None
    picture: str = ""
    file: str = ""
    shape: str = ""

    def line(self) -> bytes:
        """Return it as a line."""
        video = self.video
        form = [video.width, video.height, *video.rate.as_integer_ratio(), video.wire.value] if video else None
        return json.dumps([self.verb.value, form, self.picture, self.file, self.shape]).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Order":
        """Parse what `line` made; ValueError if it is something else."""
        verb, form, picture, file, shape = json.loads(line)
        if form is None:
            return cls(Verb(verb), None, picture, file, shape)
        width, height, numerator, denominator, wire = form
        rate = Fraction(numerator, denominator)
        video = VideoFormat(width=width, height=height, rate=rate, wire=WireFormat(wire))
        return cls(Verb(verb), video, picture, file, shape)


@dataclass(frozen=True, slots=True)
class Answer:
    """How an order went.

    Attributes:
        wanted: as the sink's method of that name says.
        error: what the sink raised, a sentence, or ""; ended: it takes no more pictures.
        unmapped: the picture's memory cannot be reached from there.
    """

    status: SinkStatus
    wanted: bool
    error: str = ""
    ended: bool = False
    unmapped: bool = False

    def line(self) -> bytes:
        """Return it as a line."""
        parts = [asdict(self.status), self.wanted, self.error, self.ended, self.unmapped]
        return json.dumps(parts).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Answer":
        """Parse what `line` made; ValueError if it is something else."""
        status, wanted, error, ended, unmapped = json.loads(line)
        known: dict[str, Any] = {field.name: status[field.name] for field in fields(SinkStatus)}
        return cls(SinkStatus(**known), bool(wanted), str(error), bool(ended), bool(unmapped))


class Known(Generic[T]):
    """What the sink's process has mapped, as both sides keep count of it: the newest pictures of one format."""

    def __init__(self) -> None:
        self._form: tuple[object, ...] = ()
        self._pictures: dict[str, T] = {}

    def find(self, video: VideoFormat, name: str) -> T | None:
        """Return what is known of a picture of this format; those of others are forgotten."""
        form = video.width, video.height, video.wire
        if form != self._form:
            self._form = form
            self._pictures.clear()
        return self._pictures.get(name)

    def add(self, name: str, known: T) -> None:
        """Know one more; the one that was added first is forgotten if there are too many."""
        self._pictures[name] = known
        if len(self._pictures) > MOST_KNOWN:
            del self._pictures[next(iter(self._pictures))]


class PictureFile:
    """The mapped file with one picture. Made by `create` (the output process) or `attach` (the sink's)."""

    def __init__(self, path: Path, mapping: mmap.mmap, name: str = "") -> None:
        self.path = path
        self._name = name
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
    def attach(cls, path: Path, name: str = "") -> "PictureFile":
        """Map a file that `create` made, and take its name away: it goes when both have let go of it.

        Args:
            name: of the shared picture whose memory it is (engine.output.shared_images), "" for none.
        """
        with path.open("r+b") as file:
            mapping = mmap.mmap(file.fileno(), 0)
        found = cls(path, mapping, name)
        found.remove()
        return found

    def image(self, video: VideoFormat) -> WireImage:
        """Return the picture, uint8 [height, width, 2 or 4], as a view; a SharedImage where it is one's memory."""
        shape = (video.height, video.width, BYTES_PER_PIXEL[video.wire])
        view = self._views.get(shape)
        if view is None:
            size = shape[0] * shape[1] * shape[2]
            view = np.frombuffer(self._mapping, np.uint8, size).reshape(shape)
            if self._name:
                view = named(view, self._name, str(self.path))
            self._views[shape] = view
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
