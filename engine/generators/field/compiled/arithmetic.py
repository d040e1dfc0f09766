"""Small functions that the loops are built of. All of them can be run by the interpreter too.

An index that may be any number is unsigned: a signed one would be tested for counting from the end. A clamp
is written so that NaN fails its comparison and ends inside.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field.lattice import STEP

F: Final = np.float32
U: Final = np.uint64

QUAD_STEP: Final = 1.0 / 2048.0
"""Of a packed tile's numbers; they reach from -16 to 16."""

HALF_WORD: Final = np.int32(16)

Row = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]
Words = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


def clamped(x: np.float32, low: np.float32, high: np.float32) -> np.float32:
    """x in low..high; NaN: low."""
    x = x if x > low else low
    return x if x < high else high


def fraction(x: np.float32) -> np.float32:
    """x - floor(x), in 0..1 (1 just below a whole number); 0 where x is no finite number."""
    x = x - np.floor(x)
    return x if x > F(0.0) else F(0.0)


def root(x: np.float32) -> np.float32:
    """The square root of |x|: of what may be negative, it would be a call."""
    return F(math.sqrt(abs(x)))


def wave(x: np.float32, facet: np.float32) -> np.float32:
    """A sine-like wave of period 2: parabolic arcs (facet 0) to triangles (facet 1)."""
    x = x - F(2.0) * np.floor(x * F(0.5) + F(0.5))
    # m = min(|x|, 1 - |x|): a parabola is 4 m (1 - m), a triangle 2 m.
    m = F(0.5) - abs(abs(x) - F(0.5))
    height = m * (F(4.0) - F(2.0) * facet - F(4.0) * (F(1.0) - facet) * m)
    return height if x > F(0.0) else -height


def squashed(x: np.float32) -> np.float32:
    """tanh to within 5e-6: a convergent of its continued fraction (Lambert, 1768)."""
    x = clamped(x, F(-6.1), F(6.1))
    y = x * x
    over = F(34459425.0) + y * (F(4729725.0) + y * (F(135135.0) + y * (F(990.0) + y)))
    under = F(34459425.0) + y * (F(16216200.0) + y * (F(945945.0) + y * (F(13860.0) + F(45.0) * y)))
    return x * over / under


def along(one: np.float32, other: np.float32, share: np.float32) -> np.float32:
    """one + share (other - one)."""
    return one + share * (other - one)


def expand_row(row: Row, left: Indices, share: Row, out: Row) -> None:
    """out[j] = the row [n] at left[j] + share[j], linearly; 0 <= left[j] <= n - 2."""
    if out.shape[0] == STEP * row.shape[0]:
        expand_by_step(row, out)
        return
    if out.shape[0] == 2 * STEP * row.shape[0]:
        expand_by_two_steps(row, out)
        return
    for j in range(out.shape[0]):
        i = U(left[j])
        out[j] = along(row[i], row[i + U(1)], share[j])


def expand_by_step(row: Row, out: Row) -> None:
    """The same where every point of the row has STEP pixels around it: a quarter of the time."""
    last = row.shape[0] - 1
    for i in range(last):
        here, rise, j = row[i], row[i + 1] - row[i], 4 * i + 2
        out[j] = here + F(0.125) * rise
        out[j + 1] = here + F(0.375) * rise
        out[j + 2] = here + F(0.625) * rise
        out[j + 3] = here + F(0.875) * rise
    out[0], out[1] = row[0], row[0]
    out[4 * last + 2], out[4 * last + 3] = row[last], row[last]


def expand_by_two_steps(row: Row, out: Row) -> None:
    """The same where every point of the row has twice STEP pixels around it."""
    last = row.shape[0] - 1
    for i in range(last):
        here, rise, j = row[i], row[i + 1] - row[i], 8 * i + 4
        out[j] = here + F(0.0625) * rise
        out[j + 1] = here + F(0.1875) * rise
        out[j + 2] = here + F(0.3125) * rise
        out[j + 3] = here + F(0.4375) * rise
        out[j + 4] = here + F(0.5625) * rise
        out[j + 5] = here + F(0.6875) * rise
        out[j + 6] = here + F(0.8125) * rise
        out[j + 7] = here + F(0.9375) * rise
    for j in range(4):
        out[j], out[8 * last + 4 + j] = row[0], row[last]


def read_quads_row(
    quads: Words,
    side: int,
    x: Row,
    lower_x: Row,
    y: Row,
    lower_y: Row,
    share: np.float32,
    mean: np.float32,
    places: Indices,
    spare: Row,
    out: Row,
) -> None:
    """A tile read linearly at places in tiles, any real numbers; less a mean.

    In three steps, of which only the middle one takes pixels one by one: processors differ much in how fast they
    gather, all of them load words fast.

    Args:
        quads: see pack_tile.
        x, lower_x, y, lower_y: places on the lattice rows above and below, of which share is the lower's.
        places: [3, n + 1], -1 behind the first n, and spare: [2, n], scratch.
    """
    n = out.shape[0]
    at, upper, lower, right, below = places[0], places[1], places[2], spare[0], spare[1]
    place_quads(side, x, lower_x, y, lower_y, share, at[:n], right, below)
    load_quads(quads, at, upper, lower)
    mix_quads(upper[:n], lower[:n], right, below, mean, out)


def place_quads(
    side: int, x: Row, lower_x: Row, y: Row, lower_y: Row, share: np.float32, at: Indices, right: Row, below: Row
) -> None:
    last = np.int32(side - 1)
    for j in range(at.shape[0]):
        u, v = fraction(along(x[j], lower_x[j], share)) * F(side), fraction(along(y[j], lower_y[j], share)) * F(side)
        column, row = np.int32(u), np.int32(v)
        column = column if column < last else last
        row = row if row < last else last
        right[j], below[j] = u - F(column), v - F(row)
        at[j] = row * np.int32(side) + column


def load_quads(quads: Words, at: Indices, upper: Indices, lower: Indices) -> None:
    j = U(0)
    while at[j] >= 0:
        word = quads[U(at[j])]
        upper[j], lower[j] = np.int32(word), np.int32(word >> np.int64(32))
        j += U(1)


def mix_quads(upper: Indices, lower: Indices, right: Row, below: Row, mean: np.float32, out: Row) -> None:
    for j in range(out.shape[0]):
        one, other = upper[j], lower[j]
        a, b = F(np.int32(one << HALF_WORD) >> HALF_WORD), F(one >> HALF_WORD)
        c, d = F(np.int32(other << HALF_WORD) >> HALF_WORD), F(other >> HALF_WORD)
        out[j] = along(along(a, b, right[j]), along(c, d, right[j]), below[j]) * F(QUAD_STEP) - mean
