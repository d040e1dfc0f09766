"""Received UYVY and four-byte pictures to the working square, shrunk before the colours are computed."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import RgbImage
from engine.sources.fit import fit, square_crop

BT601: Final = (0.299, 0.114)
BT709: Final = (0.2126, 0.0722)
BT2020: Final = (0.2627, 0.0593)
"""Weights of red and blue in luma (ITU-R BT.601-7, BT.709-6, BT.2020-2)."""


def weights_for(width: int, height: int) -> tuple[float, float]:
    """The matrix that NDI means by a size: SD BT.601, HD BT.709, UHD BT.2020 (NDI SDK, "Video frames")."""
    if width <= 720 and height <= 576:
        return BT601
    return BT2020 if width > 1920 and height > 1080 else BT709


def limited_to_rgb(weights: tuple[float, float]) -> npt.NDArray[np.float64]:
    """The affine map from (Y, Cb, Cr) in limited range to R G B in 0..255: float64 [3, 4]."""
    red, blue = weights
    green = 1.0 - red - blue
    matrix = np.array(
        [
            [1.0, 0.0, 2.0 * (1.0 - red)],
            [1.0, -2.0 * blue * (1.0 - blue) / green, -2.0 * red * (1.0 - red) / green],
            [1.0, 2.0 * (1.0 - blue), 0.0],
        ]
    ) * np.array([255.0 / 219.0, 255.0 / 224.0, 255.0 / 224.0])
    return np.column_stack((matrix, -matrix @ np.array([16.0, 128.0, 128.0])))


def fit_uyvy(pixels: npt.NDArray[np.uint8]) -> RgbImage:
    """UYVY, uint8 [h, w, 2] with w even, limited range, to an RgbImage."""
    height, width = pixels.shape[:2]
    side = min(height, width) & ~1
    left = ((width - side) // 2) & ~1  # a chroma pair is never cut
    square = square_crop(pixels[:, left : left + side])
    luma = fit(cv2.extractChannel(square, 1).astype(np.uint8, copy=False))
    # Chroma is half as wide already; every second row of a large picture loses nothing that shows.
    pairs = np.ascontiguousarray(square[:: 2 if side >= 2 * luma.shape[0] else 1, :, 0])
    pairs = pairs.reshape(pairs.shape[0], -1, 2)
    planes = (np.ascontiguousarray(pairs[..., which]) for which in (0, 1))  # OpenCV is slow at two channels
    chroma = [cv2.resize(plane, luma.shape[::-1], interpolation=cv2.INTER_LINEAR) for plane in planes]
    ycc = cv2.merge((luma, *chroma))
    return np.asarray(cv2.transform(ycc, limited_to_rgb(weights_for(width, height))), dtype=np.uint8)


def fit_bgrx(pixels: npt.NDArray[np.uint8]) -> RgbImage:
    """B G R and any fourth byte, uint8 [h, w, 4], to an RgbImage."""
    return np.asarray(cv2.cvtColor(fit(pixels), cv2.COLOR_BGRA2RGB), dtype=np.uint8)


def fit_rgbx(pixels: npt.NDArray[np.uint8]) -> RgbImage:
    """R G B and any fourth byte, uint8 [h, w, 4], to an RgbImage."""
    return np.asarray(cv2.cvtColor(fit(pixels), cv2.COLOR_RGBA2RGB), dtype=np.uint8)
