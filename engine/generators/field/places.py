"""Where on the plane of forms each point of the picture looks: mirrors, and maps into the material."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field.lattice import Lattice, Plane

TUNNEL_LENGTH: Final = 0.55
"""View units of the plane that a wall of a tunnel shows while it widens e-fold; as many per radian around, so that the
material is as long as it is broad."""

TUNNEL_END: Final = 0.05
"""View units around the middle within which a tunnel's walls run no finer."""

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

    def drifted(self, drift: npt.NDArray[np.float64]) -> "Turn":
        """The same, and a drift [2] modulo 1, with _OFFSET, added."""
        return replace(self, x0=_OFFSET + float(drift[0]) % 1.0, y0=_OFFSET + float(drift[1]) % 1.0)


def turned(angle: float, stretch: float, scale: float) -> Turn:
    """A turn by an angle, then a scale, drawn out upright (stretch < 0, in octaves) or level (> 0).

    Args:
        scale: units per view unit.
    """
    cos, sin = math.cos(angle) * scale, math.sin(angle) * scale
    wide, tall = 2.0**-stretch, 2.0**stretch
    return Turn(cos * wide, -sin * wide, sin * tall, cos * tall)


def seen_places(lattice: Lattice, symmetry: float, tunnel: float) -> tuple[Plane, Plane]:
    """View coordinates (y down) seen through the mirrors, and laid around a tunnel; in torch: `reference.forms`.

    Args:
        symmetry: see `folded`; tunnel: 0 a plane .. 1 a tunnel.
    """
    x, y = folded(lattice, symmetry)
    return (x, y) if tunnel <= 0.0 else _around(x, y, np.float32(tunnel))


def _around(x: Plane, y: Plane, tunnel: np.float32) -> tuple[Plane, Plane]:
    """Around (x) and along (y) a tunnel that ends in the middle: the complex logarithm, which keeps angles.

    Around, from the upright axis to either side alike: there is no seam.
    """
    around = np.float32(TUNNEL_LENGTH) * np.arctan2(np.abs(x), -y)
    along = np.float32(0.5 * TUNNEL_LENGTH) * np.log(x * x + y * y + np.float32(TUNNEL_END**2))
    return np.asarray(x + tunnel * (around - x), np.float32), np.asarray(y + tunnel * (along - y), np.float32)


def folded(lattice: Lattice, symmetry: float) -> tuple[Plane, Plane]:
    """View coordinates (y down) seen through the mirrors.

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
