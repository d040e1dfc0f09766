"""The framing in force on a capture thread: set before each read, heeded wherever a picture is made square.

A context variable, since pictures are made square deep inside decoders that know nothing of the show.
"""

from contextvars import ContextVar
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.framing import CENTRE, FrameWay, Framing

_IN_FORCE: Final[ContextVar[Framing]] = ContextVar("framing", default=CENTRE)


def frame_by(framing: Framing) -> None:
    """Use this framing on this thread from now on."""
    _IN_FORCE.set(framing)


def framing() -> Framing:
    """Return the framing in force on this thread."""
    return _IN_FORCE.get()


def framed(image: npt.NDArray[np.generic], black: tuple[int, ...] | int = 0, step: int = 1) -> npt.NDArray[np.generic]:
    """Return what fills the working square, before it is resized.

    Args:
        image: [h, w] or [h, w, c].
        black: of each channel, beside a picture that is shown whole.
        step: edges fall on multiples of so many pixels.

    Returns:
        [s, s, …], a view where nothing is added; stretched: the image itself, in whatever shape.
    """
    frame = _IN_FORCE.get()
    height, width = image.shape[:2]
    if frame.way is FrameWay.STRETCH or height == width:
        return image
    if frame.way is FrameWay.CROP:
        side = min(height, width) // step * step
        top = _on_step((height - side) * frame.y, step)
        left = _on_step((width - side) * frame.x, step)
        return image[top : top + side, left : left + side]
    side = -(-max(height, width) // step) * step
    whole = np.empty((side, side, *image.shape[2:]), image.dtype)
    whole[...] = black
    top, left = _on_step((side - height) / 2, step), _on_step((side - width) / 2, step)
    whole[top : top + height, left : left + width] = image
    return whole


def _on_step(offset: float, step: int) -> int:
    return int(offset) // step * step
