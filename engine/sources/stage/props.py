"""The objects around the dancer: a pearl, a turning cube and a ring. Each keeps to a height of its own: none meet."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.sources.stage.capsules import MARGIN
from engine.sources.stage.figure import Capsule, Material
from engine.sources.stage.gbuffer import GBuffer
from engine.sources.stage.skeleton import Point
from engine.sources.stage.view import View

_RING_SEGMENTS = 14
_CUBE_HALF = 0.17
_CORNERS = _CUBE_HALF * np.array([(a, b, c) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])


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
    return chain(centre, first, second, 0.27, _RING_SEGMENTS, 0.034, Material.GOLD)


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


def chain(
    centre: Point, first: Point, second: Point, radius: float, segments: int, thick: float, material: Material
) -> list[Capsule]:
    """A ring as a closed chain of capsules, in the plane of two unit vectors [3]."""
    turns = np.arange(segments) * (2.0 * math.pi / segments)
    points = centre + radius * (np.cos(turns)[:, None] * first + np.sin(turns)[:, None] * second)
    return [Capsule(points[index - 1], points[index], thick, thick, material) for index in range(segments)]


@dataclass(frozen=True, slots=True)
class SeenCube:
    """The cube as the camera sees it.

    Attributes:
        hull: its outline, a convex polygon in picture pixels: float64 [n, 2], clockwise on the screen.
        planes: the faces turned to the viewer, 1/distance = a x + b y + c at picture pixel (x, y): float64 [m, 3].
        normals: of those faces, towards right, down, away from the viewer: float64 [m, 3].
    """

    hull: npt.NDArray[np.float64]
    planes: npt.NDArray[np.float64]
    normals: npt.NDArray[np.float64]


def see_cube(view: View, centre: npt.NDArray[np.float64], axes: npt.NDArray[np.float64]) -> SeenCube:
    """Project the cube. The inverse distance of a plane is linear in the picture, so its depth is exact."""
    focal, (x, y) = view.lens.focal, view.lens.centre
    middle = view.axes @ (centre - view.position)
    local_axes = view.axes @ axes
    corners = middle + _CORNERS @ local_axes.T
    pixels = (x, y) + focal * corners[:, :2] / corners[:, 2:]
    hull = cv2.convexHull(pixels.astype(np.float32), clockwise=True)[:, 0].astype(np.float64)
    # Of two opposite faces the one turned to the viewer; neither, where he looks along between them.
    facing = middle @ local_axes
    normals = np.where(facing > 0.0, -local_axes, local_axes).T
    offsets = _CUBE_HALF - np.abs(facing)
    seen = offsets < 0.0
    normals = normals[seen]
    # n · (x, y, 1) z = offset, hence 1/z = n · (x, y, 1) / offset.
    slopes = normals / offsets[seen, None]
    across, down = slopes[:, 0] / focal, slopes[:, 1] / focal
    return SeenCube(hull, np.column_stack((across, down, slopes[:, 2] - across * x - down * y)), normals)


def draw_cube(buffer: GBuffer, cube: SeenCube) -> None:
    """Draw the cube into surfaces and outline."""
    low, high = (cube.hull.min(axis=0) - 0.5) / 2.0, (cube.hull.max(axis=0) - 0.5) / 2.0
    region = buffer.region(low[0], low[1], high[0], high[1])
    if region is None:
        return
    buffer.fill_outline(cube.hull)
    xs = np.arange(region[1].start, region[1].stop) * 2.0 + 0.5
    ys = np.arange(region[0].start, region[0].stop) * 2.0 + 0.5
    inside = np.zeros((len(ys), len(xs)), np.uint8)
    cv2.fillConvexPoly(inside, np.round((cube.hull - (xs[0], ys[0])) * 8.0).astype(np.int32), 255, cv2.LINE_8, 4)
    # A ray enters a convex body where it has crossed the last of the planes turned to the viewer.
    stack = np.stack([np.add.outer(ys * b + c, xs * a) for a, b, c in cube.planes]).astype(np.float32)
    face = stack.argmin(axis=0)
    entry = stack.min(axis=0)
    entry[inside == 0] = MARGIN
    normal = cube.normals.astype(np.float32)[face]
    buffer.put(region, entry, (normal[..., 0], normal[..., 1], -normal[..., 2]), Material.CORAL)
