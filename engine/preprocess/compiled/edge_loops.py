"""Canny's edges (1986) as compiled loops over rows; `plain_edges` of maps does the same with OpenCV.

Sums stay below 2 ** 24, where float32 is exact, so that the edges are OpenCV's to the pixel.
"""

from typing import Any, Final

import numpy as np

from engine.jit import kernel
from engine.preprocess.compiled.motion_loops import across_rows
from engine.preprocess.compiled.row_filters import length, mirrored, percentile

Array = Any
Number = Any

STEP: Final = 8
"""One pixel of 64 tells a percentile."""

BLOCK: Final = 32
"""Pixels of a row that are left out together where nothing in them is steep."""

WEAK: Final = 1
STRONG: Final = 2
JOINED: Final = 3
"""What a pixel of the trace is; 0: no ridge of the gradient."""


def blur_down(
    third: Array, second: Array, first: Array, here: Array, next_first: Array, next_second: Array, next_third: Array,
    out: Array,
) -> None:  # fmt: skip
    """Weighted sum of seven rows of bytes; with weights of 256 in all, those of OpenCV for a sigma of 1.4."""
    for x in range(len(here)):
        near = np.float32(first[x]) + np.float32(next_first[x])
        far = np.float32(second[x]) + np.float32(next_second[x])
        farthest = np.float32(third[x]) + np.float32(next_third[x])
        sides = near * np.float32(57.0) + far * np.float32(27.0) + farthest * np.float32(7.0)
        out[x] = np.float32(here[x]) * np.float32(74.0) + sides


def blur_along(line: Array, out: Array) -> None:
    """A row of such sums [w + 6], weighted and summed by sevens, as bytes [w]."""
    a, b, c, d, e, f, g = line, line[1:], line[2:], line[3:], line[4:], line[5:], line[6:]
    for x in range(len(out)):
        sides = (c[x] + e[x]) * np.float32(57.0) + (b[x] + f[x]) * np.float32(27.0) + (a[x] + g[x]) * np.float32(7.0)
        total = d[x] * np.float32(74.0) + sides
        out[x] = np.uint8(np.int32((total + np.float32(32768.0)) * np.float32(1.0 / 65536.0)))


def slope_row(smooth: Array, steep: Array, x_slopes: Array, y_slopes: Array, squares: Array) -> None:
    """Sobel's second half: sums over x and y of a row [w], and the square of their length [w + 2] but for its ends."""
    smooth_right, middle, steep_right, inner = smooth[2:], steep[1:], steep[2:], squares[1:]
    for x in range(len(x_slopes)):
        across = smooth_right[x] - smooth[x]
        down = steep[x] + steep_right[x] + np.float32(2.0) * middle[x]
        x_slopes[x], y_slopes[x] = across, down
        inner[x] = across * across + down * down


def find_ridges(
    above: Array, here: Array, below: Array, x_slopes: Array, y_slopes: Array, low: Number, high: Number, begin: int,
    end: int, out: Array,
) -> None:  # fmt: skip
    """Part of a row of WEAK and STRONG where the gradient is greatest across the edge, and 0 elsewhere.

    above, here, below: squares of the gradient [w + 2], 0 outside of the picture. low, high: of the squares.
    """
    zero, one, half, beside, opposite = np.float32(0.0), np.float32(1.0), np.float32(0.5), np.uint64(1), np.uint64(2)
    for x in range(begin, end):
        left = np.uint64(x)
        middle, right = left + beside, left + opposite
        across, down = abs(x_slopes[left]), abs(y_slopes[left])
        # The tangents of 22.5 and 67.5 degrees, 0.4142 and 2 more, in 32768ths as OpenCV has them.
        tangent = across * np.float32(13573.0)
        flat = down * np.float32(32768.0) < tangent
        upright = (down - across - across) * np.float32(32768.0) > tangent
        falling = x_slopes[left] * y_slopes[left] >= zero
        before = above[left] if falling else above[right]
        behind = below[right] if falling else below[left]
        before = above[middle] if upright else before
        behind = below[middle] - half if upright else behind  # of two equal ones the first counts
        before = here[left] if flat else before
        behind = here[right] - half if flat else behind
        square = here[middle]
        found = (one if square > low else zero) + (one if square > high else zero)
        out[middle] = np.uint8(np.int32(found if square > max(before, behind) else zero))


def steep_ones(squares: Array, low: Number, high: Number, begin: int, end: int) -> Number:
    """How many of a part of a row lie above low, and 256 for each that lies above high."""
    zero, one, many = np.float32(0.0), np.float32(1.0), np.float32(256.0)
    found = zero
    for x in range(begin, end):
        square = squares[np.uint64(x) + np.uint64(1)]
        found += (one if square > low else zero) + (many if square > high else zero)
    return found


def join_weak(trace: Array, stride: int, start: int, waiting: Array) -> None:
    """Turn what is WEAK and hangs together with a place into JOINED. waiting: scratch."""
    waiting[0] = start
    count = 1
    while count > 0:
        count -= 1
        place = waiting[count]
        for row in range(-1, 2):
            for column in range(-1, 2):
                beside = place + row * stride + column
                if trace[beside] == WEAK:
                    trace[beside] = JOINED
                    waiting[count] = beside
                    count += 1


def draw_row(trace: Array, out: Array) -> None:
    """1 where a row of the trace is an edge, else 0."""
    zero, one = np.float32(0.0), np.float32(1.0)
    for x in range(len(out)):
        out[x] = one if trace[x] >= STRONG else zero


@kernel("void(uint8[:,::1], float32[:,::1], float32[::1], float64[::1], float64, uint8[:,::1])")
def smooth_for_edges(luma: Array, lines: Array, values: Array, told: Array, percent: float, out: Array) -> None:
    """Blur a picture by a Gaussian of sigma 1.4 within seven pixels, and tell how steep it is.

    Args:
        luma, out: uint8 [h, w], both at least 4.
        lines: scratch [1, at least w + 6]; values: scratch for one pixel of 64.
        told: out, that percentile of the gradient, in levels per pixel.
    """
    height, width = luma.shape
    padded = lines[0][: width + 6]
    for y in range(height):
        blur_down(
            luma[mirrored(y - 3, height)], luma[mirrored(y - 2, height)], luma[mirrored(y - 1, height)], luma[y],
            luma[mirrored(y + 1, height)], luma[mirrored(y + 2, height)], luma[mirrored(y + 3, height)], padded[3:],
        )  # fmt: skip
        for n in range(3):
            padded[n] = padded[6 - n]
            padded[width + 3 + n] = padded[width + 1 - n]
        blur_along(padded, out[y])
    count = 0
    for y in range(0, height, STEP):
        above, here, below = out[mirrored(y - 1, height)], out[y], out[mirrored(y + 1, height)]
        for x in range(0, width, STEP):
            left, right = mirrored(x - 1, width), mirrored(x + 1, width)
            rising = np.float32(above[right]) + np.float32(2.0) * np.float32(here[right]) + np.float32(below[right])
            falling = np.float32(above[left]) + np.float32(2.0) * np.float32(here[left]) + np.float32(below[left])
            under = np.float32(below[left]) + np.float32(2.0) * np.float32(below[x]) + np.float32(below[right])
            over = np.float32(above[left]) + np.float32(2.0) * np.float32(above[x]) + np.float32(above[right])
            values[count] = length(rising - falling, under - over) * np.float32(1.0 / 8.0)
            count += 1
    told[0] = percentile(values, count, percent)


@kernel("void(uint8[:,::1], float64, float64, float32[:,::1], uint8[::1], uint8[:,::1], int32[::1], float32[:,::1])")
def trace_edges(
    smooth: Array, low: float, high: float, lines: Array, trace: Array, begins: Array, waiting: Array, out: Array
) -> None:  # fmt: skip
    """Draw the edges of a smooth picture.

    Args:
        smooth: uint8 [h, w].
        low, high: thresholds of the squared gradient, whole numbers, in eighths of levels per pixel.
        lines: scratch [9, at least w + 2]; trace: scratch [(h + 2) (w + 2)], 0 around; waiting: scratch [h w].
        begins: scratch [h, a place for each BLOCK of a row].
        out: float32 [h, w], 1 on edges, else 0.
    """
    height, width = smooth.shape
    stride = width + 2
    weak, strong = np.float32(low), np.float32(high)
    sums, steps = lines[0][: width + 2], lines[1][: width + 2]
    for n in range(2, 5):
        lines[n][: width + 2] = np.float32(0.0)
    for y in range(height + 1):
        # Rows of the gradient are kept for three rows, its directions for two: a ridge is known a row later.
        squares = lines[2 + y % 3][: width + 2]
        if y < height:
            above, below = smooth[mirrored(y - 1, height)], smooth[mirrored(y + 1, height)]
            across_rows(above, smooth[y], below, sums[1:], steps[1:])
            sums[0], sums[width + 1] = sums[2], sums[width - 1]
            steps[0], steps[width + 1] = steps[2], steps[width - 1]
            slope_row(sums, steps, lines[5 + y % 2][:width], lines[7 + y % 2][:width], squares)
        else:
            squares[:] = np.float32(0.0)
        if y > 0:
            last = y - 1
            over, here = lines[2 + (y + 1) % 3], lines[2 + last % 3]
            across, down, row = lines[5 + last % 2], lines[7 + last % 2], trace[y * stride : (y + 1) * stride]
            row[:] = np.uint8(0)
            for n in range(begins.shape[1]):
                x, end = n * BLOCK, min((n + 1) * BLOCK, width)
                steep = steep_ones(here, weak, strong, x, end)
                begins[last, n] = np.uint8(steep > np.float32(BLOCK))
                if steep > np.float32(0.0):
                    find_ridges(over, here, squares, across, down, weak, strong, x, end, row)
    for y in range(height):
        for n in range(begins.shape[1]):
            if begins[y, n]:
                start = (y + 1) * stride + n * BLOCK + 1
                for place in range(start, start + min(BLOCK, width - n * BLOCK)):
                    if trace[place] == STRONG:
                        join_weak(trace, stride, place, waiting)
    for y in range(height):
        draw_row(trace[(y + 1) * stride + 1 :], out[y])
