"""The stage as one compiled loop over the picture's rows: wall or floor, then the solids over it, then the next row."""

import math
from typing import Any, Final

import numpy as np

from engine.jit import kernel
from engine.sources.stage.compiled.scenery_rows import paint_floor, paint_haze, paint_wall
from engine.sources.stage.compiled.shadow_rows import MARGIN, cast
from engine.sources.stage.compiled.solid_rows import (
    HIGH,
    LANES,
    LOW,
    PAD,
    cover_capsule,
    cover_cube,
    describe_ball,
    describe_capsule,
    describe_outline,
    draw_cube_surface,
    draw_surface,
    lay_over,
    light_surface,
    span_of,
)
from engine.sources.stage.figure import Material
from engine.sources.stage.scenery import FLOOR_EDGE_M, FLOOR_PX, HAZE, SHADOW_EDGE_M, SHADOW_PX
from engine.sources.stage.view import DEPTH_SCALE, FAR_M

Array = Any
Number = Any

_PIXELS_PER_M: Final = FLOOR_PX / FLOOR_EDGE_M
_SHADOW_STEP: Final = SHADOW_PX / SHADOW_EDGE_M / _PIXELS_PER_M
"""Pixels of the shadow map per floor pixel."""
_SHADOW_OFFSET: Final = 0.5 * SHADOW_PX + (0.5 - 0.5 * FLOOR_PX) * _SHADOW_STEP - 0.5 + MARGIN
_FLOOR_FADED_M: Final = 5.95
"""Radius beyond which the floor is all haze."""
_CORAL: Final = int(Material.CORAL)


def describe_solids(capsules: Array, camera: Array, described: Array, kinds: Array) -> int:
    """Project capsules and describe their outlines (the first rows), then their surfaces; how many surfaces.

    One that is seen nearly end-on is its two balls, which hide the rest.
    """
    n = len(capsules)
    surfaces = 0
    focal = camera[12]
    for index in range(n):
        one = capsules[index]
        ax, ay, az = one[0] - camera[0], one[1] - camera[1], one[2] - camera[2]
        bx, by, bz = one[3] - camera[0], one[4] - camera[1], one[5] - camera[2]
        i0 = 1.0 / (ax * camera[9] + ay * camera[10] + az * camera[11])
        i1 = 1.0 / (bx * camera[9] + by * camera[10] + bz * camera[11])
        x0 = camera[13] + focal * (ax * camera[3] + ay * camera[4] + az * camera[5]) * i0
        y0 = camera[14] + focal * (ax * camera[6] + ay * camera[7] + az * camera[8]) * i0
        x1 = camera[13] + focal * (bx * camera[3] + by * camera[4] + bz * camera[5]) * i1
        y1 = camera[14] + focal * (bx * camera[6] + by * camera[7] + bz * camera[8]) * i1
        r0, r1 = focal * one[6] * i0, focal * one[7] * i1
        describe_outline(x0, y0, r0, x1, y1, r1, described[index])
        # Surfaces are kept at half the size, pixel i at picture pixel 2 i + 0.5.
        x0, y0, r0, x1, y1, r1 = 0.5 * x0 - 0.25, 0.5 * y0 - 0.25, 0.5 * r0, 0.5 * x1 - 0.25, 0.5 * y1 - 0.25, 0.5 * r1
        bulge0, bulge1 = one[6] * i0 * i0, one[7] * i1 * i1
        run2, greater = (x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0), max(r0, r1)
        kinds[surfaces] = int(one[8])
        if run2 > greater * greater:
            bulge = 0.5 * (bulge0 + bulge1)
            describe_capsule(x0, y0, r0, i0, x1, y1, r1, i1, bulge, 0.5 * focal, described[n + surfaces])
            surfaces += 1
            continue
        describe_ball(x0, y0, r0, i0, bulge0, described[n + surfaces])
        surfaces += 1
        if run2 > 0.0 or i0 != i1 or r0 != r1:
            kinds[surfaces] = kinds[surfaces - 1]
            describe_ball(x1, y1, r1, i1, bulge1, described[n + surfaces])
            surfaces += 1
    return surfaces


def paint_ground(y: int, camera: Array, floor: Array, shadow: Array, shaded: Array, strip: Array, out: Array) -> None:
    """A row of the picture below the horizon."""
    focal = camera[12]
    at = (y - camera[14]) / focal
    distance = -camera[1] / (camera[7] * at + camera[10])
    step_x, step_z = distance * camera[3] / focal, distance * camera[5] / focal
    x = camera[0] + distance * (camera[6] * at + camera[9]) - camera[13] * step_x
    z = camera[2] + distance * (camera[8] * at + camera[11]) - camera[13] * step_z
    past = abs(x * step_z - z * step_x)
    if past > _FLOOR_FADED_M * math.sqrt(step_x * step_x + step_z * step_z):
        paint_haze(HAZE[0], HAZE[1], HAZE[2], out)
        return
    paint_floor(
        floor, FLOOR_PX,
        (x + 0.5 * FLOOR_EDGE_M) * _PIXELS_PER_M - 0.5, (z + 0.5 * FLOOR_EDGE_M) * _PIXELS_PER_M - 0.5,
        step_x * _PIXELS_PER_M, step_z * _PIXELS_PER_M,
        shadow, _SHADOW_STEP, _SHADOW_OFFSET, shaded, strip, out,
    )  # fmt: skip


def draw_row(
    row: int, width: int, described: Array, surfaces: int, planes: Array, edges: Array, cube: Array, rows: Array,
    kinds: Array,
) -> tuple[int, int]:  # fmt: skip
    """Draw a row of all surfaces; the first pixel that may have been drawn and the one after the last."""
    left, end = width, 0
    at = np.float32(row)
    inverse, right, down, viewer, material = rows[0], rows[1], rows[2], rows[3], kinds[1]
    for index in range(surfaces):
        solid = described[index]
        if solid[LOW] <= at and at <= solid[HIGH]:
            a, b = span_of(solid, at)
            first, last = max(int(a), 0), min(int(b) + 2, width)
            if first < last:
                draw_surface(solid, at, first, last, kinds[0, index], inverse, right, down, viewer, material)
                left, end = min(left, first), max(end, last)
    if cube[2] - 6.0 <= 2.0 * row and 2.0 * row <= cube[3] + 6.0:
        first, last = max(int(0.5 * cube[0]) - 3, 0), min(int(0.5 * cube[1]) + 4, width)
        if first < last:
            draw_cube_surface(planes, edges, at, first, last, _CORAL, inverse, right, down, viewer, material)
            left, end = min(left, first), max(end, last)
    return left, end


def cover_row(y: int, width: int, described: Array, edges: Array, cube: Array, cover: Array) -> tuple[int, int]:
    """Cover a row of the picture with all outlines; the first pixel that may be covered and the one after the last."""
    left, end = width, 0
    at = np.float32(y)
    for index in range(len(described)):
        solid = described[index]
        if solid[LOW] <= at and at <= solid[HIGH]:
            a, b = span_of(solid, at)
            first, last = max(int(a), 0), min(int(b) + 2, width)
            if first < last:
                cover_capsule(solid, at, first, last, cover)
                left, end = min(left, first), max(end, last)
    if cube[2] - 2.0 <= y and y <= cube[3] + 2.0:
        first, last = max(int(cube[0]) - 2, 0), min(int(cube[1]) + 3, width)
        if first < last:
            cover_cube(edges, at, first, last, cover)
            left, end = min(left, first), max(end, last)
    return left, end


def measure_depth(inverse: Array, ground: Number, out: Array) -> None:
    """Depth of a row as depth_of in view: of the nearest of solids, floor and back wall."""
    far = np.float32(1.0 / FAR_M)
    behind = max(ground, far)
    for x in range(len(out)):
        value = (max(inverse[x], behind) - far) * np.float32(DEPTH_SCALE)
        out[x] = min(max(value, np.float32(0.0)), np.float32(1.0))


@kernel(
    "void(uint8[:,::1], float32[:,::1], uint8[:,::1], uint32[::1], float32[:,:,::1], float64[:,::1], float32[:,::1],"
    "float32[:,::1], float32[:,::1], float64[::1], float64[:,::1], float32[:,::1], float32[:,::1], int32[:,::1],"
    "uint64[:,::1], int64[:,::1], int64, int64, int64)"
)
def paint_stage(
    picture: Array, depth: Array, wall: Array, floor: Array, shades: Array, capsules: Array, planes: Array,
    edges: Array, shading: Array, camera: Array, boxes: Array, described: Array, rows: Array, kinds: Array,
    lanes: Array, lit_spans: Array, horizon: int, wall_left: int, wall_part: int,
) -> None:  # fmt: skip
    """Picture and depth of an instant.

    Args:
        picture: uint8 [height, 3 width]; depth: float32 [height / 2, width / 2].
        wall: uint8 [rows, 3 columns], its last row on the horizon.
        floor: uint32 [FLOOR_PX ** 2]; shades: scratch for `cast` [3, SHADOW_PX + 2 MARGIN, same].
        capsules: float64 [n + 1, 9], both ends in the world, both radii, material; the last only casts its shadow.
        planes, edges: the cube's, see draw_cube_surface and cover_cube.
        shading: float32 [3 + 3 + materials, 4]: weights of the lights, their colours, the palette.
        camera: float64 [15]: position, axes by rows, focal length, centre x and y.
        boxes: float64 [2, 4], left, right, top, bottom: scratch, and the cube in the picture.
        described: scratch [3 n, SURFACE_NUMBERS]; rows: scratch [5, width + 2 PAD]; kinds: scratch [2, same];
            lanes: scratch [4, long enough for the floor's strip]; lit_spans: scratch [3, 2].
        horizon: first row of floor. wall_left, wall_part: see paint_wall.
    """
    surface_rows, surface_width = depth.shape
    n = len(capsules) - 1
    surfaces = describe_solids(capsules[:n], camera, described, kinds[0])
    cast(capsules, shades[0], shades[1], shades[2], boxes[0])
    rows[:] = np.float32(0.0)
    kinds[1] = 0
    lanes[:3] = 0
    lit_spans[:] = 0
    floor_slope, floor_start, cover, cube = camera[7] / camera[12], camera[10], rows[4], boxes[1]
    done = -1
    for y in range(len(picture)):
        out = picture[y]
        if y < horizon:
            paint_wall(wall[len(wall) - horizon + y], wall_left, wall_part, out)
        else:
            paint_ground(y, camera, floor, shades[2], boxes[0], lanes[3], out)
        while done < min((y + 1) // 2, surface_rows - 1):
            done += 1
            span, lit = lit_spans[done % 3], lanes[done % 3][: surface_width + 2 * PAD]
            lit[span[0] + PAD : span[1] + PAD] = 0
            left, end = draw_row(done, surface_width, described[n:], surfaces, planes, edges, cube, rows, kinds)
            ground = (floor_slope * (2.0 * done + 0.5 - camera[14]) + floor_start) * (-1.0 / camera[1])
            measure_depth(rows[0][PAD:], np.float32(ground), depth[done])
            if left < end:
                light_surface(
                    left, end, shading[0:3], shading[3:6], shading[6:], rows[1], rows[2], rows[3], kinds[1], lit
                )
                rows[0][left + PAD : end + PAD + LANES] = np.float32(0.0)
            span[0], span[1] = left, max(left, end + LANES)
        left, end = cover_row(y, 2 * surface_width, described[:n], edges, cube, cover)
        if left < end:
            near, far = (y >> 1) % 3, min(max((y >> 1) + 2 * (y & 1) - 1, 0), surface_rows - 1) % 3
            lay_over(left, end, cover, lanes[near], lanes[far], surface_width, out)
            cover[left + PAD : end + PAD + LANES] = np.float32(0.0)
