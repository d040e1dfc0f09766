"""Enlarge a picture and keep its edges: smooth along them, sharpen across them, and overshoot nowhere.

A picture of 448×448 on a canvas twice as large shows stairs on limbs and soft outlines. Three steps mend both:

1. Along an edge neighbours should be alike. The direction in which brightness changes least is the second eigenvector
   of the structure tensor (Förstner & Gülch 1987), and how much less, its coherence. Each pixel is mixed with the two
   that lie along it, as strongly as there is an edge at all (line integral convolution over one step; compare
   Kyprianidis & Döllner 2008).
2. What linear and cubic kernels take from high frequencies is put back by a Laplacian before enlarging.
3. The enlarged pixel is held between the darkest and the lightest of its source's neighbours, so that sharpening makes
   no halo (the clamp of AMD's FidelityFX Super Resolution 1.0).

The direction is found at half the size: edges of one pixel have none that could be trusted.
"""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

REACH_PX: Final = 1.5
"""How far along an edge a pixel's neighbours are taken: the best of 0.7 to 2 on the built-in stage."""

SMOOTHING: Final = 0.6
"""Their share on a perfect edge: the best of 0.35 to 1 on the built-in stage."""

SHARPENING: Final = 0.1
"""Of the Laplacian: the best of 0.05 to 0.2 on the built-in stage, both for cubic enlarging."""

QUIET: Final = 1e-6
"""Added to the eigenvalues' sum, in OpenCV's units (pixels by 255, kernels normalised): a grey level or so of noise."""

_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)


class EdgeUpscaler:
    """Enlarges pictures of one size to another. Its buffers make it cheap, and a one-thread object.

    Args:
        source, target: (height, width) in pixels; the source's are even.
    """

    def __init__(self, source: tuple[int, int], target: tuple[int, int]) -> None:
        height, width = source
        self._half = (width // 2, height // 2)
        self._source = (width, height)
        self._target = (target[1], target[0])
        self._rows, self._columns = np.mgrid[0:height, 0:width].astype(np.float32)
        self._kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32) * SHARPENING
        self._kernel[1, 1] += 1.0
        self._along = np.zeros((height // 2, width // 2, 3), np.float32)
        self._whole_along = np.zeros((height, width, 3), np.float32)
        self._maps = np.zeros((4, height, width), np.float32)
        self._weight = np.zeros((height, width), np.float32)

    def follow(self, guide: Image) -> None:
        """Find the edges that the next pictures have.

        Args:
            guide: luma, uint8 [height, width] of the source's size.
        """
        half = cv2.resize(guide, self._half, interpolation=cv2.INTER_AREA)
        tensor = cv2.cornerEigenValsAndVecs(half, 3, 3)
        most, least = tensor[..., 0], tensor[..., 1]
        along = self._along
        np.multiply(tensor[..., 4:6], REACH_PX, out=along[..., :2])
        np.divide(most - least, most + least + QUIET, out=along[..., 2])
        along[..., 2] *= SMOOTHING
        # Nearest, since directions have no sign: two neighbours may point opposite ways, and their mean nowhere.
        cv2.resize(along, self._source, dst=self._whole_along, interpolation=cv2.INTER_NEAREST)
        across, down = self._whole_along[..., 0], self._whole_along[..., 1]
        np.copyto(self._weight, self._whole_along[..., 2])
        np.add(self._columns, across, out=self._maps[0])
        np.add(self._rows, down, out=self._maps[1])
        np.subtract(self._columns, across, out=self._maps[2])
        np.subtract(self._rows, down, out=self._maps[3])

    def enlarge(self, plane: Image, out: Image) -> None:
        """Enlarge along the edges that were found.

        Args:
            plane: uint8 [height, width] or [height, width, 4], of the source's size; out: of the target's.
        """
        smooth = self._smooth(plane)
        cv2.resize(cv2.filter2D(smooth, -1, self._kernel), self._target, dst=out, interpolation=cv2.INTER_CUBIC)
        for bound, hold in ((cv2.dilate(smooth, _NEIGHBOURS), cv2.min), (cv2.erode(smooth, _NEIGHBOURS), cv2.max)):
            hold(out, cv2.resize(bound, self._target, interpolation=cv2.INTER_LINEAR), dst=out)

    def _smooth(self, plane: Image) -> Image:
        one, other = (
            cv2.remap(
                plane, self._maps[index], self._maps[index + 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            for index in (0, 2)
        )
        change: Any = cv2.subtract(cv2.addWeighted(one, 0.5, other, 0.5, 0), plane, dtype=cv2.CV_32F)
        np.multiply(change, self._weight if plane.ndim == 2 else self._weight[..., None], out=change)
        smooth: Any = cv2.add(change, plane, dtype=cv2.CV_8U)
        return np.asarray(smooth, np.uint8)
