"""Edges and lines of the picture, without weights; thresholds follow the picture's own contrast over seconds."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS
from engine.messages.frame import DepthImage
from engine.preprocess.filters import FloatImage
from engine.preprocess.looker import Looked
from engine.preprocess.maps.format import CANNY_FORMAT, LINES_FORMAT, SOFT_EDGE_FORMAT, MapFormat
from engine.preprocess.motion import Motion

LEVEL_NS: Final = 1500 * NS_PER_MS
"""Time constant of the contrast that thresholds hang on: slower than a gesture."""

SHARE: Final = 92.0
"""Percentile of the gradient that counts as a strong edge: a tenth of most pictures is outline."""

LEAST_GRADIENT: Final = 5.0
"""Levels per pixel below which nothing is an edge, however plain the picture: twice a sensor's noise, blurred."""


class _Level:
    """A percentile of pictures, followed over LEVEL_NS and set at once by the first."""

    def __init__(self, percent: float, least: float) -> None:
        self._percent = percent
        self._least = least
        self._value: float | None = None

    def forget(self) -> None:
        self._value = None

    def follow(self, image: FloatImage, motion: Motion) -> float:
        return self.follow_value(float(np.percentile(image, self._percent)), motion)

    def follow_value(self, found: float, motion: Motion) -> float:
        now = max(found, self._least)
        self._value = now if self._value is None else self._value + motion.weight(LEVEL_NS) * (now - self._value)
        return self._value


def _slopes(
    luma: npt.NDArray[np.uint8], sigma: float, diameter: int
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Sobel's sums over x and y (eight times levels per pixel) of the picture blurred within a diameter."""
    x, y = cv2.spatialGradient(cv2.GaussianBlur(luma, (diameter, diameter), sigma))
    return np.asarray(x, dtype=np.int16), np.asarray(y, dtype=np.int16)


def _steepness(x: npt.NDArray[np.int16], y: npt.NDArray[np.int16]) -> FloatImage:
    """Gradient in levels per pixel."""
    return np.asarray(cv2.magnitude(x.astype(np.float32), y.astype(np.float32)) * np.float32(1 / 8), dtype=np.float32)


FindEdges = Callable[[npt.NDArray[np.uint8], Callable[[float], float]], DepthImage]
"""From luma uint8 [h, w], and what makes of a picture's own gradient of strong edges, in levels per pixel, the one that
holds: float32 [h, w], 1 on edges and 0 elsewhere."""

SIGMA: Final = 1.4
"""Of the blur before the gradient, in pixels, within a window of seven."""

WEAK_SHARE: Final = 0.4
"""Of a strong edge's gradient, for what continues one: Canny's own advice is a ratio of two to three."""


def plain_edges(luma: npt.NDArray[np.uint8], follow: Callable[[float], float]) -> DepthImage:
    """See FindEdges; with OpenCV."""
    x, y = _slopes(luma, SIGMA, 7)
    # One pixel of 64 tells a percentile.
    strong = follow(float(np.percentile(_steepness(x[::8, ::8].copy(), y[::8, ::8].copy()), SHARE)))
    edges = cv2.Canny(x, y, WEAK_SHARE * 8 * strong, 8 * strong, L2gradient=True)
    return np.multiply(edges, np.float32(1 / 255), dtype=np.float32)


class CannyDrawing:
    """One-pixel edges (Canny 1986) at the frame's size, bright on black.

    Args:
        find: what finds them.
    """

    def __init__(self, find: FindEdges = plain_edges) -> None:
        self._find = find
        self._level = _Level(SHARE, LEAST_GRADIENT)

    @property
    def format(self) -> MapFormat:
        return CANNY_FORMAT

    def forget(self) -> None:
        self._level.forget()

    def draw(self, picture: Looked) -> DepthImage:
        return self._find(picture.whole, lambda found: self._level.follow_value(found, picture.motion))


class SoftEdgeDrawing:
    """The gradient at two scales on the picture's own range, at half the frame's size, bright on black."""

    def __init__(self) -> None:
        self._level = _Level(97.0, LEAST_GRADIENT)

    @property
    def format(self) -> MapFormat:
        return SOFT_EDGE_FORMAT

    def forget(self) -> None:
        self._level.forget()

    def draw(self, picture: Looked) -> DepthImage:
        fine = _steepness(*_slopes(picture.fine, 0.8, 5))
        height, width = fine.shape
        # The working picture is half as large, so this is a blur of 2 here; its pixels are twice as far apart.
        coarse = cv2.resize(_steepness(*_slopes(picture.luma, 0.9, 5)), (width, height), interpolation=cv2.INTER_LINEAR)
        # Blurring by 2 halves a step's slope and more; outlines of large things count like fine ones.
        steep = np.maximum(fine, coarse * np.float32(0.8))
        strong = self._level.follow(steep[::4, ::4], picture.motion)
        steep *= steep
        # As share * share / (share * share + 0.35) with share = steep / strong.
        return np.asarray(steep / (steep + np.float32(0.35 * strong * strong)), dtype=np.float32)


class LineDrawing:
    """Dark lines on white at the frame's size, as a pen would set them.

    A difference of two Gaussians through a soft threshold (XDoG: Winnemöller, Kyprianidis, Olsen 2012), without its
    fill of dark areas: VACE's scribbles are outlines.
    """

    def __init__(self) -> None:
        self._level = _Level(SHARE, 1.5)

    @property
    def format(self) -> MapFormat:
        return LINES_FORMAT

    def forget(self) -> None:
        self._level.forget()

    def draw(self, picture: Looked) -> DepthImage:
        luma = picture.whole.astype(np.float32)
        inner = cv2.GaussianBlur(luma, (0, 0), 1.2)
        outer = cv2.GaussianBlur(inner, (0, 0), 1.6)
        dark = np.asarray(outer - inner, dtype=np.float32)  # above 0 on the dark side of an edge, in levels
        ink = self._level.follow(np.abs(dark[::4, ::4]), picture.motion)
        share = np.clip(dark / np.float32(ink) - np.float32(0.35), 0.0, 1.0)
        return np.asarray(np.float32(1.0) - share * (np.float32(2.0) - share), dtype=np.float32)
