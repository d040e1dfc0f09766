"""What a tapered capsule looks like: its outline, and its surface at each pixel.

A capsule is seen as the ball that travels from one end to the other: exact for the ends, and within
millimetres elsewhere, because the radii are small against the distance.
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""float32; numpy's stubs lose that in arithmetic with Python's numbers."""

Number = Any
"""A float, or a float32 array [n, 1, 1] for n capsules at once."""

MARGIN: Final = np.float32(1e-6)
"""Inverse distance of a margin around the surface: nearer than nothing, farther than any surface."""

_MARGIN_PX: Final = 2.0  # a diagonal neighbour, and the soft edge of the outline
_ARC: Final = np.linspace(-1.0, 1.0, 9)


class End(NamedTuple):
    """One end: its place in pixels, 1/distance (1/m), radius in pixels, and what the radius adds to 1/distance."""

    x: Number
    y: Number
    inverse: Number
    radius: Number
    bulge: Number


class Surface(NamedTuple):
    """float32 arrays [..., h, w].

    Attributes:
        inverse: 1/distance; MARGIN just around the capsule, 0 farther out.
        normal: towards right, down, viewer.
    """

    inverse: Array
    normal: tuple[Array, Array, Array]


def surface_of_ball(x: Array, y: Array, ball: End) -> Surface:
    """A ball at pixels x [w] and y [h, 1]."""
    shape = np.broadcast_shapes(x.shape, y.shape)
    ex = np.broadcast_to((x - ball.x) / ball.radius, shape)
    ey = np.broadcast_to((y - ball.y) / ball.radius, shape)
    return _surface(ex, ey, ball.inverse, ball.bulge, ball.radius)


def surface_of_capsule(x: Array, y: Array, start: End, end: End, focal: float) -> Surface:
    """A capsule that is not seen end-on.

    Args:
        x, y: pixels, [..., w] and [..., h, 1].
        focal: pixels per unit of x / z.
    """
    x, y = x - start.x, y - start.y
    dx, dy = end.x - start.x, end.y - start.y
    length2 = dx * dx + dy * dy
    length = length2**0.5
    widening = end.radius - start.radius
    along = x * (dx / length2) + y * (dy / length2)
    # The axis' run away from the viewer, in the pixels of its run across.
    away = (1.0 / end.inverse - 1.0 / start.inverse) * focal * 0.5 * (start.inverse + end.inverse)
    tilt = away / (length2 + away * away) ** 0.5  # the sine of its angle to the picture
    if np.any(np.abs(tilt) * start.radius > 0.5):  # pixels
        # The ball whose surface faces the viewer squarely across the axis is not the one under the
        # pixel. Where it shrinks on its way, it must stay under the pixel.
        kept = np.maximum(1.0 - np.maximum(tilt * widening / length, 0.0), 0.0)
        height = np.maximum(along, 0.0)
        np.minimum(height, 1.0, out=height)
        height *= widening * kept
        height += start.radius * kept
        height *= height
        across = x * (dy / length) - y * (dx / length)
        across *= across
        height -= across
        np.maximum(height, 0.0, out=height)
        np.sqrt(height, out=height)
        height *= tilt / length
        along -= height
    np.maximum(along, 0.0, out=along)
    np.minimum(along, 1.0, out=along)
    radius = along * widening
    radius += start.radius
    ex = x - along * dx
    ex /= radius
    ey = y - along * dy
    ey /= radius
    along *= end.inverse - start.inverse
    along += start.inverse
    return _surface(ex, ey, along, 0.5 * (start.bulge + end.bulge), np.minimum(start.radius, end.radius))


def _surface(ex: Array, ey: Array, axis: Number, bulge: Number, radius: Number) -> Surface:
    """From the place on a ball, (ex, ey) in radii, to its surface."""
    outside = ex * ex
    outside += ey * ey
    facing = 1.0 - outside
    np.maximum(facing, 0.0, out=facing)
    np.sqrt(facing, out=facing)
    inverse = facing * bulge
    inverse += axis
    inverse *= outside < 1.0
    rim = 1.0 + _MARGIN_PX / radius
    np.maximum(inverse, MARGIN * (outside < rim * rim), out=inverse)
    return Surface(inverse, (ex, ey, facing))


def capsule_outlines(ends: npt.NDArray[np.float64], radii: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Convex outlines of pairs of discs with their common tangents.

    Args:
        ends: centres [n, 2, 2], pixels; radii: [n, 2], pixels.

    Returns:
        Polygons [n, 18, 2].
    """
    axis = ends[:, 1] - ends[:, 0]
    length = np.maximum(np.hypot(axis[:, 0], axis[:, 1]), 1e-6)
    direction = np.arctan2(axis[:, 1], axis[:, 0])
    # Where one disc lies within the other there is no tangent: the arc closes to the bigger disc.
    spread = np.arccos(np.clip((radii[:, 0] - radii[:, 1]) / length, -1.0, 1.0))
    far = direction[:, None] + spread[:, None] * _ARC
    near = direction[:, None] + np.pi + (np.pi - spread)[:, None] * _ARC
    angles = np.concatenate((far, near), axis=1)
    which = np.repeat([1, 0], len(_ARC))
    circle = np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    return np.asarray(ends[:, which] + radii[:, which, None] * circle)
