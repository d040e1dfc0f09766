"""The framing in force on a capture thread, and the format: set before each read, heeded wherever a picture is fitted.

Context variables, since pictures are fitted deep inside decoders that know nothing of the show.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.framing import CENTRE, FrameWay, Framing
from engine.messages.picture_format import PictureFormat

_FRAMING: Final[ContextVar[Framing]] = ContextVar("framing", default=CENTRE)
_FORMAT: Final[ContextVar[PictureFormat]] = ContextVar("format", default=PictureFormat.SQUARE)


def frame_by(framing: Framing, picture_format: PictureFormat = PictureFormat.SQUARE) -> None:
    """Use this framing and this format on this thread from now on."""
    _FRAMING.set(framing)
    _FORMAT.set(picture_format)


def framing() -> Framing:
    """Return the framing in force on this thread."""
    return _FRAMING.get()


def picture_format() -> PictureFormat:
    """Return the format in force on this thread."""
    return _FORMAT.get()


@contextmanager
def on_its_side(lying: bool = True) -> Iterator[None]:
    """Fit pictures that will be turned by a quarter afterwards, if they are lying: then they are of the format."""
    before = _FORMAT.get()
    token = _FORMAT.set(before.turned if lying else before)
    try:
        yield
    finally:
        _FORMAT.reset(token)


def framed(image: npt.NDArray[np.generic], black: tuple[int, ...] | int = 0, step: int = 1) -> npt.NDArray[np.generic]:
    """Return what fills the picture of the format, before it is resized.

    Args:
        image: [h, w] or [h, w, c].
        black: of each channel, beside a picture that is shown whole.
        step: edges fall on multiples of so many pixels.

    Returns:
        of the format's proportions, a view where nothing is added; stretched: the image itself, in whatever shape.
    """
    frame, shape = _FRAMING.get(), _FORMAT.get()
    height, width = image.shape[:2]
    if frame.way is FrameWay.STRETCH or height * shape.width == width * shape.height:
        return image
    if frame.way is FrameWay.CROP:
        rows = min(height, width * shape.height // shape.width) // step * step
        columns = min(width, height * shape.width // shape.height) // step * step
        top = _on_step((height - rows) * frame.y, step)
        left = _on_step((width - columns) * frame.x, step)
        return image[top : top + rows, left : left + columns]
    rows = -(-max(height, -(-width * shape.height // shape.width)) // step) * step
    columns = -(-max(width, -(-height * shape.width // shape.height)) // step) * step
    whole = np.empty((rows, columns, *image.shape[2:]), image.dtype)
    whole[...] = black
    top, left = _on_step((rows - height) / 2, step), _on_step((columns - width) / 2, step)
    whole[top : top + height, left : left + width] = image
    return whole


def _on_step(offset: float, step: int) -> int:
    return int(offset) // step * step
