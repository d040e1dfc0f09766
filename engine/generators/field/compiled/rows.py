"""What is done to one row of the picture, one small loop after the other; the row stays in the first-level cache.

Loops over four channels end at a mark of -1 behind the last index, not at a count: a loop whose end depends on its
data is left as it is, and the four channels of a pixel become one vector. Counted, it would be turned into
gathers over many pixels, which take twice the time.
"""

from typing import Final

import numpy as np

from engine.generators.field.colour import TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.compiled import weights as k
from engine.generators.field.compiled.arithmetic import Bytes, F, Indices, Row, U, along, clamped, fraction, root
from engine.generators.field.mixing import VIGNETTE

STEEPEST: Final = 1.5
"""Slope of the relief, at most."""


def stand_row(
    seen: Bytes,
    near: Row,
    lower_near: Row,
    weight: Row,
    lower_weight: Row,
    base: Row,
    lower_base: Row,
    share: np.float32,
    w: Row,
    other: Row,
    texture: Row,
    figure: Row,
    keep: Row,
    trail: Row,
    height: Row,
) -> None:
    """Let one layer of material weigh the other, find the figure, and let both stand out from the forms.

    Args:
        seen: the input's luminance 0..255.
        near .. lower_base: nearness, weight and height on the lattice rows above and below; share: the lower's.
        texture: changed; figure, height: written.
        keep, trail: what share of the last picture stays, and how much of its trail shines through, 0..1; written.
    """
    for j in range(height.shape[0]):
        close = along(near[j], lower_near[j], share)
        stuff = texture[j] * (F(0.30) * other[j] + along(weight[j], lower_weight[j], share)) * w[k.ENERGY]
        lit = clamped(F(seen[j]) * w[k.SEEN_GAIN] + w[k.SEEN_BASE], F(0.0), F(1.0))
        helped = (F(0.65) * lit + F(0.35)) * close + F(0.35) * lit
        lit += w[k.NEAR_SHARE] * (helped - lit)
        there = close * w[k.NEAR_PRESENCE]
        there = there if there > lit else lit
        lit += w[k.SHADOW] * (F(1.0) - there - lit)
        texture[j], figure[j] = stuff, lit
        keep[j], trail[j] = w[k.PERSIST] - w[k.YIELDING] * there, F(1.0) - w[k.HIDING] * there
        height[j] = along(base[j], lower_base[j], share) + w[k.HEIGHT_TEXTURE] * stuff + w[k.HEIGHT_FIGURE] * lit


def shade_row(above: Row, here: Row, below: Row, across: np.float32, down: np.float32, out: Row) -> None:
    """Light falling from one side on a height; none at the picture's rim."""
    last = out.shape[0] - 1
    out[0], out[last] = F(0.0), F(0.0)
    for j in range(1, last):
        slope = across * (here[j - 1] - here[j + 1]) + down * (above[j] - below[j])
        out[j] = clamped(slope, F(-STEEPEST), F(STEEPEST))


def colour_row(
    texture: Row,
    other: Row,
    figure: Row,
    shade: Row,
    light: Row,
    lower_light: Row,
    rim: Row,
    lower_rim: Row,
    phase: Row,
    lower_phase: Row,
    share: np.float32,
    edge: Bytes,
    grain: Row,
    across: Row,
    down: np.float32,
    w: Row,
    at: Indices,
    right: Row,
    below: Row,
) -> None:
    """How light each pixel is and where along the palette: its place in the colour table.

    Args:
        light .. lower_phase: light, rim light and phase on the lattice rows above and below; share: the lower's.
        edge: steps of the input's luminance, 0..255.
        across, down: squared distance from the middle, 0..1 to each side.
        at: index of the first channel of the entry to the upper left; right, below: 0..1 from it; written.
    """
    for j in range(texture.shape[0]):
        stuff, lit, slope = texture[j], figure[j], shade[j]
        value = along(light[j], lower_light[j], share) + w[k.LIGHT_TEXTURE] * stuff + w[k.LIGHT_SHADE] * slope
        gloss = clamped(w[k.GLOSS_SLOPE] * slope - F(0.35), F(0.0), F(1.0))
        value += w[k.GLOSS] * gloss * gloss
        value = value * (w[k.FIGURE_GAIN] * lit + w[k.GROUND]) + w[k.FIGURE_LIGHT] * lit - w[k.FIGURE_LOSS]
        value += w[k.SPARKLE] * clamped(stuff * other[j] - F(1.1), F(0.0), F(0.8))
        line = clamped(w[k.EDGE_GAIN] * F(edge[j]) + w[k.EDGE_BASE], F(0.0), F(1.0))
        value += along(rim[j], lower_rim[j], share) + w[k.EDGES] * line
        radius = F(0.5) * (across[j] + down)
        value = value * (F(1.0) - F(VIGNETTE) * radius * root(radius)) + w[k.GRAIN] * grain[j]
        value = clamped(value * w[k.TABLE_ROWS], F(0.0), F(TABLE_LIGHTS - 1))
        turn = along(phase[j], lower_phase[j], share) + w[k.PHASE_TEXTURE] * stuff
        turn = fraction(turn + w[k.PHASE_FIGURE] * lit + w[k.PHASE_SHADE] * slope) * F(TABLE_HUES)
        row, column = np.int32(value), np.int32(turn)
        row = row if row < np.int32(TABLE_LIGHTS - 2) else np.int32(TABLE_LIGHTS - 2)
        column = column if column < np.int32(TABLE_HUES - 1) else np.int32(TABLE_HUES - 1)
        at[j] = np.int32(4) * (row * np.int32(TABLE_HUES + 1) + column)
        right[j], below[j] = turn - F(column), value - F(row)


def carry_row(
    x: Row,
    lower_x: Row,
    y: Row,
    lower_y: Row,
    share: np.float32,
    width: int,
    height: int,
    at: Indices,
    right: Row,
    below: Row,
) -> None:
    """Where in the last picture each pixel comes from; beyond the rim lies the rim. See colour_row."""
    for j in range(x.shape[0]):
        u = clamped(along(x[j], lower_x[j], share), F(0.0), F(width - 1))
        v = clamped(along(y[j], lower_y[j], share), F(0.0), F(height - 1))
        column, row = np.int32(u), np.int32(v)
        column = column if column < np.int32(width - 2) else np.int32(width - 2)
        row = row if row < np.int32(height - 2) else np.int32(height - 2)
        at[j] = np.int32(4) * (row * np.int32(width) + column)
        right[j], below[j] = u - F(column), v - F(row)


def between(source: Row, i: np.uint64, down: np.uint64, right: np.float32, below: np.float32) -> np.float32:
    """One channel, linearly between four pixels."""
    upper = along(source[i], source[i + U(4)], right)
    lower = along(source[i + down], source[i + down + U(4)], right)
    return along(upper, lower, below)


def read_pixels(source: Row, stride: int, at: Indices, right: Row, below: Row, out: Row) -> None:
    """Four-channel pixels read linearly at places; at ends with -1.

    Args:
        source: pixels [rows, stride / 4] as one row.
    """
    down, j = U(stride), U(0)
    while at[j] >= 0:
        i, o = U(at[j]), U(4) * j
        out[o] = between(source, i, down, right[j], below[j])
        out[o + U(1)] = between(source, i + U(1), down, right[j], below[j])
        out[o + U(2)] = between(source, i + U(2), down, right[j], below[j])
        out[o + U(3)] = between(source, i + U(3), down, right[j], below[j])
        j += U(1)


def mix_pixels(at: Indices, fresh: Row, carried: Row, keep: Row, trail: Row, w: Row, matrix: Row, out: Row) -> None:
    """The carried pixels, recoloured, mixed into the new ones; where they are lighter, their trail shows.

    Args:
        at: as long as the row, and -1.
    """
    fading, loss, j = w[k.TRAIL], w[k.LOSS], U(0)
    while at[j] >= 0:
        o = U(4) * j
        p, q, r, s = o, o + U(1), o + U(2), o + U(3)
        a, b, c, d = carried[p], carried[q], carried[r], carried[s]
        e = matrix[0] * a + matrix[4] * b + matrix[8] * c + matrix[12] * d
        f = matrix[1] * a + matrix[5] * b + matrix[9] * c + matrix[13] * d
        g = matrix[2] * a + matrix[6] * b + matrix[10] * c + matrix[14] * d
        h = matrix[3] * a + matrix[7] * b + matrix[11] * c + matrix[15] * d
        a, b, c, d = fresh[p], fresh[q], fresh[r], fresh[s]
        share = keep[j]
        a, b, c, d = a + share * (e - a), b + share * (f - b), c + share * (g - c), d + share * (h - d)
        shown = trail[j]
        e, f, g, h = (
            shown * (fading * e - loss),
            shown * (fading * f - loss),
            shown * (fading * g - loss),
            shown * (fading * h - loss),
        )
        out[p] = a if a > e else e
        out[q] = b if b > f else f
        out[r] = c if c > g else g
        out[s] = d if d > h else h
        j += U(1)


def expand_pixels(row: Row, left: Indices, share: Row, out: Row) -> None:
    """Four-channel pixels read linearly along a row; left ends with -1."""
    j = U(0)
    while left[j] >= 0:
        i, o, s = U(4) * U(left[j]), U(4) * j, share[j]
        out[o] = row[i] + s * (row[i + U(4)] - row[i])
        out[o + U(1)] = row[i + U(1)] + s * (row[i + U(5)] - row[i + U(1)])
        out[o + U(2)] = row[i + U(2)] + s * (row[i + U(6)] - row[i + U(2)])
        out[o + U(3)] = row[i + U(3)] + s * (row[i + U(7)] - row[i + U(3)])
        j += U(1)


def add_row(row: Row, out: Row) -> None:
    for j in range(out.shape[0]):
        out[j] += row[j]


def bright_row(sums: Row, starts: Indices, rows: int, floor: np.float32, out: Row) -> None:
    """From sums over some rows of pixels to what each lattice point has above a floor.

    Args:
        starts: first pixel of each point, then the row's length, then -1; out: four channels a point.
    """
    at = U(0)
    while starts[at + U(1)] >= 0:
        a, b, c, d = F(0.0), F(0.0), F(0.0), F(0.0)
        first, end = U(starts[at]), U(starts[at + U(1)])
        i = first
        while i < end:
            o = U(4) * i
            a += sums[o]
            b += sums[o + U(1)]
            c += sums[o + U(2)]
            d += sums[o + U(3)]
            i += U(1)
        share = F(1.0) / (F(rows) * F(end - first))
        o = U(4) * at
        out[o] = clamped(share * a - floor, F(0.0), F(1e9))
        out[o + U(1)] = clamped(share * b - floor, F(0.0), F(1e9))
        out[o + U(2)] = clamped(share * c - floor, F(0.0), F(1e9))
        out[o + U(3)] = clamped(share * d - floor, F(0.0), F(1e9))
        at += U(1)


def screen_row(picture: Row, halo: Row, other: Row, share: np.float32, glow: np.float32, out: Bytes) -> None:
    """The picture with a halo laid over, as bytes. Screen, not sum: light on light never burns out."""
    for j in range(out.shape[0]):
        value = picture[j]
        light = clamped(glow * (halo[j] + share * (other[j] - halo[j])), F(0.0), F(1.0))
        value += (F(1.0) - value) * light
        out[j] = np.uint8(F(255.0) * clamped(value, F(0.0), F(1.0)) + F(0.5))
