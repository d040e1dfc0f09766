"""A short clip, decoded ahead to small pictures, in one file that the output process reads whole.

The output process decodes no media: a file that upsets a decoder would take the picture off the air. Whoever chooses
the clip decodes it (engine.emergency_clip) and writes it here as JPEG pictures, some 60 KB each.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from engine.errors import OutputError
from engine.files import FileKind, save_file
from engine.messages.frame import RgbImage, RgbxImage
from engine.messages.picture_format import format_of
from engine.output.reshape import reshaped

MOST_PICTURES: Final = 600
MOST_BYTES: Final = 64 * 2**20
_QUALITY: Final = [cv2.IMWRITE_JPEG_QUALITY, 92]
_HEAD: Final = struct.Struct("<8sId")
_LENGTH: Final = struct.Struct("<I")
_MAGIC: Final = b"HCCLIP1\n"
_KIND: Final = FileKind("emergency clip", OutputError)


@dataclass(frozen=True, slots=True)
class Clip:
    """Pictures as JPEG, and how many are shown a second."""

    pictures: tuple[bytes, ...]
    rate: float

    def number(self, seconds: float) -> int:
        """Return which picture is due so long after the beginning of the loop."""
        return int(seconds * self.rate) % len(self.pictures)

    def picture(self, number: int, out: RgbxImage) -> None:
        """Decode one into `out`, uint8 [h, w, 4]; of one that was made for another format, the middle that fills it.

        Raises:
            OutputError: it is damaged.
        """
        image = cv2.imdecode(np.frombuffer(self.pictures[number], np.uint8), cv2.IMREAD_COLOR)
        if image is None or format_of(image.shape) is None or image.shape[2:] != (3,):
            raise OutputError("A picture of the emergency clip is damaged")
        cv2.cvtColor(reshaped(np.asarray(image, np.uint8), out.shape), cv2.COLOR_BGR2RGBA, dst=out)


def write_clip(path: Path, pictures: Iterable[RgbImage], rate: float) -> int:
    """Write pictures, uint8 [h, w, 3] of a format, until there are enough; return how many.

    Raises:
        OutputError: there is none, or the file cannot be written.
    """
    kept: list[bytes] = []
    size = 0
    for image in pictures:
        done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _QUALITY)
        size += len(data)
        if not done or len(kept) >= MOST_PICTURES or size > MOST_BYTES // 2:
            break
        kept.append(data.tobytes())
    if not kept:
        raise OutputError("There is no picture in the emergency clip", where=str(path))
    parts = [_HEAD.pack(_MAGIC, len(kept), rate)]
    for one in kept:
        parts += [_LENGTH.pack(len(one)), one]
    save_file(path, b"".join(parts), _KIND)
    return len(kept)


def read_clip(path: Path) -> Clip:
    """Read what `write_clip` wrote.

    Raises:
        OutputError: it cannot be read, or is damaged.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise OutputError("The emergency clip cannot be read", where=str(path)) from error
    damaged = OutputError("The emergency clip is damaged", where=str(path), remedy="Choose it again.")
    if not _HEAD.size < len(data) <= MOST_BYTES:
        raise damaged
    magic, count, rate = _HEAD.unpack_from(data)
    if magic != _MAGIC or not 0 < count <= MOST_PICTURES or not 0.01 <= rate <= 240.0:
        raise damaged
    pictures, at = [], _HEAD.size
    for _ in range(count):
        if at + _LENGTH.size > len(data):
            raise damaged
        (length,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        if at + length > len(data):
            raise damaged
        pictures.append(data[at : at + length])
        at += length
    return Clip(tuple(pictures), rate)
