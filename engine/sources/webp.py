"""Animated WebP, which FFmpeg does not decode: read whole through OpenCV, and played in a loop by its durations."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import SourceError
from engine.messages.frame import RgbImage
from engine.sources.base import Picture
from engine.sources.fit import fit
from engine.sources.yuv import fit_bgra

MOST_FRAMES: Final = 300
"""They are kept: 180 MB at the working size."""

MOST_BYTES: Final = 64 << 20
MOST_PIXELS: Final = 4096 * 4096
BLOCK: Final = 16
"""Frames decoded at a time at their full size."""

SHORTEST_NS: Final = 10 * NS_PER_MS
USUAL_NS: Final = 100 * NS_PER_MS
"""What browsers make of a duration that is shorter than that (WebP container specification: left to the reader)."""

_HEADER_BYTES: Final = 30
_ANIMATED: Final = 0x02  # flags of the VP8X chunk, WebP container specification


def animated_size(path: Path) -> tuple[int, int] | None:
    """Width and height of an animated WebP; None for every other file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or head[:4] != b"RIFF" or head[8:16] != b"WEBPVP8X" or not head[20] & _ANIMATED:
        return None
    return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1


@dataclass(slots=True)
class Reel:
    """Pictures with their times, played round and round.

    Attributes:
        images: RgbImage; durations_ns: of each, above 0.
    """

    images: list[RgbImage]
    durations_ns: list[int]
    _number: int = 0
    _due_ns: int = 0

    @property
    def length_ns(self) -> int:
        """Of one round."""
        return sum(self.durations_ns)

    @property
    def rate(self) -> float:
        """Pictures per second, on average."""
        return len(self.images) * NS_PER_SECOND / self.length_ns

    def next(self, now_ns: int) -> Picture:
        """The next picture with its due time; after a delay the rest follows from now on."""
        due_ns = self._due_ns if now_ns - self._due_ns < NS_PER_SECOND // 4 else now_ns
        image = self.images[self._number]
        self._due_ns = due_ns + self.durations_ns[self._number]
        self._number = (self._number + 1) % len(self.images)
        return Picture(image=image, capture_ns=due_ns)

    def seek(self, seconds: float, now_ns: int) -> None:
        """Go on at this position, modulo the length, from now."""
        left_ns = round(seconds * NS_PER_SECOND) % self.length_ns
        self._number = 0
        while left_ns >= self.durations_ns[self._number]:
            left_ns -= self.durations_ns[self._number]
            self._number += 1
        self._due_ns = now_ns


def read_reel(path: Path, size: tuple[int, int]) -> Reel:
    """All its pictures, fitted to the format of the show.

    Raises:
        SourceError: it is damaged, too large or too long.
    """
    where = str(path)
    if size[0] * size[1] > MOST_PIXELS or path.stat().st_size > MOST_BYTES:
        raise SourceError("The animation is too large", where=where, remedy="Make a video file of it.")
    images: list[RgbImage] = []
    durations_ns: list[int] = []
    while len(images) <= MOST_FRAMES:
        try:
            read, block = cv2.imreadanimation(where, start=len(images), count=BLOCK)
        except cv2.error as error:
            raise SourceError(f"The animation cannot be read: {error.err}", where=where) from error
        frames = block.frames if read else ()
        for frame, milliseconds in zip(frames, np.ravel(block.durations), strict=False):
            pixels = np.asarray(frame, np.uint8)
            images.append(fit_bgra(pixels) if pixels.shape[2] == 4 else fit(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)))
            duration_ns = int(milliseconds) * NS_PER_MS
            durations_ns.append(duration_ns if duration_ns >= SHORTEST_NS else USUAL_NS)
        if len(frames) < BLOCK:
            break
    if not images:
        raise SourceError("The animation cannot be read", where=where, remedy="It may be damaged or cut short.")
    if len(images) > MOST_FRAMES:
        raise SourceError(
            f"The animation has more than {MOST_FRAMES} pictures", where=where, remedy="Make a video file of it."
        )
    return Reel(images, durations_ns)
