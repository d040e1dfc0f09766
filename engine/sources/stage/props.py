"""The objects around the dancer: a pearl, a turning cube and a ring. Each keeps to a height of its own: none meet."""

import math

import cv2
import numpy as np
import numpy.typing as npt

from engine.sources.stage.capsules import MARGIN
from engine.sources.stage.figure import Capsule, Material
from engine.sources.stage.gbuffer import GBuffer
from engine.sources.stage.view import CENTRE, FOCAL_PX, View

_RING_SEGMENTS = 14
_CUBE_HALF = 0.17


def pearl_at(seconds: float) -> Capsule:
    """A floating ball, radius 0.17 m, on a wide orbit around the dancer."""
    angle = 0.23 * seconds + 3.4
    centre = np.array([1.2 * math.cos(angle), 1.08 + 0.10 * math.sin(0.5 * seconds), 0.9 * math.sin(angle) - 0.1])
    return Capsule(centre, centre, 0.17, 0.17, Material.PEARL)


def ring_at(seconds: float) -> list[Capsule]:
    """A tumbling ring, radius 0.27 m, as a closed chain; upstage on the left."""
    centre = np.array(
        [
            -0.95 + 0.30 * math.sin(0.17 * seconds),
            1.75 + 0.10 * math.sin(0.43 * seconds + 1.0),
            -0.75 + 0.30 * math.sin(0.21 * seconds + 2.0),
        ]
    )
    spin, tilt = 0.5 * seconds, 0.9 + 0.5 * math.sin(0.27 * seconds)
    first = np.array([math.cos(spin), 0.0, math.sin(spin)])
    second = np.array([-math.sin(spin) * math.cos(tilt), math.sin(tilt), math.cos(spin) * math.cos(tilt)])
    turns = np.arange(_RING_SEGMENTS) * (2.0 * math.pi / _RING_SEGMENTS)
    points = centre + 0.27 * (np.cos(turns)[:, None] * first + np.sin(turns)[:, None] * second)
    return [Capsule(points[index - 1], points[index], 0.034, 0.034, Material.GOLD) for index in range(_RING_SEGMENTS)]


def cube_at(seconds: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Centre [3] and axes (columns of [3, 3]) of the cube, edge 0.34 m."""
    centre = np.array(
        [
            1.12 + 0.20 * math.sin(0.19 * seconds + 1.0),
            0.36 + 0.06 * math.sin(0.6 * seconds),
            -0.35 + 0.60 * math.sin(0.14 * seconds + 0.4),
        ]
    )
    about = np.array([[0.35], [1.0], [0.2]]) * (0.45 * seconds)
    rotation, _ = cv2.Rodrigues(about)
    return centre, np.asarray(rotation, dtype=np.float64)


def draw_cube(buffer: GBuffer, view: View, centre: npt.NDArray[np.float64], axes: npt.NDArray[np.float64]) -> None:
    """Draw the cube. The inverse distance of a plane is linear in the picture, so its depth is exact."""
    middle = view.local(centre[None])[0]
    local_axes = view.axes @ axes
    signs = np.array([(a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
    corners = middle + _CUBE_HALF * signs @ local_axes.T
    pixels = CENTRE + FOCAL_PX * corners[:, :2] / corners[:, 2:]
    hull = cv2.convexHull(pixels.astype(np.float32))[:, 0].astype(np.float64)
    low, high = (pixels.min(axis=0) - 0.5) / 2.0, (pixels.max(axis=0) - 0.5) / 2.0
    region = buffer.region(low[0], low[1], high[0], high[1])
    if region is None:
        return
    buffer.fill_outline(hull)
    xs = np.arange(region[1].start, region[1].stop) * 2.0 + 0.5
    ys = np.arange(region[0].start, region[0].stop) * 2.0 + 0.5
    inside = np.zeros((len(ys), len(xs)), np.uint8)
    cv2.fillConvexPoly(inside, np.round((hull - (xs[0], ys[0])) * 8.0).astype(np.int32), 255, cv2.LINE_8, 4)
    planes: list[npt.NDArray[np.float32]] = []
    normals: list[npt.NDArray[np.float64]] = []
    for axis in range(3):
        # Of two opposite faces the one turned to the viewer; neither, where he looks along between them.
        normal = local_axes[:, axis] * (-1.0 if local_axes[:, axis] @ middle > 0.0 else 1.0)
        offset = float(normal @ middle) + _CUBE_HALF
        if offset >= 0.0:
            continue
        # n · (x, y, 1) z = offset, hence 1/z = n · (x, y, 1) / offset.
        slope = normal / offset
        ramp = np.add.outer((ys - CENTRE) * (slope[1] / FOCAL_PX) + slope[2], (xs - CENTRE) * (slope[0] / FOCAL_PX))
        planes.append(ramp.astype(np.float32))
        normals.append(normal)
    # A ray enters a convex body where it has crossed the last of the planes turned to the viewer.
    stack = np.stack(planes)
    face = stack.argmin(axis=0)
    entry = stack.min(axis=0)
    entry[inside == 0] = MARGIN
    normal = np.stack(normals).astype(np.float32)[face]
    buffer.put(region, entry, (normal[..., 0], normal[..., 1], -normal[..., 2]), Material.CORAL)
