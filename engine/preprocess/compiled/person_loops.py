"""What a person's matte goes through with every frame, as compiled loops over rows.

PlainPerson beside the matte does the same with OpenCV and numpy.
"""

from typing import Any

import numpy as np

from engine.jit import kernel
from engine.preprocess.compiled.cue_loops import guided

Array = Any
Number = Any


def steepen(row: Array, middle: Number, gain: Number) -> None:
    """About a middle, clipped to 0..1, in place."""
    for x in range(len(row)):
        found = (row[x] - middle) * gain + np.float32(0.5)
        row[x] = min(max(found, np.float32(0.0)), np.float32(1.0))


def sum_of(row: Array) -> Number:
    """Of a row."""
    found = np.float32(0.0)
    for x in range(len(row)):
        found += row[x]
    return found


def many_in(row: Array) -> Number:
    """How many of a row are above a half."""
    half, zero, one = np.float32(0.5), np.float32(0.0), np.float32(1.0)
    found = zero
    for x in range(len(row)):
        found += one if row[x] > half else zero
    return found


def stand_row(depth: Array, matte: Array, ramp: Number, weights: Array, out: Array) -> None:
    """A row of depth with the person of a matte before the floor; see stand_person."""
    one, floor, person, relief, presence = np.float32(1.0), weights[0], weights[1], weights[2], weights[3]
    base = floor * ramp
    for x in range(len(out)):
        ground = (one - floor) * depth[x] + base
        standing = ground + matte[x] * (person + relief * depth[x] - ground)
        out[x] = depth[x] + presence * (standing - depth[x])


@kernel(
    "void(float32[:,::1], uint8[:,::1], uint8[:,::1], float64, float64, float64, float32[:,:,::1], float32[:,::1],"
    "float32[:,::1])"
)
def refine_matte(
    known: Array, luma: Array, fine: Array, eps: float, middle: float, gain: float, planes: Array, lines: Array,
    out: Array,
) -> None:  # fmt: skip
    """Refine a matte along the picture's edges by a guided filter with a diameter of 3, and steepen it.

    Args:
        known: float32 [h, w]; luma: uint8 [h, w]; fine: uint8 [2 h, 2 w].
        eps: as in guided_upsample. middle, gain: what of its result becomes a half, and how steep it is there.
        planes: scratch [7, h, w]; lines: scratch [3, at least 2 w + 32].
        out: float32 [2 h, 2 w], 0..1.
    """
    guided(known, luma, fine, 1, np.float32(eps), planes, lines, out)
    for y in range(len(out)):
        steepen(out[y], np.float32(middle), np.float32(gain))


@kernel("void(float32[:,::1], float64[::1])")
def look_for_feet(matte: Array, told: Array) -> None:
    """Tell the matte's mean and its lowest row that has more than a half in it, -1 where none has."""
    height, width = matte.shape
    total: Number = 0.0
    told[1] = -1.0
    for y in range(height):
        total += sum_of(matte[y])
        if many_in(matte[y]) > np.float32(0.0):
            told[1] = y
    told[0] = total / (height * width)


@kernel("void(float32[:,::1], float32[:,::1], float32[:,::1], float32[::1], float32[:,::1])")
def stand_person(depth: Array, matte: Array, ramp: Array, weights: Array, out: Array) -> None:
    """Put the person of a matte onto the floor of a depth map.

    Args:
        depth, matte, out: float32 [h, w]. ramp: float32 [h, 1], how near the floor is.
        weights: share of the floor; nearness of the person; relief of the person; how far all of this counts.
    """
    for y in range(len(out)):
        stand_row(depth[y], matte[y], ramp[y, 0], weights, out[y])
