"""Where on the plane of forms each point of the picture looks: folds, scale, turn, drift, warp."""

import math

import numpy as np
import numpy.typing as npt

from engine.generators.field.senses import Lattice

Plane = npt.NDArray[np.float32]

_OFFSET = 64.0
"""Added to material places so that they stay positive and frac() is their place in the tile."""


def folded(lattice: Lattice, symmetry: float) -> tuple[Plane, Plane]:
    """View coordinates (-1..1, y down) seen through the mirrors.

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


def material_places(
    x: Plane,
    y: Plane,
    *,
    zoom: float,
    angle: float,
    stretch: float,
    bend_x: Plane,
    bend_y: Plane,
    drift: npt.NDArray[np.float64],
) -> Plane:
    """Places in tiles, float32 [2, g, g] (x, y): turned and scaled view coordinates, bent, plus drift.

    Args:
        zoom: tiles per view unit; stretch: -1 drawn out upright .. 1 drawn out level.
        bend_x, bend_y: displacement in view units.
    """
    cos, sin = math.cos(angle) * zoom, math.sin(angle) * zoom
    wide, tall = 2.0 ** (-1.1 * stretch), 2.0 ** (1.1 * stretch)
    u, v = x + bend_x, y + bend_y
    out = np.empty((2, *x.shape), np.float32)
    out[0] = (cos * u - sin * v) * wide + (_OFFSET + drift[0] % 1.0)
    out[1] = (sin * u + cos * v) * tall + (_OFFSET + drift[1] % 1.0)
    return out
