"""Filters over small float32 pictures, to be compiled: what OpenCV's do, in passes over rows."""

import math
from typing import Any

import numpy as np

Number = Any
Array = Any


def mirrored(index: int, count: int) -> int:
    """The index inside of count that a place up to count - 1 outside mirrors; the outermost is not repeated."""
    if index < 0:
        return -index
    return index if index < count else 2 * count - 2 - index


def box_mean(image: Array, radius: int, lines: Array, out: Array) -> None:
    """Mean over a square window of 2 radius + 1, mirrored at the border.

    Args:
        image, out: float32 [h, w], different ones.
        radius: 1, 2, 4 or 10.
        lines: scratch, float32 [2, at least w + 2 radius].
    """
    height, width = image.shape
    padded, fives = lines[0], lines[1]
    columns = padded[radius : radius + width]
    for x in range(width):
        columns[x] = image[0, x]
    for n in range(1, radius + 1):
        row = image[n]
        for x in range(width):
            columns[x] += row[x] + row[x]
    share = np.float32(1.0) / np.float32((2 * radius + 1) * (2 * radius + 1))
    for y in range(height):
        if y > 0:
            entering, leaving = image[mirrored(y + radius, height)], image[mirrored(y - radius - 1, height)]
            for x in range(width):
                columns[x] += entering[x] - leaving[x]
        for n in range(radius):
            padded[n] = padded[2 * radius - n]
            padded[radius + width + n] = padded[radius + width - 2 - n]
        if radius == 1:
            sum_of_three(padded, width, share, out[y])
        elif radius == 2:
            sum_of_five(padded, width, share, out[y])
        elif radius == 4:
            sum_of_nine(padded, width, share, out[y])
        else:
            sum_of_five(padded, width + 15, np.float32(1.0), fives)
            sum_of_fours(padded, fives, width, share, out[y])


def sum_of_three(line: Array, count: int, scale: Number, out: Array) -> None:
    """Of neighbours."""
    a, b, c = line, line[1:], line[2:]
    for x in range(count):
        out[x] = (a[x] + b[x] + c[x]) * scale


def sum_of_five(line: Array, count: int, scale: Number, out: Array) -> None:
    """Of neighbours."""
    a, b, c, d, e = line, line[1:], line[2:], line[3:], line[4:]
    for x in range(count):
        out[x] = (a[x] + b[x] + c[x] + d[x] + e[x]) * scale


def sum_of_nine(line: Array, count: int, scale: Number, out: Array) -> None:
    """Of neighbours."""
    a, b, c, d, e, f, g, h, i = line, line[1:], line[2:], line[3:], line[4:], line[5:], line[6:], line[7:], line[8:]
    for x in range(count):
        out[x] = (a[x] + b[x] + c[x] + d[x] + e[x] + f[x] + g[x] + h[x] + i[x]) * scale


def sum_of_fours(line: Array, fives: Array, count: int, scale: Number, out: Array) -> None:
    """Of 21 neighbours: four sums of five and one more."""
    a, b, c, d, e = fives, fives[5:], fives[10:], fives[15:], line[20:]
    for x in range(count):
        out[x] = (a[x] + b[x] + c[x] + d[x] + e[x]) * scale


def pad_edge(image: Array, out: Array) -> None:
    """Copy an image [h, w] as float32 [(h + 1) (w + 1)] with its last row and column twice, for sample_line."""
    height, width = image.shape
    stride = width + 1
    for y in range(height + 1):
        source, target = image[min(y, height - 1)], out[y * stride : (y + 1) * stride]
        for x in range(width):
            target[x] = np.float32(source[x])
        target[width] = target[width - 1]


def sample_line(padded: Array, height: int, width: int, xs: Array, ys: Array, out: Array) -> None:
    """A padded image at width places, bilinear, its edge repeated outside."""
    zero, right_most, low_most = np.float32(0.0), np.float32(width - 1), np.float32(height - 1)
    stride = np.float32(width + 1)
    beside, below = np.uint64(1), np.uint64(width + 1)
    for n in range(width):
        x, y = min(max(xs[n], zero), right_most), min(max(ys[n], zero), low_most)
        column, row = np.float32(np.int32(x)), np.float32(np.int32(y))
        right, low = x - column, y - row
        at = np.uint64(np.int32(row * stride + column))  # exact: an image has less than 2 ** 24 pixels
        one, other = padded[at], padded[at + below]
        one += right * (padded[at + beside] - one)
        other += right * (padded[at + below + beside] - other)
        out[n] = one + low * (other - one)


def select(values: Array, count: int, rank: int) -> Number:
    """The value of that rank (from 0) among the first count; before it come smaller ones, after it greater ones."""
    low, high = 0, count - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                kept = values[i]
                values[i] = values[j]
                values[j] = kept
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return values[rank]


def percentile(values: Array, count: int, percent: float) -> Number:
    """As numpy's: linear between the two nearest ranks. Reorders the values, which must be finite."""
    place = (count - 1) * percent / 100.0
    rank = min(int(place), count - 2)
    low = select(values, count, rank)
    high = values[rank + 1]
    for n in range(rank + 2, count):
        high = min(high, values[n])
    return low + (high - low) * np.float32(place - rank)


def negative_exp(value: Number) -> Number:
    """exp(-value) for 0 <= value, to within 1e-6: Taylor's series of its 16th part, 16 times itself."""
    s = min(value, np.float32(16.0)) * np.float32(-1.0 / 16.0)
    total = np.float32(1.0) + s * np.float32(1.0 / 7.0)
    total = np.float32(1.0) + s * np.float32(1.0 / 6.0) * total
    total = np.float32(1.0) + s * np.float32(1.0 / 5.0) * total
    total = np.float32(1.0) + s * np.float32(1.0 / 4.0) * total
    total = np.float32(1.0) + s * np.float32(1.0 / 3.0) * total
    total = np.float32(1.0) + s * np.float32(1.0 / 2.0) * total
    total = np.float32(1.0) + s * total
    total *= total
    total *= total
    total *= total
    return total * total


def length(x: Number, y: Number) -> Number:
    """Of a vector."""
    return math.sqrt(x * x + y * y)
