"""The halo's blurs as products with matrices, one for each direction: two launches in place of a dozen, for any size.

What lies beyond the rim is mirrored, as OpenCV's BORDER_REFLECT_101 has it.
"""

import math

import numpy as np
import numpy.typing as npt

from engine.generators.field.halo import NEAR_SIGMA, WIDE_SIGMA

Matrix = npt.NDArray[np.float32]


def near_product(size: int, coarse: float = 1.0) -> Matrix:
    """float32 [size, size]: the near part's blur of a column of lattice points; coarse: see Lattice."""
    return _blur(size, NEAR_SIGMA / coarse).astype(np.float32)


def wide_product(size: int, tiny: int, coarse: float = 1.0) -> Matrix:
    """float32 [size, size]: a column of lattice points averaged on `tiny` points, blurred, and enlarged again."""
    return (_enlargement(size, tiny) @ _blur(tiny, WIDE_SIGMA / coarse) @ _means(size, tiny)).astype(np.float32)


def resize_product(size: int, new_size: int) -> Matrix:
    """float32 [new_size, size]: a column of pixels averaged on fewer, or enlarged to more, as OpenCV does it."""
    return (_means(size, new_size) if new_size < size else _enlargement(new_size, size)).astype(np.float32)


def _blur(size: int, sigma: float) -> npt.NDArray[np.float64]:
    """[size, size], a Gaussian that ends at four deviations."""
    reach = round(4 * sigma)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    out = np.zeros((size, size))
    period = max(2 * size - 2, 1)
    for row in range(size):
        for offset, weight in zip(range(-reach, reach + 1), kernel, strict=True):
            place = (row + offset) % period
            out[row, min(place, period - place) if size > 1 else 0] += weight
    return out


def _means(size: int, tiny: int) -> npt.NDArray[np.float64]:
    """[tiny, size]: the mean over the part of `size` points that lies under each of `tiny`."""
    step = size / tiny
    out = np.zeros((tiny, size))
    for row in range(tiny):
        begin, end = row * step, (row + 1) * step
        for column in range(math.floor(begin), min(math.ceil(end), size)):
            out[row, column] = max(min(end, column + 1) - max(begin, column), 0.0)
    out /= out.sum(1, keepdims=True)
    return out


def _enlargement(size: int, tiny: int) -> npt.NDArray[np.float64]:
    """[size, tiny]: linear interpolation, the points' middles aligned."""
    places = np.clip((np.arange(size) + 0.5) * (tiny / size) - 0.5, 0.0, tiny - 1)
    first = np.minimum(places.astype(np.int64), max(tiny - 2, 0))
    share = places - first
    out = np.zeros((size, tiny))
    rows = np.arange(size)
    out[rows, first] += 1.0 - share
    out[rows, np.minimum(first + 1, tiny - 1)] += share
    return out
