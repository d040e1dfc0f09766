"""Loops around the small functions that the field's loops are built of, so that their machine code can be tried."""

import numpy as np

from engine.generators.field.compiled.arithmetic import (
    F,
    Indices,
    Row,
    Words,
    clamped,
    expand_row,
    fraction,
    read_quads_row,
    squashed,
    wave,
)
from engine.generators.field.compiled.rows import carry_row
from engine.jit import Library, kernel

SIDE = 8
"""Texels of the tile's edge."""

WIDTH, HEIGHT = 30, 20
"""Of the picture that is carried."""


@kernel("void(float32[::1], float32[::1])")
def each_wave(x: Row, out: Row) -> None:
    for i in range(x.shape[0]):
        out[i] = wave(x[i], F(0.3))


@kernel("void(float32[::1], float32[::1])")
def each_squashed(x: Row, out: Row) -> None:
    for i in range(x.shape[0]):
        out[i] = squashed(x[i])


@kernel("void(float32[::1], float32[::1])")
def each_fraction(x: Row, out: Row) -> None:
    for i in range(x.shape[0]):
        out[i] = fraction(x[i])


@kernel("void(float32[::1], float32[::1])")
def each_clamped(x: Row, out: Row) -> None:
    for i in range(x.shape[0]):
        out[i] = clamped(x[i], F(-1.0), F(2.0))


@kernel("void(int64[::1], float32[::1], float32[::1], int32[:,::1], float32[:,::1], float32[::1])")
def read_tile(quads: Words, x: Row, y: Row, places: Indices, spare: Row, out: Row) -> None:
    read_quads_row(quads, SIDE, x, x, y, y, F(0.0), F(0.0), places, spare, out)


@kernel("void(float32[::1], float32[::1], int32[::1], float32[::1], float32[::1])")
def carry(x: Row, y: Row, at: Indices, right: Row, below: Row) -> None:
    carry_row(x, x, y, y, F(0.0), WIDTH, HEIGHT, at, right, below)


@kernel("void(float32[::1], int32[::1], float32[::1], float32[::1])")
def widen(row: Row, left: Indices, share: Row, out: Row) -> None:
    expand_row(row, left, share, out)


def check() -> None:
    row = np.array([0.5], np.float32)
    out = np.zeros(1, np.float32)
    each_fraction(row, out)
    assert out[0] == row[0]


LIBRARY = Library(
    "field-parts",
    __name__,
    (each_wave, each_squashed, each_fraction, each_clamped, read_tile, carry, widen),
    check,
)
