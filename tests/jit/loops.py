"""A library of two small loops."""

import numpy as np
import numpy.typing as npt

from engine.jit import Library, kernel

Plane = npt.NDArray[np.float32]
FACTOR = 3.0


def scaled(x: np.float32) -> np.float32:
    return np.float32(FACTOR) * x


@kernel("void(float32[:,::1], float32[:,::1], float32)")
def scale(source: Plane, out: Plane, offset: np.float32) -> None:
    for y in range(source.shape[0]):
        for x in range(source.shape[1]):
            out[y, x] = scaled(source[y, x]) + np.float32(offset)


@kernel("void(uint8[::1], int64, int32[::1])")
def count(values: npt.NDArray[np.uint8], least: int, out: npt.NDArray[np.int32]) -> None:
    for i in range(values.shape[0]):
        if values[i] >= least:
            out[0] += 1


def check() -> None:
    source, out = np.ones((3, 5), np.float32), np.zeros((3, 5), np.float32)
    scale(source, out, np.float32(1.0))
    assert (out == FACTOR + 1.0).all(), "three ones and one make four"


LIBRARY = Library("trial", __name__, (scale, count), check)
