"""One picture with alpha laid over another, in each layout of pixels: `over` of Porter and Duff (1984)."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.output.settings import VideoFormat, WireFormat, WireImage

Array = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is laid over, made by `stamped`. Columns are even in number, and begin at an even one.

    Attributes:
        rows, columns: where.
        pure: its colours, uint8 [h, w, 2 or 4]; alpha: uint8 [h, w].
        weights: the alpha of each number of pure; colour: pure multiplied by it; rest: what is left of what lies below.
    """

    rows: slice
    columns: slice
    pure: Array
    alpha: Array
    weights: Array
    colour: Array
    rest: Array

    def dimmed(self, opacity: float) -> "Stamp":
        """Return it at an opacity, 0..1."""
        if opacity >= 1.0:
            return self
        alpha, weights = (
            np.asarray(cv2.convertScaleAbs(one, alpha=opacity), np.uint8) for one in (self.alpha, self.weights)
        )
        return replace(self, alpha=alpha, weights=weights, colour=_times(self.pure, weights), rest=_not(weights))


def stamped(pure: Array, alpha: Array, top: int, left: int) -> Stamp:
    """Return a stamp of colours in a layout, uint8 [h, w, 2 or 4], and their alpha, uint8 [h, w]."""
    height, width = alpha.shape
    weights = _each(alpha, pure.shape[2])
    rows, columns = slice(top, top + height), slice(left, left + width)
    return Stamp(rows, columns, pure, alpha, weights, _times(pure, weights), _not(weights))


def lay_over(stamp: Stamp, image: WireImage, video: VideoFormat) -> None:
    """Lay a stamp of the image's layout over it; its alpha grows by the stamp's."""
    if video.wire is WireFormat.UYVA:
        colour, plane = image[: video.height], image[video.height :].reshape(video.height, video.width)
    else:
        colour, plane = image, image[..., -1]
    area, below = colour[stamp.rows, stamp.columns], plane[stamp.rows, stamp.columns]
    carries = video.wire in (WireFormat.UYVA, WireFormat.BGRA)
    whole = _over(np.ascontiguousarray(below), stamp.alpha) if carries else stamp.alpha
    if carries and not video.alpha.premultiplied:
        share = np.asarray(cv2.divide(stamp.alpha, whole, scale=255.0), np.uint8)
        weights = _each(share, stamp.pure.shape[2])
        area[...] = cv2.add(_times(area, _not(weights)), _times(stamp.pure, weights))
    else:
        area[...] = cv2.add(_times(area, stamp.rest), stamp.colour)
    if carries:
        below[...] = whole


def _each(alpha: Array, channels: int) -> Array:
    """Return the alpha of each number of pixels, [h, w, channels]: two pixels of 2 channels share their chroma."""
    if channels != 2:
        return np.asarray(cv2.merge([alpha] * channels), np.uint8)
    height, width = alpha.shape
    pairs = np.asarray(cv2.resize(alpha, (width // 2, height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.merge([np.repeat(pairs.reshape(height, width // 2), 2, axis=1), alpha]), np.uint8)


def _over(below: Array, alpha: Array) -> Array:
    return np.asarray(cv2.add(_times(below, _not(alpha)), alpha), np.uint8)


def _times(one: Array, other: Array) -> Array:
    return np.asarray(cv2.multiply(one, other, scale=1.0 / 255.0), np.uint8)


def _not(alpha: Array) -> Array:
    return np.asarray(cv2.bitwise_not(alpha), np.uint8)
