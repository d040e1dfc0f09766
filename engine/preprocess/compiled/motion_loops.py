"""What MotionTracker makes of raw flow, as compiled loops; `explained` in motion does it with OpenCV and numpy."""

import math
from typing import Any

import numpy as np

from engine.jit import kernel
from engine.preprocess.compiled.row_filters import box_mean, mirrored, pad_edge, sample_line

Array = Any
Number = Any


def slopes_of(luma: Array, smooth: Array, steep: Array, out: Array) -> None:
    """Sum of the slopes across and down, without sign, in levels per pixel (Sobel). smooth, steep: scratch [w + 2]."""
    height, width = luma.shape
    for y in range(height):
        across_rows(luma[mirrored(y - 1, height)], luma[y], luma[mirrored(y + 1, height)], smooth[1:], steep[1:])
        smooth[0], smooth[width + 1] = smooth[2], smooth[width - 1]
        steep[0], steep[width + 1] = steep[2], steep[width - 1]
        along_row(smooth, steep, out[y])


def across_rows(above: Array, here: Array, below: Array, smooth: Array, steep: Array) -> None:
    """Sobel's first half: weighted sum, and difference of three rows."""
    for x in range(len(here)):
        a, b = np.float32(above[x]), np.float32(below[x])
        smooth[x] = a + b + np.float32(2.0) * np.float32(here[x])
        steep[x] = b - a


def along_row(smooth: Array, steep: Array, out: Array) -> None:
    """Sobel's second half."""
    smooth_right, middle, steep_right = smooth[2:], steep[1:], steep[2:]
    for x in range(len(out)):
        across = smooth_right[x] - smooth[x]
        down = steep[x] + steep_right[x] + np.float32(2.0) * middle[x]
        out[x] = (abs(across) + abs(down)) * np.float32(1.0 / 8.0)


def shifted(shifts: Array, y: int, xs: Array, ys: Array) -> None:
    """Places of the pixels of row y, shifted by pairs [2 w]."""
    row = np.float32(y)
    for x in range(len(shifts) // 2):
        at = np.uint64(2) * np.uint64(x)
        xs[x], ys[x] = np.float32(np.int32(x)) + shifts[at], row + shifts[at + np.uint64(1)]


def missed_by(luma: Array, there: Array, out: Array) -> None:
    """How far a row of luma is from what was found in its place, to whole levels as bytes are."""
    for x in range(len(luma)):
        level = np.float32(np.int32(there[x] + np.float32(0.5)))
        there[x] = level
        out[x] = abs(np.float32(luma[x]) - level)


def differ(one: Array, other: Array, out: Array) -> None:
    """Distance of two rows of bytes."""
    for x in range(len(one)):
        out[x] = abs(np.float32(one[x]) - np.float32(other[x]))


def believe(
    still: Array, moved: Array, texture: Array, raw: Array, noise: Number,
    flow: Array, known: Array, known_x: Array, known_y: Array,
) -> None:  # fmt: skip
    """A row of flow, as far as it explains more than staying; how well it is known, and flow times that."""
    zero, one = np.float32(0.0), np.float32(1.0)
    for x in range(len(still)):
        gain = (still[x] - moved[x]) / (still[x] + noise)
        # Fitted to noise, flow still explains a tenth or so of it; true motion explains most.
        believed = min(max((gain - np.float32(0.15)) * np.float32(1.0 / 0.35), zero), one)
        detail, missed = texture[x] * texture[x], moved[x] * np.float32(1.0 / 12.0)
        share = detail / ((detail + np.float32(2.0)) * (one + missed * missed))
        at = np.uint64(2) * np.uint64(x)
        a, b = raw[at] * believed, raw[at + np.uint64(1)] * believed
        flow[at], flow[at + np.uint64(1)] = a, b
        known[x], known_x[x], known_y[x] = share, a * share, b * share


def fill_in(shares: Array, near_x: Array, near_y: Array, known: Array, flow: Array) -> None:
    """Where a row of flow is not known, take that of its known surroundings."""
    one = np.float32(1.0)
    for x in range(len(known)):
        scale = (one - known[x]) / (shares[x] + np.float32(0.02))
        at = np.uint64(2) * np.uint64(x)
        flow[at] = near_x[x] * scale + known[x] * flow[at]
        flow[at + np.uint64(1)] = near_y[x] * scale + known[x] * flow[at + np.uint64(1)]


def scale_down(flow: Array, across: Number, down: Number, most: Number) -> None:
    """A row of flow in pixels as fractions of the picture, no vector longer than most."""
    one = np.float32(1.0)
    for x in range(len(flow) // 2):
        at = np.uint64(2) * np.uint64(x)
        a, b = flow[at] * across, flow[at + np.uint64(1)] * down
        shorter = min(most / math.sqrt(max(a * a + b * b, np.float32(1e-12))), one)
        flow[at], flow[at + np.uint64(1)] = a * shorter, b * shorter


def keep_places(xs: Array, ys: Array, out: Array) -> None:
    """Pairs [2 w] of two rows."""
    for x in range(len(out) // 2):
        at = np.uint64(2) * np.uint64(x)
        out[at], out[at + np.uint64(1)] = xs[x], ys[x]


@kernel(
    "void(uint8[:,::1], uint8[:,::1], float32[:,::1], float32[:,::1], float32[:,::1], float32[:,:,::1],"
    "float32[:,::1], float32[::1], float32[:,::1], float64[::1], float64, float64, float64, float64)"
)
def explain_motion(
    luma: Array, past: Array, flow: Array, origin: Array, novelty: Array, planes: Array, lines: Array, padded: Array,
    raw: Array, told: Array, noise_level: float, longest: float, scale_x: float, scale_y: float,
) -> None:  # fmt: skip
    """See `explained` in motion.

    Args:
        luma, past: uint8 [h, w]. raw: float32 [h, 2 w], pairs, from this picture back to the past one, pixels.
        flow: out, the part of raw that is believed, filled in from known surroundings, times scale_x and scale_y,
            no vector longer than longest.
        origin: out, where each pixel was. novelty: out, 0 .. 1.
        planes: scratch [6, h, w]; lines: scratch [3, w + 20]; padded: scratch [(h + 1) (w + 1)].
        told: out, correlation with the explained picture, mean novelty.
        noise_level: as in motion.
    """
    height, width = luma.shape
    zero, one, noise, most = np.float32(0.0), np.float32(1.0), np.float32(noise_level), np.float32(longest)
    still, moved, known = planes[0], planes[1], planes[2]
    still_mean, moved_mean, texture = planes[3], planes[4], planes[5]
    xs, ys, there = lines[0], lines[1], lines[2]
    pad_edge(past, padded)
    for y in range(height):
        differ(luma[y], past[y], still[y])
        shifted(raw[y], y, xs, ys)
        sample_line(padded, height, width, xs, ys, there)
        missed_by(luma[y], there, moved[y])
    slopes_of(luma, lines[0], lines[1], known)
    box_mean(still, 4, lines, still_mean)
    box_mean(moved, 4, lines, moved_mean)
    box_mean(known, 2, lines, texture)
    for y in range(height):
        believe(still_mean[y], moved_mean[y], texture[y], raw[y], noise, flow[y], known[y], still[y], moved[y])
    shares, near_x, near_y = still_mean, moved_mean, texture
    box_mean(known, 10, lines, shares)
    box_mean(still, 10, lines, near_x)
    box_mean(moved, 10, lines, near_y)
    for y in range(height):
        fill_in(shares[y], near_x[y], near_y[y], known[y], flow[y])
    sum_a: Number = 0.0
    sum_b, sum_aa, sum_bb, sum_ab = sum_a, sum_a, sum_a, sum_a
    across, down = np.float32(scale_x), np.float32(scale_y)
    for y in range(height):
        here = luma[y]
        shifted(flow[y], y, xs, ys)
        sample_line(padded, height, width, xs, ys, there)
        missed_by(here, there, still[y])
        keep_places(xs, ys, origin[y])
        scale_down(flow[y], across, down, most)
        if y & 1 == 0:
            # Every second pixel tells the correlation; about a middle grey float32 loses nothing in a row.
            part_a, part_b, part_aa, part_bb, part_ab = zero, zero, zero, zero, zero
            for x in range(0, width, 2):
                a, b = np.float32(here[x]) - np.float32(128.0), there[x] - np.float32(128.0)
                part_a, part_b, part_ab = part_a + a, part_b + b, part_ab + a * b
                part_aa, part_bb = part_aa + a * a, part_bb + b * b
            sum_a, sum_b, sum_ab = sum_a + part_a, sum_b + part_b, sum_ab + part_ab
            sum_aa, sum_bb = sum_aa + part_aa, sum_bb + part_bb
    count = ((height + 1) // 2) * ((width + 1) // 2)
    box_mean(still, 2, lines, moved)
    total: Number = 0.0
    for y in range(height):
        row, out = moved[y], novelty[y]
        part: Number = zero
        for x in range(width):
            out[x] = min(max((row[x] - np.float32(4.0) * noise) * np.float32(1.0 / 32.0), zero), one)
            part += out[x]
        total += part
    spread = (sum_aa - sum_a * sum_a / count) * (sum_bb - sum_b * sum_b / count)
    told[0] = (sum_ab - sum_a * sum_b / count) / math.sqrt(spread) if spread > 1e-6 else 0.0
    told[1] = total / (height * width)
