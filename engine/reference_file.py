"""Reads the picture that videos begin with: any still that can be shown, made as small as the largest format needs."""

import base64
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import SourceError
from engine.messages.picture_format import PictureFormat
from engine.messages.reference import Reference

LARGEST_BYTES: Final = 64 * 2**20
_SHORT_EDGE: Final = max(max(one.shape) for one in PictureFormat)
"""Fills every format."""

_LONG_EDGE: Final = 2 * _SHORT_EDGE
"""What lies beyond is cut off at both ends: no format shows it."""


def read_reference(path: Path) -> Reference:
    """Read a picture.

    Raises:
        SourceError: it cannot be read, or is no picture.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _unread(path, f"it has more than {LARGEST_BYTES >> 20} MiB")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unread(path, reason) from error
    return Reference(str(path), base64.b64encode(_as_png(data, path)).decode())


def _as_png(data: bytes, path: Path) -> bytes:
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None  # turned as EXIF says
    except (cv2.error, MemoryError) as error:
        raise _unread(path, "it is damaged or too large") from error
    if found is None:
        raise _unread(path, "it is no picture that can be shown")
    picture: npt.NDArray[Any] = np.asarray(found)
    share = _SHORT_EDGE / min(picture.shape[:2])
    if share < 1.0:
        height, width = (max(round(edge * share), 1) for edge in picture.shape[:2])
        picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
    top, left = (max(edge - _LONG_EDGE, 0) // 2 for edge in picture.shape[:2])
    written, png = cv2.imencode(".png", np.ascontiguousarray(picture[top:, left:][:_LONG_EDGE, :_LONG_EDGE]))
    if not written:
        raise _unread(path, "it cannot be copied")
    return png.tobytes()


def _unread(path: Path, why: str) -> SourceError:
    return SourceError(
        f"The picture to begin with cannot be used: {why}", where=str(path), remedy="Choose a PNG, JPEG or WebP."
    )
