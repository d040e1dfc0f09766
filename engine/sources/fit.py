"""Any picture to the working square: centre crop, then resize. The aspect is kept."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.frame import FRAME_SIZE


def square_crop(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The largest centred square of [h, w, ...] as a view, no pixel copied."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def fit(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Crop [h, w] or [h, w, c] to its centre square and bring it to 448×448.

    Shrinking averages areas (no moiré in fine patterns), enlarging is linear. The result never
    shares memory with the input, whose owner may reuse it.
    """
    square = square_crop(image)
    side = square.shape[0]
    if side == FRAME_SIZE:
        return np.array(square, order="C")
    method = cv2.INTER_AREA if side > FRAME_SIZE else cv2.INTER_LINEAR
    resized = cv2.resize(square, (FRAME_SIZE, FRAME_SIZE), interpolation=method)
    return np.asarray(resized, dtype=np.uint8)
