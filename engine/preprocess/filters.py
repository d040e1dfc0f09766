"""Image filters that more than one estimator needs: small, stateless but for the range, float32 throughout."""

import math

import cv2
import numpy as np
import numpy.typing as npt

FloatImage = npt.NDArray[np.float32]
"""float32 [h, w]."""


def blend_weight(elapsed_ns: int, tau_ns: int) -> float:
    """Weight of a new sample in exponential smoothing with time constant tau_ns, in 0..1.

    Written over time and not over frames, so that a slow worker smooths like a fast one.
    """
    return 1.0 - math.exp(-max(elapsed_ns, 0) / tau_ns)


def box(image: npt.NDArray[np.float32], diameter: int) -> npt.NDArray[np.float32]:
    """Mean over a square window; mirrored at the border."""
    return np.asarray(cv2.blur(image, (diameter, diameter)), dtype=np.float32)


def guided_upsample(
    values: FloatImage, guide: FloatImage, fine_guide: FloatImage, *, diameter: int, eps: float
) -> FloatImage:
    """Edge-preserving smoothing of values [h, w] along a guide [h, w], delivered at fine_guide's size.

    In each window values are taken as a linear function of the guide; the two coefficients, averaged
    and enlarged, are applied to the fine guide, so edges are as sharp as those of the fine picture.
    (He, Sun, Tang: Guided Image Filtering, 2013; He, Sun: Fast Guided Filter, 2015.)

    Args:
        eps: variance of the guide below which a window counts as flat; the guide is in 0..1.
    """
    mean_guide = box(guide, diameter)
    mean_values = box(values, diameter)
    variance = box(guide * guide, diameter) - mean_guide * mean_guide
    covariance = box(guide * values, diameter) - mean_guide * mean_values
    slope = np.asarray(covariance / (np.maximum(variance, 0.0) + eps), dtype=np.float32)
    offset = np.asarray(mean_values - slope * mean_guide, dtype=np.float32)
    height, width = fine_guide.shape
    fine_slope = cv2.resize(box(slope, diameter), (width, height))
    fine_offset = cv2.resize(box(offset, diameter), (width, height))
    return np.asarray(fine_slope * fine_guide + fine_offset, dtype=np.float32)


class SmoothedRange:
    """The range of a signal, followed slowly, so that a normalised picture does not flicker.

    Args:
        low, high: percentiles taken as the ends of the range.
        least_span: a narrower range is widened to this about its middle: noise is not blown up.
        least_share: the same as a share of the upper end, for signals of any size.
    """

    def __init__(self, *, low: float, high: float, least_span: float, least_share: float = 0.0) -> None:
        self._percentiles = (low, high)
        self._least_span = least_span
        self._least_share = least_share
        self._ends: tuple[float, float] | None = None

    def reset(self) -> None:
        """Forget the range: the next picture sets it at once."""
        self._ends = None

    def normalise(self, image: FloatImage, weight: float) -> FloatImage:
        """Follow the range of image by weight (0..1; the first picture sets it); image on it, clipped to 0..1."""
        # One pixel of sixteen tells the percentiles of so smooth a picture.
        low, high = (float(value) for value in np.percentile(image[::4, ::4], self._percentiles))
        if self._ends is not None:
            low = self._ends[0] + weight * (low - self._ends[0])
            high = self._ends[1] + weight * (high - self._ends[1])
        self._ends = (low, high)
        span, least = high - low, max(self._least_span, self._least_share * abs(high))
        if span < least:
            low, span = (low + high - least) / 2, least
        scaled = (image - np.float32(low)) / np.float32(span)
        return np.asarray(np.clip(scaled, 0.0, 1.0), dtype=np.float32)
