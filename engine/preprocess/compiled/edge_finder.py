"""Canny's edges on compiled loops, where they can be had."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.frame import DepthImage
from engine.preprocess.compiled.edge_loops import BLOCK, STEP, smooth_for_edges, trace_edges
from engine.preprocess.compiled.estimator import missing_loops
from engine.preprocess.maps.edges import SHARE, WEAK_SHARE, FindEdges, plain_edges

_LINES: Final = 9
_LEAST_EDGE: Final = 8
"""Of pictures that are found in compiled; a window of seven must fit."""


class CompiledEdges:
    """See FindEdges and plain_edges. Owns scratch, so one thread uses it."""

    def __init__(self) -> None:
        self._told = np.zeros(1)
        self._make_scratch(0, 0)

    def __call__(self, luma: npt.NDArray[np.uint8], follow: Callable[[float], float]) -> DepthImage:
        height, width = luma.shape
        if min(height, width) < _LEAST_EDGE:
            return plain_edges(luma, follow)
        if self._smooth.shape != luma.shape:
            self._make_scratch(height, width)
        smooth_for_edges(luma, self._lines, self._values, self._told, SHARE, self._smooth)
        strong = 8 * follow(float(self._told[0]))
        found = np.empty((height, width), np.float32)
        # Whole numbers, as squares of slopes are.
        low, high = float(int((WEAK_SHARE * strong) ** 2)), float(int(strong**2))
        trace_edges(self._smooth, low, high, self._lines, self._trace, self._begins, self._waiting, found)
        return found

    def _make_scratch(self, height: int, width: int) -> None:
        self._smooth = np.zeros((height, width), np.uint8)
        self._lines = np.zeros((_LINES, width + 16), np.float32)
        self._values = np.zeros((height // STEP + 1) * (width // STEP + 1), np.float32)
        self._trace = np.zeros((height + 2) * (width + 2), np.uint8)
        self._begins = np.zeros((height, -(-width // BLOCK)), np.uint8)
        self._waiting = np.zeros(height * width, np.int32)


def edge_finder() -> FindEdges:
    """Return what finds edges: on compiled loops, or where there are none, with OpenCV."""
    return plain_edges if missing_loops() else CompiledEdges()
