"""What a show saw, brought to another format than it was played in: the middle that fills it."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import ControlMap, InputFrame
from engine.messages.picture_format import PictureFormat

Array = npt.NDArray[Any]


def reframed(frame: InputFrame, wanted: PictureFormat) -> InputFrame:
    """Return a frame in a format; the frame itself where it has it."""
    if frame.image.shape[:2] == wanted.shape:
        return frame
    return replace(frame, image=_resized(_middle(frame.image, wanted), wanted.shape))


def reframed_map(control: ControlMap, wanted: PictureFormat, played: PictureFormat) -> ControlMap:
    """Return a map in a format, in the scale that it has; the map itself where the show was played in that format."""
    if wanted is played:
        return control
    height, width = control.depth.shape
    shape = round(height * wanted.height / played.height), round(width * wanted.width / played.width)
    part = _middle(control.flow, wanted)
    wider = np.array((width / part.shape[1], height / part.shape[0]), np.float32)  # flow is told in fractions of edges
    return replace(
        control,
        depth=_resized(_middle(control.depth, wanted), shape),
        flow=_resized(part * wider, shape),
    )


def _middle(array: Array, wanted: PictureFormat) -> Array:
    height, width = array.shape[:2]
    rows = min(height, round(width * wanted.height / wanted.width))
    columns = min(width, round(height * wanted.width / wanted.height))
    top, left = (height - rows) // 2, (width - columns) // 2
    return array[top : top + rows, left : left + columns]


def _resized(array: Array, shape: tuple[int, int]) -> Array:
    part = np.ascontiguousarray(array)
    return np.asarray(cv2.resize(part, shape[::-1], interpolation=cv2.INTER_LINEAR), array.dtype)
