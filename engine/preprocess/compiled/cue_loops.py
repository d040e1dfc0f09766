"""The image cues as compiled loops; PlainReading in cues does the same with OpenCV and numpy."""

from typing import Any, Final

import numpy as np

from engine.jit import kernel
from engine.preprocess.compiled.row_filters import (
    box_mean,
    length,
    mirrored,
    negative_exp,
    pad_edge,
    percentile,
    sample_line,
)

Array = Any
Number = Any

# Places in what is remembered from picture to picture, and in how much of the new picture counts.
PACE: Final = 0
DETAIL: Final = 1
LOW: Final = 2
HIGH: Final = 3
MEMORIES: Final = 4

GROUND_WEIGHT: Final = 0
RANGE_WEIGHT: Final = 1  # of pace and detail
MOVED_WEIGHT: Final = 2  # of what has moved before
SETTLE_WEIGHT: Final = 3
ENDS_WEIGHT: Final = 4  # of the ends of the range; 1 for the first picture
COUNTS: Final = 5

# Places among the constants of the cues.
MOTION: Final = 0
FIGURE: Final = 1
FOCUS: Final = 2
VIVID: Final = 3
SLOWEST: Final = 4
TOLERANCE: Final = 5
LOWEST: Final = 6  # percentiles of the range
HIGHEST: Final = 7
LEAST_SPAN: Final = 8
EPS: Final = 9
CONSTANTS: Final = 10


def lab_line(lab: Array, lightness: Array, a: Array, b: Array) -> None:
    """A row of OpenCV's 8-bit Lab [3 w] in Lab units."""
    for x in range(len(lab) // 3):
        at = np.uint64(3) * np.uint64(x)
        lightness[x] = np.float32(lab[at]) * np.float32(100.0 / 255.0)
        a[x] = np.float32(lab[at + np.uint64(1)]) - np.float32(128.0)
        b[x] = np.float32(lab[at + np.uint64(2)]) - np.float32(128.0)


def patch_colours(lab: Array, patch: Array, out: Array) -> None:
    """Mean (3 numbers) and covariance (xx, xy, xz, yy, yz, zz) of the colours of a patch: top, bottom, left, right."""
    out[:] = 0.0
    count = (patch[1] - patch[0]) * (patch[3] - patch[2])
    # About a middle grey, so that the squares lose nothing.
    for row in range(patch[0], patch[1]):
        for column in range(patch[2], patch[3]):
            at = 3 * column
            x = (float(lab[row, at]) - 128.0) * (100.0 / 255.0)
            y, z = float(lab[row, at + 1]) - 128.0, float(lab[row, at + 2]) - 128.0
            out[0], out[1], out[2] = out[0] + x, out[1] + y, out[2] + z
            out[3], out[4], out[5] = out[3] + x * x, out[4] + x * y, out[5] + x * z
            out[6], out[7], out[8] = out[6] + y * y, out[7] + y * z, out[8] + z * z
    for n in range(9):
        out[n] /= count
    x, y, z = out[0], out[1], out[2]
    out[3], out[4], out[5] = out[3] - x * x, out[4] - x * y, out[5] - x * z
    out[6], out[7], out[8] = out[6] - y * y, out[7] - y * z, out[8] - z * z
    out[0] += 128.0 * 100.0 / 255.0


def inverse_form(colours: Array, granted: float, out: Array) -> None:
    """Mean and the inverse of covariance + granted * 1, its mixed terms doubled: 3 + 6 float32."""
    a, b, c = colours[3] + granted, colours[4], colours[5]
    d, e, f = colours[6] + granted, colours[7], colours[8] + granted
    aa, ab, ac = d * f - e * e, c * e - b * f, b * e - c * d
    scale = 1.0 / (a * aa + b * ab + c * ac)
    out[0], out[1], out[2] = colours[0], colours[1], colours[2]
    out[3], out[4], out[5] = aa * scale, 2.0 * ab * scale, 2.0 * ac * scale
    out[6], out[7], out[8] = (a * f - c * c) * scale, 2.0 * (b * c - a * e) * scale, (a * d - b * b) * scale


def border_motion(flow: Array, patches: Array, axis: int, values: Array) -> Number:
    """Median of one axis of the flow over every fourth row and column of the patches."""
    count = 0
    for n in range(len(patches)):
        for y in range(patches[n, 0], patches[n, 1], 4):
            for x in range(patches[n, 2], patches[n, 3], 4):
                values[count] = flow[y, 2 * x + axis]
                count += 1
    return percentile(values, count, 50.0)


def laplacian(above: Array, here: Array, below: Array, centre: Array, out: Array) -> None:
    """A quarter of the size of the Laplacian of a row of bytes. centre: scratch [w + 2]."""
    width = len(here)
    widths = centre[1:]
    for x in range(width):
        widths[x] = np.float32(here[x])
    centre[0], centre[width + 1] = centre[2], centre[width - 1]
    middle, right = centre[1:], centre[2:]
    for x in range(width):
        around = np.float32(above[x]) + np.float32(below[x]) + centre[x] + right[x]
        out[x] = abs(around - np.float32(4.0) * middle[x]) * np.float32(0.25)


def add_pairs(one: Array, other: Array, out: Array) -> None:
    """Sums of two neighbours in each of two rows."""
    for x in range(len(out)):
        even = np.uint64(2) * np.uint64(x)
        odd = even + np.uint64(1)
        out[x] = one[even] + one[odd] + other[even] + other[odd]


def fine_energy(fine: Array, lines: Array, out: Array) -> None:
    """Size of the Laplacian of fine uint8 [2 h, 2 w], mean of two by two: float32 [h, w]."""
    height = len(fine)
    for y in range(0, height, 2):
        laplacian(fine[mirrored(y - 1, height)], fine[y], fine[y + 1], lines[0], lines[1])
        laplacian(fine[y], fine[y + 1], fine[mirrored(y + 2, height)], lines[0], lines[2])
        add_pairs(lines[1], lines[2], out[y >> 1])


def blend(here: Array, beside: Array, out: Array) -> None:
    """Three quarters of a row and one of another."""
    for x in range(len(here)):
        out[x] = here[x] * np.float32(0.75) + beside[x] * np.float32(0.25)


def widen(line: Array, count: int, out: Array) -> None:
    """A row of so many pixels at twice the size; linear. line: [count + 2], the row from 1 on."""
    middle, right = line[1:], line[2:]
    most, least = np.float32(0.75), np.float32(0.25)
    for x in range(count):
        even = np.uint64(2) * np.uint64(x)
        out[even] = middle[x] * most + line[x] * least
        out[even + np.uint64(1)] = middle[x] * most + right[x] * least


def enlarge_row(image: Array, row: int, line: Array, out: Array) -> None:
    """A row of an image at twice the size; linear. line: scratch [w + 2]."""
    height, width = image.shape
    y = row >> 1
    blend(image[y], image[min(max(y + 2 * (row & 1) - 1, 0), height - 1)], line[1:])
    line[0], line[width + 1] = line[1], line[width]
    widen(line, width, out)


def products(luma: Array, values: Array, guide: Array, product: Array, square: Array) -> None:
    """A row of luma as guide in 0..1, times the values, and times itself."""
    for x in range(len(luma)):
        level = np.float32(luma[x]) * np.float32(1.0 / 255.0)
        guide[x], product[x], square[x] = level, level * values[x], level * level


def fit(
    mean_guide: Array, mean_values: Array, mean_product: Array, mean_square: Array, eps: Number,
    slope: Array, offset: Array,
) -> None:  # fmt: skip
    """A row of the linear functions from guide to values."""
    for x in range(len(slope)):
        middle = mean_guide[x]
        variance = max(mean_square[x] - middle * middle, np.float32(0.0))
        slope[x] = (mean_product[x] - middle * mean_values[x]) / (variance + eps)
        offset[x] = mean_values[x] - slope[x] * middle


def follow(slopes: Array, offsets: Array, luma: Array, out: Array) -> None:
    """A row of the values of linear functions of luma."""
    for x in range(len(out)):
        out[x] = slopes[x] * (np.float32(luma[x]) * np.float32(1.0 / 255.0)) + offsets[x]


def guided(
    values: Array, luma: Array, fine: Array, radius: int, eps: Number, planes: Array, lines: Array, out: Array
) -> None:  # fmt: skip
    """guided_upsample of filters with a diameter of 2 radius + 1: values [h, w] along luma, delivered along fine
    [2 h, 2 w]."""
    height = len(values)
    guide, product, square = planes[0], planes[1], planes[2]
    mean_guide, mean_values, mean_product, mean_square = planes[3], planes[4], planes[5], planes[6]
    for y in range(height):
        products(luma[y], values[y], guide[y], product[y], square[y])
    box_mean(guide, radius, lines, mean_guide)
    box_mean(values, radius, lines, mean_values)
    box_mean(product, radius, lines, mean_product)
    box_mean(square, radius, lines, mean_square)
    slope, offset = guide, product
    for y in range(height):
        fit(mean_guide[y], mean_values[y], mean_product[y], mean_square[y], eps, slope[y], offset[y])
    box_mean(slope, radius, lines, mean_guide)
    box_mean(offset, radius, lines, mean_values)
    for row in range(2 * height):
        enlarge_row(mean_guide, row, lines[0], lines[1])
        enlarge_row(mean_values, row, lines[0], lines[2])
        follow(lines[1], lines[2], fine[row], out[row])


def strange_to(lightness: Array, a: Array, b: Array, colours: Array, out: Array) -> None:
    """Squared distance of a row's colours from those of a patch, in deviations (see inverse_form), where it is less."""
    p0, q0, r0 = colours[0], colours[1], colours[2]
    pp, pq, pr, qq, qr, rr = colours[3], colours[4], colours[5], colours[6], colours[7], colours[8]
    for x in range(len(out)):
        p, q, r = lightness[x] - p0, a[x] - q0, b[x] - r0
        far = p * (p * pp + q * pq + r * pr) + q * (q * qq + r * qr) + r * r * rr
        out[x] = min(out[x], far)


def remember_motion(
    flow: Array, away_x: Number, away_y: Number, pace: Number, fading: Number, novelty: Array, known: Array, out: Array
) -> None:
    """A row of how much moves against the ground, or has moved: 0..1."""
    one = np.float32(1.0)
    for x in range(len(out)):
        at = np.uint64(2) * np.uint64(x)
        now = min(length(flow[at] - away_x, flow[at + np.uint64(1)] - away_y) * pace, one)
        out[x] = max(known[x] * (fading * (one - novelty[x])), now)


def see_figure(strange: Array, standing: Array) -> None:
    """From the strangeness of a row's colours, in place, to how far it speaks for a figure."""
    for x in range(len(strange)):
        far = max(strange[x], np.float32(0.0)) * np.float32(1.0 / (2.5 * 2.5))
        strange[x] = standing[x] * (np.float32(1.0) - negative_exp(far))


def add_up(
    prior: Array, speeds: Array, figure: Array, energy: Array, a: Array, b: Array, weights: Array, blur: Number,
    out: Array,
) -> None:  # fmt: skip
    """A row of nearness: weights of motion, figure, focus and vividness."""
    one = np.float32(1.0)
    for_motion, for_figure, for_focus, for_vivid = weights[0], weights[1], weights[2], weights[3]
    for x in range(len(out)):
        # Flow is blunt at outlines and leaves a trail; where the colour is the ground's it counts for little.
        moves = speeds[x] * (np.float32(0.3) + np.float32(0.7) * figure[x])
        vivid = min(length(a[x], b[x]) * np.float32(1.0 / 60.0), one)
        focus = energy[x] / (energy[x] + blur)
        out[x] = prior[x] + for_motion * moves + for_figure * figure[x] + for_focus * focus + for_vivid * vivid


def settle(known: Array, cues: Array, novelty: Array, weight: Number, out: Array) -> None:
    """A row of new cues blended into what was known; the newly seen counts at once."""
    for x in range(len(out)):
        share = weight + (np.float32(1.0) - weight) * novelty[x]
        out[x] = known[x] + share * (cues[x] - known[x])


def split_places(places: Array, xs: Array, ys: Array) -> None:
    """Two rows of pairs [2 w]."""
    for x in range(len(places) // 2):
        at = np.uint64(2) * np.uint64(x)
        xs[x], ys[x] = places[at], places[at + np.uint64(1)]


def stretch(row: Array, start: Number, scale: Number) -> None:
    """Onto a range, in place, clipped to 0..1."""
    for x in range(len(row)):
        row[x] = min(max((row[x] - start) * scale, np.float32(0.0)), np.float32(1.0))


@kernel(
    "void(uint8[:,::1], uint8[:,::1], uint8[:,::1], float32[:,::1], float32[:,::1], float32[:,::1],"
    "float32[:,::1], float32[:,:,::1], float32[:,::1], float64[:,::1], int64[:,::1], float64[::1], float64[::1],"
    "float64[::1], float32[:,:,::1], float32[:,::1], float32[::1], float32[:,::1])"
)
def read_cues(
    lab: Array, luma: Array, fine: Array, flow: Array, origin: Array, novelty: Array, place: Array, known: Array,
    padded: Array, ground: Array, patches: Array, memory: Array, counts: Array, constants: Array,
    planes: Array, lines: Array, values: Array, depth: Array,
) -> None:  # fmt: skip
    """One picture's depth; see PlainReading.

    Args:
        lab: uint8 [h, 3 w], OpenCV's; luma: uint8 [h, w]; fine: uint8 [2 h, 2 w].
        flow, origin: float32 [h, 2 w], pairs; novelty: float32 [h, w]; see Motion.
        place: float32 [2 h, w], first the prior of the place, then how far a strange colour speaks for a figure.
        known: float32 [2, h, w], what has moved and what is near, in and out. padded: scratch [2, (h + 1) (w + 1)].
        ground: float64 [patches, 9], in and out; see patch_colours. patches: int64 [n, 4].
        memory: in and out, counts, constants: see their places above.
        planes: scratch [8, h, w]; lines: scratch [9, at least 2 w + 32]; values: scratch [at least h w / 4].
        depth: out, float32 [2 h, 2 w].
    """
    height, width = luma.shape
    colours = lines[7]
    for n in range(len(patches)):
        followed = ground[n]
        patch_colours(lab, patches[n], constants[CONSTANTS:])
        for k in range(9):
            followed[k] += counts[GROUND_WEIGHT] * (constants[CONSTANTS + k] - followed[k])
        inverse_form(followed, constants[TOLERANCE] * constants[TOLERANCE], colours[9 * n : 9 * n + 9])

    away_x, away_y = border_motion(flow, patches, 0, values), border_motion(flow, patches, 1, values)
    count = 0
    for y in range(0, height, 2):
        for x in range(0, width, 2):
            values[count] = length(flow[y, 2 * x] - away_x, flow[y, 2 * x + 1] - away_y)
            count += 1
    fastest = max(float(percentile(values, count, 98.0)), constants[SLOWEST])
    memory[PACE] += counts[RANGE_WEIGHT] * (fastest - memory[PACE])

    edges, energy, cues = planes[0], planes[1], planes[2]
    fine_energy(fine, lines, edges)
    box_mean(edges, 4, lines, energy)
    usual: Number = 0.0
    for y in range(height):
        row = energy[y]
        part = np.float32(0.0)
        for x in range(width):
            part += row[x]
        usual += part
    memory[DETAIL] += counts[RANGE_WEIGHT] * (usual / (height * width) - memory[DETAIL])

    pace, blur = np.float32(1.0 / memory[PACE]), np.float32(2.0 * memory[DETAIL] + 1.0)
    fading, settling = np.float32(counts[MOVED_WEIGHT]), np.float32(counts[SETTLE_WEIGHT])
    weights = lines[8]
    for n in range(4):
        weights[n] = constants[MOTION + n]
    moved_now, nearness_now, moved_before, nearness_before = known[0], known[1], padded[0], padded[1]
    pad_edge(moved_now, moved_before)
    pad_edge(nearness_now, nearness_before)
    lightness, a, b, strange = lines[0], lines[1], lines[2], lines[3][:width]
    xs, ys, before = lines[4], lines[5], lines[6]
    for y in range(height):
        lab_line(lab[y], lightness, a, b)
        strange[:] = np.float32(1e9)
        for n in range(len(patches)):
            strange_to(lightness, a, b, colours[9 * n : 9 * n + 9], strange)
        see_figure(strange, place[height + y])
        split_places(origin[y], xs, ys)
        sample_line(moved_before, height, width, xs, ys, before)
        remember_motion(flow[y], away_x, away_y, pace, fading, novelty[y], before, moved_now[y])
        add_up(place[y], moved_now[y], strange, energy[y], a, b, weights, blur, cues[y])
        sample_line(nearness_before, height, width, xs, ys, before)
        settle(before, cues[y], novelty[y], settling, nearness_now[y])
    guided(nearness_now, luma, fine, 4, np.float32(constants[EPS]), planes, lines, depth)
    count = 0
    for y in range(0, 2 * height, 4):
        for x in range(0, 2 * width, 4):
            values[count] = depth[y, x]
            count += 1
    low = float(percentile(values, count, constants[LOWEST]))
    high = float(percentile(values, count, constants[HIGHEST]))
    memory[LOW] += counts[ENDS_WEIGHT] * (low - memory[LOW])
    memory[HIGH] += counts[ENDS_WEIGHT] * (high - memory[HIGH])
    low, high = memory[LOW], memory[HIGH]
    if high - low < constants[LEAST_SPAN]:
        low, high = 0.5 * (low + high - constants[LEAST_SPAN]), 0.5 * (low + high + constants[LEAST_SPAN])
    for y in range(2 * height):
        stretch(depth[y], np.float32(low), np.float32(1.0 / (high - low)))


def blend_pairs(here: Array, beside: Array, xs: Array, ys: Array) -> None:
    """As blend, of pairs [2 w] into two rows."""
    most, least = np.float32(0.75), np.float32(0.25)
    for x in range(len(here) // 2):
        at = np.uint64(2) * np.uint64(x)
        odd = at + np.uint64(1)
        xs[x] = here[at] * most + beside[at] * least
        ys[x] = here[odd] * most + beside[odd] * least


def widen_pairs(xs: Array, ys: Array, count: int, out: Array) -> None:
    """As widen, of two rows into pairs: [4 count]."""
    middle_x, middle_y, right_x, right_y = xs[1:], ys[1:], xs[2:], ys[2:]
    most, least = np.float32(0.75), np.float32(0.25)
    for x in range(count):
        at = np.uint64(4) * np.uint64(x)
        out[at] = middle_x[x] * most + xs[x] * least
        out[at + np.uint64(1)] = middle_y[x] * most + ys[x] * least
        out[at + np.uint64(2)] = middle_x[x] * most + right_x[x] * least
        out[at + np.uint64(3)] = middle_y[x] * most + right_y[x] * least


@kernel("void(float32[:,::1], float32[:,::1], float32[:,::1])")
def enlarge_flow(flow: Array, lines: Array, out: Array) -> None:
    """Flow [h, 2 w], pairs, at twice the size, linear: out [2 h, 4 w]. lines: scratch [2, at least w + 2]."""
    height, width = len(flow), flow.shape[1] // 2
    xs, ys = lines[0], lines[1]
    for row in range(2 * height):
        y = row >> 1
        blend_pairs(flow[y], flow[min(max(y + 2 * (row & 1) - 1, 0), height - 1)], xs[1:], ys[1:])
        xs[0], ys[0], xs[width + 1], ys[width + 1] = xs[1], ys[1], xs[width], ys[width]
        widen_pairs(xs, ys, width, out[row])
