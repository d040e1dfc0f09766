"""The halo that a glow lays around everything bright: its sizes, and its blurs on the lattice."""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

HALO_FLOOR: Final = 0.38
"""Light below this glows not."""

WIDE_STEP: Final = 4
"""Lattice points to one of the grid on which the wide part is blurred."""

NEAR_SIGMA: Final = 2.2
"""Of the near part's Gaussian, in lattice points."""

WIDE_SIGMA: Final = 2.0
"""Of the wide part's, in points of its own grid."""

NEAR_SHARE: Final = 0.6


def tiny_size(columns: int, rows: int) -> tuple[int, int]:
    """(columns, rows) of the wide part's grid."""
    return max(columns // WIDE_STEP, 1), max(rows // WIDE_STEP, 1)


def blurred(bright: npt.NDArray[np.float32], coarse: float = 1.0) -> npt.NDArray[np.float32]:
    """The halo of what is bright, float32 [rows, columns, 4] both; new memory.

    Args:
        coarse: see Lattice: the halo is as wide on a coarser one.
    """
    rows, columns, _ = bright.shape
    tiny = cv2.resize(bright, tiny_size(columns, rows), interpolation=cv2.INTER_AREA)
    tiny = cv2.GaussianBlur(tiny, (0, 0), WIDE_SIGMA / coarse)
    wide = cv2.resize(tiny, (columns, rows), interpolation=cv2.INTER_LINEAR)
    near = cv2.GaussianBlur(bright, (0, 0), NEAR_SIGMA / coarse)
    return np.asarray(cv2.addWeighted(near, NEAR_SHARE, wide, 1.0, 0.0, dst=wide), np.float32)
