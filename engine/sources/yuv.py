"""Received UYVY and four-byte pictures to the format of the show, shrunk before the colours are computed."""

import cv2
import numpy as np
import numpy.typing as npt

from engine.colour import BLACK_LUMA, NEUTRAL_CHROMA, LumaWeights, limited_to_rgb
from engine.messages.frame import RgbImage
from engine.sources.fit import at_size, fit, fit_over_black
from engine.sources.framing import framed


def fit_uyvy(pixels: npt.NDArray[np.uint8], weights: LumaWeights) -> RgbImage:
    """UYVY, uint8 [h, w, 2] with w even, limited range, to an RgbImage."""
    part = np.asarray(framed(pixels, (NEUTRAL_CHROMA, BLACK_LUMA), step=2), np.uint8)  # no chroma pair is cut
    luma = at_size(cv2.extractChannel(part, 1))
    # Chroma is half as wide already; every second row of a large picture loses nothing that shows.
    pairs = np.ascontiguousarray(part[:: 2 if part.shape[0] >= 2 * luma.shape[0] else 1, :, 0])
    pairs = pairs.reshape(pairs.shape[0], -1, 2)
    planes = (np.ascontiguousarray(pairs[..., which]) for which in (0, 1))  # OpenCV is slow at two channels
    chroma = [cv2.resize(plane, luma.shape[::-1], interpolation=cv2.INTER_LINEAR) for plane in planes]
    ycc = cv2.merge((luma, *chroma))
    return np.asarray(cv2.transform(ycc, limited_to_rgb(weights)), dtype=np.uint8)


def fit_bgrx(pixels: npt.NDArray[np.uint8]) -> RgbImage:
    """B G R and any fourth byte, uint8 [h, w, 4], to an RgbImage."""
    return np.asarray(cv2.cvtColor(fit(pixels), cv2.COLOR_BGRA2RGB), dtype=np.uint8)


def fit_rgbx(pixels: npt.NDArray[np.uint8]) -> RgbImage:
    """R G B and any fourth byte, uint8 [h, w, 4], to an RgbImage."""
    return np.asarray(cv2.cvtColor(fit(pixels), cv2.COLOR_RGBA2RGB), dtype=np.uint8)


def fit_bgra(pixels: npt.NDArray[np.uint8]) -> RgbImage:
    """B G R and straight alpha, uint8 [h, w, 4], over black, to an RgbImage."""
    return fit_over_black(pixels, cv2.COLOR_BGRA2RGB)


def fit_rgba(pixels: npt.NDArray[np.uint8]) -> RgbImage:
    """R G B and straight alpha, uint8 [h, w, 4], over black, to an RgbImage."""
    return fit_over_black(pixels)
