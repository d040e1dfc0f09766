"""Any picture to the working square: centre crop, then resize. The aspect is kept."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import FRAME_SIZE


def square_crop(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The largest centred square of [h, w, ...] as a view, no pixel copied."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def fit(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Crop [h, w] or [h, w, c] to its centre square and bring it to 448×448.

    Halves by averaging while that leaves enough, then interpolates: no moiré, and six times faster
    than averaging over fractional areas. The result never shares memory with the input, whose owner
    may reuse it.
    """
    square = square_crop(image)
    while square.shape[0] >= 2 * FRAME_SIZE:
        half = square.shape[0] // 2
        square = np.asarray(
            cv2.resize(square[: 2 * half, : 2 * half], (half, half), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
    if square.shape[0] != FRAME_SIZE:
        resized = cv2.resize(square, (FRAME_SIZE, FRAME_SIZE), interpolation=cv2.INTER_LINEAR)
        return np.asarray(resized, dtype=np.uint8)
    return np.array(square, order="C")
