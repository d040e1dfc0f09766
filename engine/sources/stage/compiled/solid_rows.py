"""Loops over the pixels of one row of solids, to be compiled: surfaces, light, outlines, and laying over the picture.

Rows of scratch have PAD pixels more at either end, so that loops run in whole blocks of LANES: a loop of a
constant number of steps becomes vector code, whatever the span.
"""

import math
from typing import Any, Final

import numpy as np

Number = Any
"""A scalar of numpy or Python."""

Row = Any
"""A row of pixels, or a row of numbers that describe one solid."""

PAD: Final = 32
LANES: Final = 16

# A solid's surface, in pixels of half the picture: what each number of its row means.
START_X: Final = 0
START_Y: Final = 1
RUN_X: Final = 2  # from start to end
RUN_Y: Final = 3
RADIUS: Final = 4
WIDENING: Final = 5
ALONG_X: Final = 6  # the run over its squared length
ALONG_Y: Final = 7
ACROSS_X: Final = 8
ACROSS_Y: Final = 9
KEPT: Final = 10
TILT: Final = 11
INVERSE: Final = 12
DEEPENING: Final = 13
BULGE: Final = 14
RIM: Final = 15  # squared, in radii
REACH: Final = 16  # pixels around the axis within which it must be looked for
LOW: Final = 17  # first and last row
HIGH: Final = 18
SURFACE_NUMBERS: Final = 19

# Its outline, in pixels of the picture; the first four and the last three mean the same.
UNIT_X: Final = 4
UNIT_Y: Final = 5
LENGTH: Final = 6
START_RADIUS: Final = 7
END_RADIUS: Final = 8
SLOPE: Final = 9  # sine and cosine of the angle between axis and tangent
COSINE: Final = 10

_MARGIN: Final = 1e-6  # as in capsules
_MARGIN_PX: Final = 2.0
_SEARCH_PX: Final = 3.0

COVER_PX: Final = 1.0
"""How far outside its outline a solid still covers something of a pixel: OpenCV's smooth polygons are this wide."""


def describe_outline(x0: Number, y0: Number, r0: Number, x1: Number, y1: Number, r1: Number, out: Row) -> None:
    """Numbers of the outline of two discs with their common tangents; where one holds the other, of that one."""
    run_x, run_y = x1 - x0, y1 - y0
    length = math.sqrt(run_x * run_x + run_y * run_y)
    slope, unit_x, unit_y = 0.0, 1.0, 0.0
    if length <= abs(r0 - r1) + 1e-6:
        if r1 > r0:
            x0, y0, r0 = x1, y1, r1
        r1 = r0
        run_x, run_y, length = 0.0, 0.0, 0.0
    else:
        unit_x, unit_y = run_x / length, run_y / length
        slope = (r0 - r1) / length
    out[START_X], out[START_Y], out[RUN_X], out[RUN_Y] = x0, y0, run_x, run_y
    out[UNIT_X], out[UNIT_Y], out[LENGTH] = unit_x, unit_y, length
    out[START_RADIUS], out[END_RADIUS] = r0, r1
    out[SLOPE], out[COSINE] = slope, math.sqrt(1.0 - slope * slope)
    out[REACH] = max(r0, r1) + COVER_PX
    out[LOW] = min(y0 - r0, y0 + run_y - r1) - COVER_PX
    out[HIGH] = max(y0 + r0, y0 + run_y + r1) + COVER_PX


def describe_ball(x: Number, y: Number, radius: Number, inverse: Number, bulge: Number, out: Row) -> None:
    """Numbers of the surface of a ball: a capsule without a run."""
    out[:] = 0.0
    out[START_X], out[START_Y], out[RADIUS], out[INVERSE], out[BULGE] = x, y, radius, inverse, bulge
    rim = 1.0 + _MARGIN_PX / radius
    out[RIM], out[REACH] = rim * rim, radius + _SEARCH_PX
    out[LOW], out[HIGH] = y - radius - _SEARCH_PX, y + radius + _SEARCH_PX


def describe_capsule(
    x0: Number, y0: Number, r0: Number, i0: Number, x1: Number, y1: Number, r1: Number, i1: Number,
    bulge: Number, focal: Number, out: Row,
) -> None:  # fmt: skip
    """Numbers of the surface of a capsule that is not seen end-on; see surface_of_capsule in capsules."""
    run_x, run_y = x1 - x0, y1 - y0
    length2 = run_x * run_x + run_y * run_y
    length = math.sqrt(length2)
    widening = r1 - r0
    away = (1.0 / i1 - 1.0 / i0) * focal * 0.5 * (i0 + i1)
    tilt = away / math.sqrt(length2 + away * away)
    kept = 0.0
    if abs(tilt) * r0 > 0.5:
        kept = max(1.0 - max(tilt * widening / length, 0.0), 0.0)
    else:
        tilt = 0.0
    out[START_X], out[START_Y], out[RUN_X], out[RUN_Y] = x0, y0, run_x, run_y
    out[RADIUS], out[WIDENING] = r0, widening
    out[ALONG_X], out[ALONG_Y] = run_x / length2, run_y / length2
    out[ACROSS_X], out[ACROSS_Y] = run_y / length, run_x / length
    out[KEPT], out[TILT] = kept, tilt / length
    out[INVERSE], out[DEEPENING], out[BULGE] = i0, i1 - i0, bulge
    rim = 1.0 + _MARGIN_PX / min(r0, r1)
    out[RIM], out[REACH] = rim * rim, max(r0, r1) + _SEARCH_PX
    out[LOW] = min(y0 - r0, y1 - r1) - _SEARCH_PX
    out[HIGH] = max(y0 + r0, y1 + r1) + _SEARCH_PX


def span_of(solid: Row, y: Number) -> tuple[Number, Number]:
    """Where in row y a solid can be, as (left, right); left > right where nowhere.

    A point of it lies in a ball around some point of the axis; which points that can be for this row is a
    stretch of the axis.
    """
    run_y, reach = solid[RUN_Y], solid[REACH]
    low, high = y - reach - solid[START_Y], y + reach - solid[START_Y]
    begin, end = np.float32(0.0), np.float32(1.0)
    if abs(run_y) > np.float32(1e-3):
        one, other = low / run_y, high / run_y
        begin, end = max(min(one, other), begin), min(max(one, other), end)
        if begin > end:
            return np.float32(1.0), np.float32(0.0)
    one, other = solid[START_X] + begin * solid[RUN_X], solid[START_X] + end * solid[RUN_X]
    return min(one, other) - reach, max(one, other) + reach


def draw_surface(
    solid: Row, y: Number, first: int, last: int, kind: Number,
    inverse: Row, right: Row, down: Row, viewer: Row, material: Row,
) -> None:  # fmt: skip
    """A capsule's pixels first .. last of row y, where it is nearest. As surface_of_capsule in capsules."""
    zero, one, margin = np.float32(0.0), np.float32(1.0), np.float32(_MARGIN)
    start_x, run_x, run_y = solid[START_X], solid[RUN_X], solid[RUN_Y]
    start_radius, widening, kept, tilt = solid[RADIUS], solid[WIDENING], solid[KEPT], solid[TILT]
    along_x, across_x = solid[ALONG_X], solid[ACROSS_X]
    start_inverse, deepening, bulge, rim = solid[INVERSE], solid[DEEPENING], solid[BULGE], solid[RIM]
    below = y - solid[START_Y]
    along_y, across_y = below * solid[ALONG_Y], below * solid[ACROSS_Y]
    for at in range(first, last, LANES):
        begin, end = at + PAD, at + PAD + LANES
        depths, rights, downs = inverse[begin:end], right[begin:end], down[begin:end]
        viewers, kinds = viewer[begin:end], material[begin:end]
        beside = np.float32(at) - start_x
        for k in range(LANES):
            x = beside + np.float32(k)
            along = x * along_x + along_y
            across = x * across_x - across_y
            # The ball under the pixel, where the axis leans away; kept and tilt are 0 where it does not.
            height = (min(max(along, zero), one) * widening + start_radius) * kept
            along -= math.sqrt(max(height * height - across * across, zero)) * tilt
            along = min(max(along, zero), one)
            scale = one / (start_radius + along * widening)
            ex, ey = (x - along * run_x) * scale, (below - along * run_y) * scale
            outside = ex * ex + ey * ey
            facing = math.sqrt(max(one - outside, zero))
            value = facing * bulge + (start_inverse + along * deepening)
            value = value if outside < one else (margin if outside < rim else zero)
            seen = value > depths[k]
            depths[k] = value if seen else depths[k]
            rights[k] = ex if seen else rights[k]
            downs[k] = ey if seen else downs[k]
            viewers[k] = facing if seen else viewers[k]
            kinds[k] = kind if seen else kinds[k]


def draw_cube_surface(
    planes: Row, edges: Row, y: Number, first: int, last: int, kind: Number,
    inverse: Row, right: Row, down: Row, viewer: Row, material: Row,
) -> None:  # fmt: skip
    """The cube's pixels first .. last of row y: planes [n, 6] as a, b, c and normal, edges [m, 3] as cover_cube's."""
    margin = np.float32(_MARGIN)
    for x in range(first, last):
        picture_x, picture_y = np.float32(2 * x) + np.float32(0.5), y + y + np.float32(0.5)
        outside = np.float32(-1e9)
        for n in range(len(edges)):
            outside = max(outside, edges[n, 0] * picture_x + edges[n, 1] * picture_y + edges[n, 2])
        nearest, face = np.float32(1e9), 0
        for n in range(len(planes)):
            value = planes[n, 0] * picture_x + planes[n, 1] * picture_y + planes[n, 2]
            if value < nearest:
                nearest, face = value, n
        if outside > np.float32(0.0):
            nearest = margin if outside < np.float32(2.0 * _SEARCH_PX) else np.float32(0.0)
        if nearest > inverse[x + PAD]:
            inverse[x + PAD] = nearest
            right[x + PAD], down[x + PAD], viewer[x + PAD] = planes[face, 3], planes[face, 4], -planes[face, 5]
            material[x + PAD] = kind


def light_surface(
    first: int, last: int, weights: Row, colours: Row, palette: Row,
    right: Row, down: Row, viewer: Row, material: Row, lit: Row,
) -> None:  # fmt: skip
    """Shade pixels first .. last into lit, in 16-bit lanes R, B, G from the lowest."""
    zero, full, half = np.float32(0.0), np.float32(255.0), np.float32(0.5)
    for at in range(first, last, LANES):
        begin, end = at + PAD, at + PAD + LANES
        rights, downs, viewers, kinds = right[begin:end], down[begin:end], viewer[begin:end], material[begin:end]
        out = lit[begin:end]
        for k in range(LANES):
            x, y, z = rights[k], downs[k], viewers[k]
            key = max(x * weights[0, 0] + y * weights[0, 1] + z * weights[0, 2] + weights[0, 3], zero)
            left = max(x * weights[1, 0] + y * weights[1, 1] + z * weights[1, 2] + weights[1, 3], zero)
            back = max(x * weights[2, 0] + y * weights[2, 1] + z * weights[2, 2] + weights[2, 3], zero)
            kind = kinds[k]
            red = key * colours[0, 0] + left * colours[0, 1] + back * colours[0, 2] + colours[0, 3]
            green = key * colours[1, 0] + left * colours[1, 1] + back * colours[1, 2] + colours[1, 3]
            blue = key * colours[2, 0] + left * colours[2, 1] + back * colours[2, 2] + colours[2, 3]
            r = np.uint64(np.int32(min(red * palette[kind, 0], full) + half))
            g = np.uint64(np.int32(min(green * palette[kind, 1], full) + half))
            b = np.uint64(np.int32(min(blue * palette[kind, 2], full) + half))
            out[k] = r | (b << np.uint64(16)) | (g << np.uint64(32))


def cover_capsule(outline: Row, y: Number, first: int, last: int, cover: Row) -> None:
    """How much of pixels first .. last of picture row y an outline covers, by its distance; keeps the greatest."""
    zero, one, edge = np.float32(0.0), np.float32(1.0), np.float32(COVER_PX)
    below = y - outline[START_Y]
    start_x, unit_x, unit_y, length = outline[START_X], outline[UNIT_X], outline[UNIT_Y], outline[LENGTH]
    start_radius, end_radius = outline[START_RADIUS], outline[END_RADIUS]
    slope, cosine = outline[SLOPE], outline[COSINE]
    far_end = cosine * length
    for at in range(first, last, LANES):
        out = cover[at + PAD : at + PAD + LANES]
        beside = np.float32(at) - start_x
        for k in range(LANES):
            x = beside + np.float32(k)
            along = x * unit_x + below * unit_y
            across = abs(x * unit_y - below * unit_x)
            place = cosine * along - slope * across
            rest = along - length
            at_start = math.sqrt(across * across + along * along) - start_radius
            at_end = math.sqrt(across * across + rest * rest) - end_radius
            between = cosine * across + slope * along - start_radius
            distance = at_start if place < zero else (at_end if place > far_end else between)
            out[k] = max(out[k], min(max(edge - distance, zero), one))


def cover_cube(edges: Row, y: Number, first: int, last: int, cover: Row) -> None:
    """The same for the cube: edges [n, 3], distance outside each = a x + b y + c in picture pixels."""
    for x in range(first, last):
        outside = np.float32(-1e9)
        for n in range(len(edges)):
            outside = max(outside, edges[n, 0] * np.float32(x) + edges[n, 1] * y + edges[n, 2])
        share = min(max(np.float32(COVER_PX) - outside, np.float32(0.0)), np.float32(1.0))
        cover[x + PAD] = max(cover[x + PAD], share)


def lay_over(first: int, last: int, cover: Row, near: Row, far: Row, width: int, out: Row) -> None:
    """Lay lit surfaces over pixels first .. last of a picture row.

    Args:
        near, far: the lit rows beside it, at 1/4 and 3/4 of a surface pixel: enlarging is linear.
        width: of the lit rows.
        out: uint8 [3 width].
    """
    three = np.uint64(3)
    begin, end = first >> 1, (last + 1) >> 1
    at = np.uint64(max(begin - 1, 0) + PAD)
    before = near[at] * three + far[at]
    at = np.uint64(begin + PAD)
    here = near[at] * three + far[at]
    for surface in range(begin, end):
        at = np.uint64(min(surface + 1, width - 1) + PAD)
        after = near[at] * three + far[at]
        x = np.uint64(2 * surface)
        if cover[x + np.uint64(PAD)] > np.float32(0.0):
            mix(cover[x + np.uint64(PAD)], here * three + before, x * three, out)
        x += np.uint64(1)
        if cover[x + np.uint64(PAD)] > np.float32(0.0):
            mix(cover[x + np.uint64(PAD)], here * three + after, x * three, out)
        before, here = here, after


def mix(share: Number, sixteenfold: Number, at: Number, out: Row) -> None:
    """Lay a share of 16 times a colour over the pixel at byte at."""
    lanes, rounding, byte = np.uint64(0x000000FF00FF00FF), np.uint64(0x0000008000800080), np.uint64(0xFF)
    green, blue = at + np.uint64(1), at + np.uint64(2)
    solid = ((sixteenfold + np.uint64(0x0000000800080008)) >> np.uint64(4)) & lanes
    weight = np.uint64(np.int32(share * np.float32(256.0) + np.float32(0.5)))
    under = np.uint64(out[at]) | (np.uint64(out[green]) << np.uint64(32)) | (np.uint64(out[blue]) << np.uint64(16))
    mixed = (under * (np.uint64(256) - weight) + solid * weight + rounding) >> np.uint64(8)
    out[at] = np.uint8(mixed & byte)
    out[green], out[blue] = np.uint8((mixed >> np.uint64(32)) & byte), np.uint8((mixed >> np.uint64(16)) & byte)
