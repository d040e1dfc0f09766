"""Loops over the pixels of one row of what stands still, to be compiled: wall, floor and the light on it.

Colours lie in one number each, in 16-bit lanes R, B, G from the lowest, so that one multiplication weighs all three.
"""

from typing import Any, Final

import numpy as np

Number = Any
Row = Any

STRIDE: Final = 4
"""Floor texels between two looks at the shadows, which are softer than that."""


def paint_wall(wall: Row, left: int, part: int, out: Row) -> None:
    """Blend two columns of a wall's row: part / 256 of the one on the right."""
    here, beside = wall[3 * left : 3 * left + len(out)], wall[3 * left + 3 : 3 * left + 3 + len(out)]
    # In float32: numba's integers are of 64 bits, and few of them fit into a vector.
    weight, half = np.float32(part) / np.float32(256.0), np.float32(0.5)
    for k in range(len(out)):
        one, other = np.float32(here[k]), np.float32(beside[k])
        out[k] = np.uint8(np.int32(one + (other - one) * weight + half))


def paint_haze(red: int, green: int, blue: int, out: Row) -> None:
    """One colour."""
    for x in range(len(out) // 3):
        out[3 * x], out[3 * x + 1], out[3 * x + 2] = np.uint8(red), np.uint8(green), np.uint8(blue)


def spread(texel: Number) -> Number:
    """The lanes of a texel R G B X."""
    return (texel & np.uint64(0xFF00FF)) | ((texel & np.uint64(0xFF00)) << np.uint64(24))


def light_at(shadow: Row, u: Number, v: Number) -> Number:
    """Light 0..255 at a place of the shadow map, whose outermost pixels repeat outside."""
    u, v = min(max(u, 0.0), len(shadow) - 1.001), min(max(v, 0.0), len(shadow) - 1.001)
    i, j = np.int64(u), np.int64(v)
    right, low = np.float32(u - i), np.float32(v - j)
    one, other = np.float32(shadow[j, i]), np.float32(shadow[j + 1, i])
    one += right * (np.float32(shadow[j, i + 1]) - one)
    other += right * (np.float32(shadow[j + 1, i + 1]) - other)
    return one + low * (other - one)


def paint_floor(
    texture: Row, edge: int, u: Number, v: Number, step_u: Number, step_v: Number,
    shadow: Row, shadow_scale: Number, shadow_offset: Number, shaded: Row, strip: Row, out: Row,
) -> None:  # fmt: skip
    """A row of the floor. Its distance is the same all along, so it is a straight line through the texture.

    First the colours where that line crosses the texture's columns, in the light there; then the pixels between them.

    Args:
        texture: uint32 [edge * edge], R G B X.
        u, v: texture pixel of the first pixel; step_u > 0 and step_v from one pixel to the next.
        shadow: uint8 [n, n], light 0..255, at texture pixel * shadow_scale + shadow_offset.
        shaded: left, right, top, bottom of what is not fully lit in it.
        strip: scratch uint64, long enough for step_u * width + 2.
        out: uint8 [3 width].
    """
    full, rounding, lanes = np.uint64(256), np.uint64(0x0000008000800080), np.uint64(0x000000FF00FF00FF)
    width = len(out) // 3
    first = np.int64(np.floor(u))
    count: Number = np.int64(np.floor(u + step_u * (width - 1))) - first + 2
    slope = step_v / step_u
    v += (first - u) * slope
    place, step = np.int64(v * 65536.0), np.int64(slope * 65536.0)
    for n in range(count):
        row: Number = min(max(place, 0), (edge - 2) << 16)
        weight = np.uint64((row >> 8) & 255)
        at = np.uint64((row >> 16) * edge + min(max(first + n, 0), edge - 1))
        above, below = spread(np.uint64(texture[at])), spread(np.uint64(texture[at + np.uint64(edge)]))
        strip[n] = ((above * (full - weight) + below * weight + rounding) >> np.uint64(8)) & lanes
        place += step
    shadow_u, shadow_v = first * shadow_scale + shadow_offset, v * shadow_scale + shadow_offset
    to_lanes = np.float32(65536.0 / 255.0)
    before = light_at(shadow, shadow_u, shadow_v)
    for n in range(0, count, STRIDE):
        shadow_u += STRIDE * shadow_scale
        shadow_v += STRIDE * slope * shadow_scale
        after = np.float32(255.0)
        if shaded[0] < shadow_u < shaded[1] and shaded[2] < shadow_v < shaded[3]:
            after = light_at(shadow, shadow_u, shadow_v)
        if min(before, after) < np.float32(255.0):
            light, change = before * to_lanes, (after - before) * (to_lanes / np.float32(STRIDE))
            for k in range(n, min(n + STRIDE, count)):
                strip[k] = ((strip[k] * np.uint64(np.int32(light) >> 8) + rounding) >> np.uint64(8)) & lanes
                light += change
        before = after
    place, step = np.int64((u - first) * 65536.0), np.int64(step_u * 65536.0)
    for x in range(width):
        at, weight = np.uint64(place >> 16), np.uint64((place >> 8) & 255)
        mixed = (strip[at] * (full - weight) + strip[at + np.uint64(1)] * weight + rounding) >> np.uint64(8)
        out[3 * x] = np.uint8(mixed & np.uint64(0xFF))
        out[3 * x + 1] = np.uint8((mixed >> np.uint64(32)) & np.uint64(0xFF))
        out[3 * x + 2] = np.uint8((mixed >> np.uint64(16)) & np.uint64(0xFF))
        place += step
