"""Any picture to the format of the show: framed, then resized."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import RgbImage
from engine.sources.framing import framed, picture_format


def fit(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Frame [h, w] or [h, w, c], uint8 or uint16, as this thread does (see framing), and resize it.

    The result never shares memory with the input, whose owner may reuse it.
    """
    return at_size(framed(image))


def at_size(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Resize to the format's picture, whatever the shape.

    Halves by averaging while that leaves enough, then interpolates: no moiré, and six times faster than averaging over
    fractional areas.
    """
    height, width = image.shape[:2]
    shape = picture_format()
    while height >= 2 * shape.height and width >= 2 * shape.width:
        height, width = height // 2, width // 2
        image = np.asarray(cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))
    if (height, width) != shape.shape:
        return np.asarray(cv2.resize(image, (shape.width, shape.height), interpolation=cv2.INTER_LINEAR))
    return np.array(image, order="C")


def fit_over_black(image: npt.NDArray[np.uint8], to_rgb: int = cv2.COLOR_RGBA2RGB) -> RgbImage:
    """Fit four channels, uint8 [h, w, 4], the last a straight alpha, as they look on black.

    The colours are weighted before they are averaged, so that what a transparent pixel hides does not bleed
    into its neighbours. An opaque picture costs hardly more than one without alpha.

    Args:
        to_rgb: the conversion of OpenCV that drops the alpha and leaves R G B.
    """
    fitted = fit(image)
    if cv2.minMaxLoc(cv2.extractChannel(fitted, 3))[0] < 255:
        part = np.ascontiguousarray(framed(image), np.uint8)
        alpha = cv2.cvtColor(cv2.extractChannel(part, 3), cv2.COLOR_GRAY2RGB)
        return np.asarray(at_size(cv2.multiply(cv2.cvtColor(part, to_rgb), alpha, scale=1.0 / 255.0)))
    return np.asarray(cv2.cvtColor(fitted, to_rgb), dtype=np.uint8)
