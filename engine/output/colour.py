"""R'G'B' to limited-range Y'CbCr, 8 bit, by the weights of engine.colour."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from engine.colour import LumaWeights, rgb_to_limited

BAND_ROWS = 112
"""Rows converted at a time: their float planes (1.5 MB) stay in the second-level cache, which halves the time."""


@lru_cache(maxsize=8)
def matrix(weights: LumaWeights, gain: float) -> npt.NDArray[np.float32]:
    """The affine map from (R, G, B, 1), 0..255 full range, to (Y, Cb, Cr) limited range.

    Args:
        gain: 0..1, applied to R'G'B' before the conversion: a fade to true black.

    Returns:
        float32 [3, 4], read-only; Y in 16..235, Cb and Cr in 16..240.
    """
    whole = np.asarray(rgb_to_limited(weights) * np.array([gain, gain, gain, 1.0]), dtype=np.float32)
    whole.setflags(write=False)
    return whole


class _Band:
    """Scratch for some rows."""

    def __init__(self, rows: int, width: int) -> None:
        self.planes = np.empty((4, rows, width), np.uint8)
        self.linear = np.ones((4, rows, width), np.float32)
        self.mixed = np.empty((3, rows, width), np.float32)
        self.yuv = np.empty((3, rows, width), np.uint8)


class YuvConverter:
    """Converts pictures of one size into a luma and an interleaved chroma plane. A one-thread object.

    Attributes:
        luma: uint8 [height, width]; chroma: uint8 [height, width, 2], Cb Cr. Written by `convert`.
    """

    def __init__(self, height: int, width: int, weights: LumaWeights) -> None:
        self.luma = np.empty((height, width), np.uint8)
        self.chroma = np.empty((height, width, 2), np.uint8)
        self._weights = weights
        self._rows = [slice(top, min(top + BAND_ROWS, height)) for top in range(0, height, BAND_ROWS)]
        self._bands = {rows.stop - rows.start: _Band(rows.stop - rows.start, width) for rows in self._rows}

    def convert(self, picture: npt.NDArray[np.uint8], gain: float) -> None:
        """Convert uint8 [height, width, 4], R G B X, times gain in 0..1."""
        mix = matrix(self._weights, gain)
        for rows in self._rows:
            band = self._bands[rows.stop - rows.start]
            cv2.split(picture[rows], list(band.planes))
            np.copyto(band.linear[:3], band.planes[:3])
            np.matmul(mix, band.linear.reshape(4, -1), out=band.mixed.reshape(3, -1))
            flat = (-1, picture.shape[1])
            cv2.convertScaleAbs(band.mixed.reshape(flat), dst=band.yuv.reshape(flat))  # rounds to the nearest
            np.copyto(self.luma[rows], band.yuv[0])
            cv2.merge([band.yuv[1], band.yuv[2]], self.chroma[rows])
