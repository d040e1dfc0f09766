"""Layout of the shared memory between engine and output process, and how it is kept consistent.

One file, mapped by both. Every 64-bit word has one owner that writes it; a word is aligned, so that
it is read whole. Where several words belong together, a sequence word that is odd while they are
being written guards them (a seqlock). The file belongs to the output process: it makes and removes
it, and a killed engine tears nothing away.
"""

import contextlib
import mmap
import os
import struct
import threading
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.errors import OutputError
from engine.messages.frame import RgbxImage
from engine.messages.picture_format import PictureFormat

MAGIC: Final = int.from_bytes(b"HARDCUT\x00", "little")
LAYOUT_VERSION: Final = 10
"""Raise it with every change of this module, of the status record or of the sinks' records."""

SLOTS: Final = 32
"""Two chunks of the Wan family (12 frames) and a rest for the frames on their way; 26 MB, of which a process holds
what has been used: pictures lie at the first places that are free."""

PREVIEWS: Final = 2

HELD: Final = 2
"""The pictures of engine.output.programme: the one on air, and under a freeze the newest beside it."""

WORD: Final = 8
PAGE: Final = 4096
FORMATS: Final = tuple(PictureFormat)
"""Shared words and headers hold an index of it."""

PICTURE_BYTES: Final = -(-max(one.width * one.height * 4 for one in PictureFormat) // PAGE) * PAGE
"""Room for a picture of any format: a multiple of the page size, so that every picture begins on a page."""


class Word(IntEnum):
    """Index of every shared word. Those of the writer and of the host lie on pages of their own."""

    # written once, by the host, before anyone else knows of the file
    MAGIC = 0
    VERSION = 1
    SLOTS = 2
    HOST_PID = 3
    # written by the engine that holds the writer lock
    WRITER_PID = PAGE // WORD
    WRITER_GENERATION = WRITER_PID + 1
    PUBLISHED = WRITER_PID + 2
    LAST_EPOCH = WRITER_PID + 3
    FREEZE = WRITER_PID + 4
    BLACKOUT = WRITER_PID + 5
    LEVEL = WRITER_PID + 6
    CANVAS = WRITER_PID + 7
    RATE = WRITER_PID + 8
    PIXELS = WRITER_PID + 9
    QUIT = WRITER_PID + 10
    INTERPOLATION = WRITER_PID + 11
    WISHES_SEQUENCE = WRITER_PID + 12
    STROBE = WRITER_PID + 13
    FADE = WRITER_PID + 14
    JUMPS = WRITER_PID + 15
    BEATS = WRITER_PID + 16
    LOGO_SEQUENCE = WRITER_PID + 63
    EMERGENCY_SEQUENCE = WRITER_PID + 64
    # written by the host
    CONSUMED = 2 * PAGE // WORD
    PREVIEW_SEQUENCE = CONSUMED + 1
    STATUS_SEQUENCE = CONSUMED + 2
    PROGRAMME = CONSUMED + 3
    SINKS_SEQUENCE = CONSUMED + 4
    PREVIEW_FORMATS = CONSUMED + 5
    EMERGENCY_SHOWN = CONSUMED + 64
    LEADER_SILENT_NS = CONSUMED + 65


LOGO_OFFSET: Final = PAGE + 640
LOGO_BYTES: Final = 1400
"""On the writer's page: the record of engine.output.logo_controls."""

EMERGENCY_OFFSET: Final = PAGE + 2048
EMERGENCY_BYTES: Final = 2048
"""On the writer's page: the record of engine.output.emergency_controls."""

STATUS_OFFSET: Final = 3 * PAGE
HEADERS_OFFSET: Final = 4 * PAGE
HEADER: Final = struct.Struct("<8q")
"""Slot header: epoch, chunk_index, position, capture_ns, period_ns, published_ns, index of the picture's format, and
of its place among the pictures."""
HEADER_STRIDE: Final = 64
WISHES_OFFSET: Final = 5 * PAGE
SINKS_OFFSET: Final = 6 * PAGE
SINKS_BYTES: Final = 3 * PAGE
"""Of the sinks that are wished for, and of what they report: engine.output.sink_records."""
PREVIEW_OFFSET: Final = 9 * PAGE
HELD_OFFSET: Final = PREVIEW_OFFSET + PREVIEWS * PICTURE_BYTES
PICTURES_OFFSET: Final = HELD_OFFSET + HELD * PICTURE_BYTES
FILE_BYTES: Final = PICTURES_OFFSET + SLOTS * PICTURE_BYTES

READ_ATTEMPTS: Final = 2000
"""A write takes some microseconds and a failed read about as long; after so many the writer is gone."""

_fence_lock = threading.Lock()


def fence() -> None:
    """Order memory: what was written (read) before becomes visible (happened) before what follows.

    x86 keeps the order of stores and of loads by itself, ARM does not. Python offers no barrier, but a
    lock's acquire and release are half a barrier each; a release followed by an acquire is a whole one.
    """
    with _fence_lock:
        pass
    with _fence_lock:
        pass


def as_word(number: float) -> int:
    """Return a float's 64 bits as a word."""
    return int.from_bytes(struct.pack("<d", number), "little")


def as_float(word: int) -> float:
    """Return the float whose 64 bits a word holds."""
    number: float = struct.unpack("<d", word.to_bytes(WORD, "little"))[0]
    return number


def picture_in(place: npt.NDArray[np.uint8], picture_format: PictureFormat) -> RgbxImage:
    """Return the picture of a format in its place, uint8 [PICTURE_BYTES], as a view: uint8 [h, w, 4]."""
    height, width = picture_format.shape
    picture: RgbxImage = place[: height * width * 4].reshape(height, width, 4)
    return picture


class RingGoneError(OutputError):
    """The output process has removed its ring."""


class SharedMemory:
    """The mapped file: words, raw bytes and pictures. Made by `create` or `attach`."""

    def __init__(self, path: Path, mapping: mmap.mmap) -> None:
        self.path = path
        self.mapping = mapping
        self.words = memoryview(mapping).cast("Q")
        stack = np.frombuffer(mapping, np.uint8, (PREVIEWS + HELD + SLOTS) * PICTURE_BYTES, PREVIEW_OFFSET)
        places = stack.reshape(PREVIEWS + HELD + SLOTS, PICTURE_BYTES)
        self.previews: npt.NDArray[np.uint8] = places[:PREVIEWS]
        """uint8 [2, PICTURE_BYTES], each with a picture of some format at its beginning: see picture_in."""
        self.held: npt.NDArray[np.uint8] = places[PREVIEWS : PREVIEWS + HELD]
        """uint8 [2, PICTURE_BYTES]; the word PROGRAMME says which is which, and of which format."""
        self.pictures: npt.NDArray[np.uint8] = places[PREVIEWS + HELD :]
        """uint8 [32, PICTURE_BYTES]; each header says which is its own, and of which format."""

    @classmethod
    def create(cls, path: Path) -> "SharedMemory":
        """Create the file, empty, readable by this user only.

        Raises:
            OutputError: if there is no room for it.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            try:
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(descriptor, 0, FILE_BYTES)  # a full disk now, not a bus error later
                else:
                    os.ftruncate(descriptor, FILE_BYTES)
                mapping = mmap.mmap(descriptor, FILE_BYTES)
            except OSError:
                path.unlink()
                raise
            finally:
                os.close(descriptor)
        except OSError as error:
            raise OutputError(
                f"The frame ring cannot be made: {error.strerror}",
                where=str(path),
                remedy=f"It needs {FILE_BYTES >> 20} MiB there.",
            ) from error
        memory = cls(path, mapping)
        memory.words[Word.VERSION] = LAYOUT_VERSION
        memory.words[Word.SLOTS] = SLOTS
        memory.words[Word.HOST_PID] = os.getpid()
        memory.words[Word.LEVEL] = as_word(1.0)
        fence()
        memory.words[Word.MAGIC] = MAGIC
        return memory

    @classmethod
    def create_at_first(cls, paths: Sequence[Path]) -> "SharedMemory":
        """Create the file at the first of these places where there is room.

        Raises:
            OutputError: if there is none; it describes the last.
        """
        for path in paths[:-1]:
            with contextlib.suppress(OutputError):
                return cls.create(path)
        return cls.create(paths[-1])

    @classmethod
    def attach(cls, path: Path) -> "SharedMemory":
        """Map a file that the output process made.

        Raises:
            RingGoneError: if it is missing.
            OutputError: if it is not such a file, or was laid out by another version.
        """
        try:
            with path.open("r+b") as file:
                size = os.fstat(file.fileno()).st_size
                head = file.read(2 * WORD)
                if len(head) < 2 * WORD or int.from_bytes(head[:WORD], "little") != MAGIC:
                    raise OutputError("This is not a frame ring of Hardcut", where=str(path))
                version = int.from_bytes(head[WORD:], "little")
                if version != LAYOUT_VERSION or size != FILE_BYTES:
                    raise OutputError(
                        f"The running output has layout {version}, this program has {LAYOUT_VERSION}",
                        where=str(path),
                        remedy="End the output that another version of Hardcut started, then try again.",
                    )
                mapping = mmap.mmap(file.fileno(), FILE_BYTES)
        except FileNotFoundError as error:
            raise RingGoneError("The frame ring is gone", where=str(path)) from error
        except OSError as error:
            raise OutputError(f"The frame ring cannot be opened: {error.strerror}", where=str(path)) from error
        return cls(path, mapping)

    def write_guarded(self, sequence: Word, offset: int, record: bytes) -> None:
        """Write a record that readers must see whole (the writer's side of a seqlock)."""
        count = self.words[sequence]
        count += count % 2  # odd: an earlier writer died half-way
        self.words[sequence] = count + 1
        fence()
        self.mapping[offset : offset + len(record)] = record
        fence()
        self.words[sequence] = count + 2

    def read_guarded(self, sequence: Word, offset: int, size: int) -> bytes | None:
        """Read a record whole, trying again while it is being written; None if its writer died half-way."""
        for _ in range(READ_ATTEMPTS):
            before = self.words[sequence]
            fence()
            record = self.mapping[offset : offset + size]
            fence()
            if before % 2 == 0 and self.words[sequence] == before:
                return record
        return None

    def close(self) -> None:
        """Unmap. Nothing may be read or written afterwards."""
        del self.previews, self.held, self.pictures
        self.words.release()
        self.mapping.close()
