"""Any picture to the working square: centre crop, then resize. The aspect is kept."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import FRAME_SIZE, RgbImage


def square_crop(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The largest centred square of [h, w, ...] as a view, no pixel copied."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def fit(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Crop [h, w] or [h, w, c], uint8 or uint16, to its centre square and bring it to 448×448.

    Halves by averaging while that leaves enough, then interpolates: no moiré, and six times faster
    than averaging over fractional areas. The result never shares memory with the input, whose owner
    may reuse it.
    """
    square = square_crop(image)
    while square.shape[0] >= 2 * FRAME_SIZE:
        half = square.shape[0] // 2
        square = np.asarray(cv2.resize(square[: 2 * half, : 2 * half], (half, half), interpolation=cv2.INTER_AREA))
    if square.shape[0] != FRAME_SIZE:
        return np.asarray(cv2.resize(square, (FRAME_SIZE, FRAME_SIZE), interpolation=cv2.INTER_LINEAR))
    return np.array(square, order="C")


def fit_over_black(image: npt.NDArray[np.uint8], to_rgb: int = cv2.COLOR_RGBA2RGB) -> RgbImage:
    """Fit four channels, uint8 [h, w, 4], the last a straight alpha, as they look on black.

    The colours are weighted before they are averaged, so that what a transparent pixel hides does not bleed
    into its neighbours. An opaque picture costs hardly more than one without alpha.

    Args:
        to_rgb: the conversion of OpenCV that drops the alpha and leaves R G B.
    """
    fitted = fit(image)
    if cv2.minMaxLoc(cv2.extractChannel(fitted, 3))[0] < 255:
        square = np.ascontiguousarray(square_crop(image))
        alpha = cv2.cvtColor(cv2.extractChannel(square, 3), cv2.COLOR_GRAY2RGB)
        return np.asarray(fit(cv2.multiply(cv2.cvtColor(square, to_rgb), alpha, scale=1.0 / 255.0)))
    return np.asarray(cv2.cvtColor(fitted, to_rgb), dtype=np.uint8)
