"""The frame ring: one writer (the engine), one reader (the output process), 32 slots, no locks.

Headers go round. Their pictures lie at the first places that no frame in the ring holds: a show with a short queue
touches a few of them, and the rest never becomes resident in either process.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from engine.errors import OutputError
from engine.messages.frame import OutputFrame, RgbxImage
from engine.messages.picture_format import PictureFormat, format_of
from engine.output.layout import (
    FORMATS,
    HEADER,
    HEADER_STRIDE,
    HEADERS_OFFSET,
    SLOTS,
    SharedMemory,
    Word,
    fence,
    picture_in,
)
from engine.output.playout import FrameHeader


class RingWriter:
    """The engine's end. Continues where an earlier writer of the same ring left off."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory

    @property
    def free_slots(self) -> int:
        """Return how many frames can be published now."""
        return SLOTS - self.queued

    @property
    def queued(self) -> int:
        """Return the number of published frames that the output has neither shown nor dropped."""
        words = self._memory.words
        return int(words[Word.PUBLISHED] - words[Word.CONSUMED])

    @property
    def last_epoch(self) -> int:
        """Return the newest epoch ever published into this ring."""
        return int(self._memory.words[Word.LAST_EPOCH])

    def publish(self, frames: Sequence[OutputFrame], now_ns: int) -> None:
        """Copy frames into the ring; the reader sees all of them at once, or none yet.

        Raises:
            OutputError: if there is no room, or a frame is not one; nothing is published then.
        """
        if len(frames) > self.free_slots:
            raise OutputError(f"The frame ring has room for {self.free_slots} frames, not for {len(frames)}")
        formats = [_checked(frame) for frame in frames]
        words = self._memory.words
        first = words[Word.PUBLISHED]
        places = self._free_places()
        fence()  # the places are free: what the reader read there, it read before we write
        for sequence, (frame, shape) in enumerate(zip(frames, formats, strict=True), start=first):
            place = next(places)
            np.copyto(picture_in(self._memory.pictures[place], shape), frame.image)
            HEADER.pack_into(
                self._memory.mapping,
                HEADERS_OFFSET + sequence % SLOTS * HEADER_STRIDE,
                frame.epoch,
                frame.chunk_index,
                frame.position,
                frame.capture_ns,
                frame.period_ns,
                now_ns,
                FORMATS.index(shape),
                place,
            )
        words[Word.LAST_EPOCH] = max(self.last_epoch, *(frame.epoch for frame in frames), 0)
        fence()
        words[Word.PUBLISHED] = first + len(frames)

    def _free_places(self) -> Iterator[int]:
        """Return the places that no frame in the ring holds, whoever published it, the first ones first."""
        words = self._memory.words
        queued = range(words[Word.CONSUMED], words[Word.PUBLISHED])
        held = {_place(self._memory, sequence) for sequence in queued}
        return (place for place in range(SLOTS) if place not in held)


class RingReader:
    """The output process's end."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._next = 0

    def poll(self) -> list[FrameHeader]:
        """Return the headers published since the last call, in order."""
        published = self._memory.words[Word.PUBLISHED]
        fence()
        headers = [self._header(sequence) for sequence in range(self._next, published)]
        self._next = published
        return headers

    def picture(self, header: FrameHeader) -> RgbxImage:
        """Return the pixels of a frame not yet released; uint8 [h, w, 4], a view into the ring."""
        return picture_in(self._memory.pictures[_place(self._memory, header.sequence)], header.format)

    def release(self, oldest_kept: FrameHeader | None) -> None:
        """Release every slot before that frame's; all of them if no frame is kept."""
        fence()
        self._memory.words[Word.CONSUMED] = self._next if oldest_kept is None else oldest_kept.sequence

    def _header(self, sequence: int) -> FrameHeader:
        at = HEADERS_OFFSET + sequence % SLOTS * HEADER_STRIDE
        epoch, chunk, position, capture_ns, period_ns, published_ns, shape, _ = HEADER.unpack_from(
            self._memory.mapping, at
        )
        shape = FORMATS[shape % len(FORMATS)]
        return FrameHeader(sequence, epoch, chunk, position, capture_ns, period_ns, published_ns, shape)


class Preview:
    """The picture viewers see, in two buffers: the host fills the one that readers are not pointed to."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory

    def back(self, picture_format: PictureFormat = PictureFormat.SQUARE) -> RgbxImage:
        """Return the buffer to fill next, for a picture of this format (host only)."""
        words = self._memory.words
        other = (words[Word.PREVIEW_SEQUENCE] + 1) % 2
        words[Word.PREVIEW_FORMATS] = (
            words[Word.PREVIEW_FORMATS] & ~(0xFF << 8 * other) | FORMATS.index(picture_format) << 8 * other
        )
        return picture_in(self._memory.previews[other], picture_format)

    def flip(self) -> None:
        """Publish the filled buffer (host only)."""
        fence()
        self._memory.words[Word.PREVIEW_SEQUENCE] += 1

    def read(self, out: npt.NDArray[np.uint8] | None = None) -> tuple[int, npt.NDArray[np.uint8]]:
        """Copy the newest picture: its sequence number (0: none yet), and uint8 [h, w, 4].

        Args:
            out: where to, if it is of the picture's shape; else a new one is made.
        """
        words = self._memory.words
        while True:
            sequence = words[Word.PREVIEW_SEQUENCE]
            fence()
            shape = FORMATS[(words[Word.PREVIEW_FORMATS] >> 8 * (sequence % 2) & 0xFF) % len(FORMATS)]
            picture = picture_in(self._memory.previews[sequence % 2], shape)
            if out is None or out.shape != picture.shape:
                out = np.empty(picture.shape, np.uint8)
            np.copyto(out, picture)
            fence()
            if words[Word.PREVIEW_SEQUENCE] == sequence:
                return sequence, out


def _place(memory: SharedMemory, sequence: int) -> int:
    """Return where the picture of a frame in the ring lies."""
    place: int = HEADER.unpack_from(memory.mapping, HEADERS_OFFSET + sequence % SLOTS * HEADER_STRIDE)[-1]
    return place % SLOTS


def _checked(frame: OutputFrame) -> PictureFormat:
    """Return the format of a frame's picture.

    Raises:
        OutputError: it is of none, or the frame's numbers make no sense.
    """
    shape = format_of(frame.image.shape)
    if shape is None or frame.image.shape[2:] != (4,) or frame.image.dtype != np.uint8:
        known = " or ".join(str([*one.shape, 4]) for one in PictureFormat)
        raise OutputError(f"An output frame must be uint8 {known}, not {frame.image.dtype} {list(frame.image.shape)}")
    if frame.period_ns <= 0 or frame.epoch < 0:
        raise OutputError(f"An output frame cannot have period {frame.period_ns} ns and epoch {frame.epoch}")
    return shape
