"""Where on the plane of forms each point of the picture looks: mirrors, and maps into the material."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.generators.field.lattice import Lattice, Plane

_OFFSET = 64.0
"""Added to material places so that they stay positive and frac() is their place in the tile."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An affine map of the plane: x' = xx x + xy y + x0, y' = yx x + yy y + y0."""

    xx: float
    xy: float
    yx: float
    yy: float
    x0: float = 0.0
    y0: float = 0.0

    def apply(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """The places of points, float32."""
        xx, xy, yx, yy = (np.float32(value) for value in (self.xx, self.xy, self.yx, self.yy))
        return xx * x + xy * y + np.float32(self.x0), yx * x + yy * y + np.float32(self.y0)


def turned(angle: float, stretch: float, scale: float, drift: npt.NDArray[np.float64] | None = None) -> Turn:
    """A turn by an angle, then a scale, drawn out upright (stretch < 0, in octaves) or level (> 0).

    Args:
        scale: units per view unit; drift: [2], added, modulo 1, with _OFFSET; None: nothing is added.
    """
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    wide, tall = 2.0**-stretch, 2.0**stretch
    x0, y0 = (0.0, 0.0) if drift is None else (_OFFSET + float(drift[0]) % 1.0, _OFFSET + float(drift[1]) % 1.0)
    return Turn(cos * wide, -sin * wide, sin * tall, cos * tall, x0, y0)


def folded(lattice: Lattice, symmetry: float) -> tuple[Plane, Plane]:
    """View coordinates (y down) seen through the mirrors; in torch: `reference.forms`.

    0 is no mirror, 1 left and right, n > 1 a kaleidoscope of 2 n wedges. Any real number is seamless:
    the angle is measured from the upright axis after the left-right mirror, so the last, partial wedge
    ends on that mirror too.
    """
    x, y = lattice.view_x, lattice.view_y
    if symmetry <= 0.0:
        return x, y
    mirrored = np.asarray(np.abs(x), np.float32)
    if symmetry <= 1.0:
        return np.asarray(x + np.float32(symmetry) * (mirrored - x), np.float32), y
    radius = np.sqrt(x * x + y * y)
    angle = np.arctan2(mirrored, -y)
    wedge = np.float32(math.pi / symmetry)
    turns = angle / (2.0 * wedge)
    wrapped = np.abs(turns - np.round(turns)) * (2.0 * wedge)
    return np.asarray(radius * np.sin(wrapped), np.float32), np.asarray(-radius * np.cos(wrapped), np.float32)
