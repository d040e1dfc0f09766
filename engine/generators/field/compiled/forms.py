"""The lattice stage as a loop: from the input on the lattice to the sheet that the picture is read from."""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field.compiled import weights as k
from engine.generators.field.compiled.arithmetic import (
    F,
    Indices,
    Row,
    Words,
    clamped,
    read_quads_row,
    root,
    squashed,
    wave,
)
from engine.generators.field.materials import EYE_ADAPTS
from engine.jit import kernel

Planes = npt.NDArray[np.float32]

# The planes of a sheet.
HEIGHT: Final = 0
LIGHT: Final = 1
WEIGHT: Final = 2
NEAR: Final = 3
RIM: Final = 4
PHASE: Final = 5
FIRST_X: Final = 6
FIRST_Y: Final = 7
SECOND_X: Final = 8
SECOND_Y: Final = 9
CARRY_X: Final = 10
CARRY_Y: Final = 11
PLANES: Final = 12

DEEP: Final = 8
"""Rows of a layer's input that are added up at a time; layers are padded to a multiple of it."""


@kernel(
    "void(float32[:,:,::1], float32[:,:,::1], float32[:,::1], float32[:,::1], float32[:,:,::1], float32[:,::1],"
    "float32[:,::1], float32[:,::1], float32[:,::1], float32[:,::1], float32[::1], int64[::1], int64,"
    "float32[:,:,::1], int32[:,::1], float32[:,:,::1], float32[:,:,::1], float32[::1])"
)
def draw_sheet(
    folded: Planes,
    view: Planes,
    depth: Planes,
    near: Planes,
    flow: Planes,
    light: Planes,
    first: Planes,
    second: Planes,
    last: Planes,
    biases: Planes,
    w: Row,
    quads: Words,
    side: int,
    hidden: Planes,
    places: Indices,
    out: Planes,
    sheet: Planes,
    means: Row,
) -> None:
    """Evaluate the network at every lattice point and lay out what a row of the picture is made of.

    Args:
        folded, view: [2, rows, columns], view coordinates with and without the mirrors.
        depth, near, light: [rows, columns]; flow: [rows, columns, 2].
        first: [WIDTH, DEEP], second: [WIDTH, WIDTH], last: [OUTPUTS, WIDTH], biases: [3, WIDTH], in half turns.
        quads: see pack_tile, of a tile of so many texels a side; read at the lattice points for its means.
        hidden: [3, WIDTH, columns], places: [3, columns + 1] with -1 behind the last: scratch;
            out: [rows, OUTPUTS, columns].
        sheet: [rows, PLANES, columns], written; means: [2], the share of the two layers' means to take off, written.
    """
    rows, columns = depth.shape
    total = F(0.0)
    for r in range(rows):
        inputs = hidden[0]
        fill_inputs(folded[0, r], folded[1, r], depth[r], light[r], flow[r], w, inputs)
        layer(first, biases[0], inputs[:DEEP], hidden[1])
        for u in range(hidden.shape[1]):
            bend_row(hidden[1, u], w[k.FACET])
        layer(second, biases[1], hidden[1], hidden[2])
        for u in range(hidden.shape[1]):
            bend_row(hidden[2, u], w[k.FACET])
        layer(last, biases[2], hidden[2], out[r])
        for u in range(out.shape[1]):
            squash_row(out[r, u])
        total += sum_of(out[r, 1])
    level = F(EYE_ADAPTS) * total / F(rows * columns)
    one, other = F(0.0), F(0.0)
    for r in range(rows):
        page = sheet[r]
        above, below = max(r - 1, 0), min(r + 1, rows - 1)
        fall = F(1.0) / F(max(below - above, 1))
        motion = hidden[0, 4]
        fill_motion(flow[r], w[k.FULL_MOTION], motion)
        fill_light(out[r, 0], out[r, 1], level, depth[r], near[r], w, page[HEIGHT], page[LIGHT], page[PHASE])
        fill_rim(depth[above], depth[r], depth[below], fall, motion, w, page[RIM])
        fill_material(folded[0, r], folded[1, r], out[r, 4], out[r, 5], depth[r], w, page)
        fill_carry(
            view[0, r],
            view[1, r],
            out[above, 3],
            out[r, 3],
            out[below, 3],
            fall,
            flow[r],
            w,
            page[CARRY_X],
            page[CARRY_Y],
        )
        for j in range(columns):
            page[WEIGHT, j] = F(0.9) + F(0.35) * out[r, 2, j]
            page[NEAR, j] = near[r, j]
        read, spare = hidden[0, DEEP], hidden[0, DEEP + 1 : DEEP + 3]
        read_quads_row(
            quads, side, page[FIRST_X], page[FIRST_X], page[FIRST_Y], page[FIRST_Y], F(0.0), F(0.0), places, spare, read
        )
        one += sum_of(read)
        read_quads_row(
            quads,
            side,
            page[SECOND_X],
            page[SECOND_X],
            page[SECOND_Y],
            page[SECOND_Y],
            F(0.0),
            F(0.0),
            places,
            spare,
            read,
        )
        other += sum_of(read)
    means[0] = F(EYE_ADAPTS) * one / F(rows * columns)
    means[1] = F(EYE_ADAPTS) * other / F(rows * columns)


def fill_inputs(x: Row, y: Row, depth: Row, light: Row, flow: Planes, w: Row, inputs: Planes) -> None:
    fill_motion(flow, w[k.FULL_MOTION], inputs[4])
    place_inputs(x, y, depth, light, w, inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])


def place_inputs(
    x: Row, y: Row, depth: Row, light: Row, w: Row, u: Row, v: Row, far: Row, lit: Row, motion: Row
) -> None:
    for j in range(x.shape[0]):
        u[j] = w[k.VIEW_XX] * x[j] + w[k.VIEW_XY] * y[j]
        v[j] = w[k.VIEW_YX] * x[j] + w[k.VIEW_YY] * y[j]
        far[j] = (depth[j] - F(0.5)) * w[k.IN_DEPTH]
        lit[j] = (light[j] - F(0.35)) * w[k.IN_LIGHT]
        motion[j] *= w[k.IN_MOTION]


def fill_motion(flow: Planes, full: np.float32, out: Row) -> None:
    for j in range(out.shape[0]):
        out[j] = clamped(root(flow[j, 0] * flow[j, 0] + flow[j, 1] * flow[j, 1]) * full, F(0.0), F(1.0))


def layer(weights: Planes, bias: Row, inputs: Planes, out: Planes) -> None:
    """out[u] = bias[u] + the sum of weights[u, i] inputs[i]; an even number of units, two at a time."""
    for u in range(0, out.shape[0], 2):
        begin_sum(bias[u], out[u])
        begin_sum(bias[u + 1], out[u + 1])
        for i in range(0, inputs.shape[0], DEEP):
            add_eight(
                weights[u, i : i + DEEP],
                weights[u + 1, i : i + DEEP],
                inputs[i],
                inputs[i + 1],
                inputs[i + 2],
                inputs[i + 3],
                inputs[i + 4],
                inputs[i + 5],
                inputs[i + 6],
                inputs[i + 7],
                out[u],
                out[u + 1],
            )


def begin_sum(bias: np.float32, out: Row) -> None:
    for j in range(out.shape[0]):
        out[j] = bias


def add_eight(
    w: Row, v: Row, a: Row, b: Row, c: Row, d: Row, e: Row, f: Row, g: Row, h: Row, out: Row, other: Row
) -> None:
    for j in range(out.shape[0]):
        p, q, r, s = a[j], b[j], c[j], d[j]
        one, two = w[0] * p + w[1] * q + w[2] * r + w[3] * s, v[0] * p + v[1] * q + v[2] * r + v[3] * s
        p, q, r, s = e[j], f[j], g[j], h[j]
        out[j] += one + w[4] * p + w[5] * q + w[6] * r + w[7] * s
        other[j] += two + v[4] * p + v[5] * q + v[6] * r + v[7] * s


def bend_row(row: Row, facet: np.float32) -> None:
    for j in range(row.shape[0]):
        row[j] = wave(row[j], facet)


def squash_row(row: Row) -> None:
    for j in range(row.shape[0]):
        row[j] = squashed(row[j])


def sum_of(row: Row) -> np.float32:
    total = F(0.0)
    for j in range(row.shape[0]):
        total += row[j]
    return total


def fill_light(
    form: Row, lit: Row, level: np.float32, depth: Row, near: Row, w: Row, height: Row, light: Row, phase: Row
) -> None:
    for j in range(form.shape[0]):
        height[j] = w[k.HEIGHT_PHASE] * form[j] + w[k.HEIGHT_DEPTH] * depth[j]
        light[j] = w[k.LIGHT_FORM] * (lit[j] - level) + w[k.LIGHT_NEAR] * near[j] + w[k.LIGHT_BASE]
        phase[j] = w[k.PHASE_FORM] * form[j] + w[k.PHASE_DEPTH] * depth[j] + w[k.PALETTE]


def fill_rim(above: Row, here: Row, below: Row, fall: np.float32, motion: Row, w: Row, out: Row) -> None:
    """Light on steps of depth and on what moves."""
    last = out.shape[0] - 1
    for j in range(1, last):
        across, down = F(0.5) * (here[j + 1] - here[j - 1]), fall * (below[j] - above[j])
        out[j] = root(across * across + down * down)
    across, down = here[1] - here[0], fall * (below[0] - above[0])
    out[0] = root(across * across + down * down)
    across, down = here[last] - here[last - 1], fall * (below[last] - above[last])
    out[last] = root(across * across + down * down)
    for j in range(out.shape[0]):
        out[j] = w[k.RIM] * clamped(w[k.FULL_RIM] * out[j], F(0.0), F(1.0)) + w[k.MOTION] * motion[j]


def fill_material(x: Row, y: Row, bend_x: Row, bend_y: Row, depth: Row, w: Row, page: Planes) -> None:
    place_material(x, y, bend_x, bend_y, depth, w, page[FIRST_X], page[FIRST_Y], page[SECOND_X], page[SECOND_Y])


def place_material(
    x: Row,
    y: Row,
    bend_x: Row,
    bend_y: Row,
    depth: Row,
    w: Row,
    first_x: Row,
    first_y: Row,
    second_x: Row,
    second_y: Row,
) -> None:
    for j in range(x.shape[0]):
        near = F(1.0) - (depth[j] - F(0.5)) * w[k.BEND]
        u, v = near * x[j], near * y[j]
        dx, dy = w[k.WARP] * bend_x[j], w[k.WARP] * bend_y[j]
        one, other = u + dx, v + dy
        first_x[j] = w[k.FIRST_XX] * one + w[k.FIRST_XY] * other + w[k.FIRST_X]
        first_y[j] = w[k.FIRST_YX] * one + w[k.FIRST_YY] * other + w[k.FIRST_Y]
        one, other = u - F(0.8) * dy, v + F(0.8) * dx
        second_x[j] = w[k.SECOND_XX] * one + w[k.SECOND_XY] * other + w[k.SECOND_X]
        second_y[j] = w[k.SECOND_YX] * one + w[k.SECOND_YY] * other + w[k.SECOND_Y]


def fill_carry(
    x: Row, y: Row, above: Row, here: Row, below: Row, fall: np.float32, flow: Planes, w: Row, out_x: Row, out_y: Row
) -> None:
    """Where the last picture is read, in its pixels: along the curl of the potential, and along the input's motion."""
    last = x.shape[0] - 1
    for j in range(1, last):
        out_y[j] = F(0.5) * (here[j + 1] - here[j - 1])
    out_y[0] = here[1] - here[0]
    out_y[last] = here[last] - here[last - 1]
    for j in range(x.shape[0]):
        down, across = fall * (below[j] - above[j]), out_y[j]
        shift_x = w[k.CURL_X] * down + w[k.ZOOM] * x[j] - w[k.SPIN] * y[j] + w[k.DRIFT_X] + w[k.FOLLOW_X] * flow[j, 0]
        shift_y = w[k.ZOOM] * y[j] - w[k.CURL_Y] * across + w[k.SPIN] * x[j] + w[k.DRIFT_Y] + w[k.FOLLOW_Y] * flow[j, 1]
        out_x[j] = (x[j] - shift_x) * w[k.UNIT] + w[k.MIDDLE_X]
        out_y[j] = (y[j] - shift_y) * w[k.UNIT] + w[k.MIDDLE_Y]
