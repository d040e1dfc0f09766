"""The lattice: the coarse grid over the picture on which everything broad is computed."""

from typing import Final

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]

STEP: Final = 4
"""Pixels from one lattice point to the next: forms are far broader, and it keeps the network cheap."""

SMALLEST: Final = 16
"""Pixels that a picture must have in each direction."""


class Lattice:
    """Positions of the lattice's points over a picture of any size.

    A view unit is half the picture's shorter edge, so forms are as wide as they are tall in every format.

    Attributes:
        width, height: of the picture, in pixels; columns, rows: of the lattice.
        full_width, full_height: of the frames that come of it.
        step: pixels from one point to the next.
        pixel: pixels of a frame in one of the picture's; coarse: points of full quality from one point to the next.
        unit: pixels in a view unit.
        view_x, view_y: float32 [rows, columns], view units from the middle, rightwards and downwards.
        column, row: float32 [rows, columns], the points' own indices.
    """

    def __init__(self, width: int, height: int, *, step: int = STEP, full: tuple[int, int] | None = None) -> None:
        """Args: full: (width, height) of the frames; None: as wide and high as the picture.

        Raises:
            ValueError: the picture is too small.
        """
        if min(width, height) < SMALLEST:
            raise ValueError(f"a picture of {width}×{height} is smaller than {SMALLEST} pixels")
        self.width: Final = width
        self.height: Final = height
        self.full_width, self.full_height = full or (width, height)
        self.step: Final = step
        self.columns: Final = -(-width // step)
        self.rows: Final = -(-height // step)
        self.pixel: Final = self.full_width / width
        self.coarse: Final = self.pixel * step / STEP
        self.unit: Final = min(width, height) / 2.0
        across, down = np.arange(self.columns, dtype=np.float64), np.arange(self.rows, dtype=np.float64)
        x = ((across + 0.5) * (width / self.columns) - width / 2.0) / self.unit
        y = ((down + 0.5) * (height / self.rows) - height / 2.0) / self.unit
        self.view_x, self.view_y = (np.ascontiguousarray(plane, np.float32) for plane in np.meshgrid(x, y))
        self.column, self.row = (np.ascontiguousarray(plane, np.float32) for plane in np.meshgrid(across, down))

    @property
    def reduced(self) -> bool:
        """The picture has fewer pixels than the frames that come of it."""
        return (self.width, self.height) != (self.full_width, self.full_height)

    @property
    def lowered(self) -> bool:
        """It is not that of full quality."""
        return self.reduced or self.step != STEP

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns
