"""The loops over the picture's rows."""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field.colour import TABLE_HUES
from engine.generators.field.compiled import forms as f
from engine.generators.field.compiled import weights as k
from engine.generators.field.compiled.arithmetic import (
    HALF_WORD,
    QUAD_STEP,
    Bytes,
    F,
    Indices,
    Row,
    Words,
    clamped,
    expand_row,
    read_quads_row,
)
from engine.generators.field.compiled.rows import (
    add_row,
    bright_row,
    carry_row,
    colour_row,
    expand_pixels,
    mix_pixels,
    read_pixels,
    screen_row,
    shade_row,
    stand_row,
)
from engine.generators.field.halo import HALO_FLOOR
from engine.jit import kernel

Planes = npt.NDArray[np.float32]

# Rows of scratch, each as long as the picture is wide.
_SHADE: Final = 0
_RIGHT: Final = 1
_BELOW: Final = 2  # behind _RIGHT
_HEIGHT: Final = 3  # 3 of them: a slope needs the rows above and below
_TEXTURE: Final = 6  # and from here 2 of each: a row waits for the height below it
_OTHER: Final = 8
_FIGURE: Final = 10
_KEEP: Final = 12
_TRAIL: Final = 14
SCRATCH: Final = 16

# Rows of scratch, each of four channels a pixel.
_FRESH: Final = 0
_CARRIED: Final = 1
_SUMS: Final = 2
PIXELS: Final = 3


@kernel("void(uint8[:,::1], int32[::1], int32[::1], int32[::1], float32[:,::1])")
def shrink_bytes(plane: Bytes, cells: Indices, starts: Indices, sums: Indices, out: Planes) -> None:
    """Means of a plane [height, width] 0..255 over lattice cells, 0..1.

    Args:
        cells: [height + 1], each row's lattice row, then -1; starts: see bright_row; sums: [width], scratch, zeros.
    """
    rows = 0
    for y in range(plane.shape[0]):
        line = plane[y]
        for j in range(sums.shape[0]):
            sums[j] += line[j]
        rows += 1
        if cells[y + 1] != cells[y]:
            page = out[cells[y]]
            for c in range(page.shape[0]):
                total = 0
                for j in range(starts[c], starts[c + 1]):
                    total += sums[j]
                page[c] = F(total) / (F(255.0) * F(rows * (starts[c + 1] - starts[c])))
            for j in range(sums.shape[0]):
                sums[j] = 0
            rows = 0


@kernel("void(float32[:,::1], int64[::1])")
def pack_tile(tile: Planes, quads: Words) -> None:
    """Every texel of a tile [side + 1, side + 1] with those right, below, and right below it, in one word."""
    side = tile.shape[0] - 1
    for y in range(side):
        for x in range(side):
            upper, lower = packed(tile[y, x], tile[y, x + 1]), packed(tile[y + 1, x], tile[y + 1, x + 1])
            quads[y * side + x] = (np.int64(upper) & np.int64(0xFFFFFFFF)) | (np.int64(lower) << np.int64(32))


def packed(low: np.float32, high: np.float32) -> np.int32:
    """Two numbers in -16..16 as the halves of a word, in steps of QUAD_STEP."""
    one = np.int32(clamped(np.floor(low / F(QUAD_STEP) + F(0.5)), F(-32767.0), F(32767.0)))
    other = np.int32(clamped(np.floor(high / F(QUAD_STEP) + F(0.5)), F(-32767.0), F(32767.0)))
    return np.int32((one & np.int32(0xFFFF)) | (other << HALF_WORD))


@kernel(
    "void(int64, int64, uint8[:,::1], uint8[:,::1], float32[:,::1], int64, int64, float32[:,:,::1], float32[::1],"
    "int32[::1], float32[::1], int32[::1], float32[::1], float32[::1], float32[::1], int32[::1], int32[::1],"
    "int64[::1], int64, float32[::1], float32[::1], float32[::1], int64, float32[::1],"
    "float32[:,:,::1], float32[:,::1], float32[:,::1], int32[:,::1], float32[:,::1], float32[:,::1])"
)
def paint_rows(
    begin: int,
    end: int,
    seen: Bytes,
    edge: Bytes,
    grain: Planes,
    grain_x: int,
    grain_y: int,
    sheet: Planes,
    means: Row,
    left: Indices,
    share: Row,
    top: Indices,
    fall: Row,
    across: Row,
    down: Row,
    cells: Indices,
    starts: Indices,
    quads: Words,
    side: int,
    table: Row,
    w: Row,
    last: Row,
    carries: int,
    matrix: Row,
    wide: Planes,
    scratch: Planes,
    pixels: Planes,
    places: Indices,
    out: Planes,
    bright: Planes,
) -> None:
    """Paint the rows begin .. end - 1 of a frame; a frame's rows are painted in order, in one call or several.

    Args:
        seen, edge: [height, width], the input's luminance and its steps, 0..255.
        grain: noise, of which the window at (grain_x, grain_y) is taken.
        sheet, means: what draw_sheet wrote.
        left, share: [width + 1], [width], places of the pixels among the lattice's columns, -1 behind the last;
            top, fall: [height] each, among its rows.
        across: [width], down: [height], squares of the distance from the middle, 1 at the rim.
        cells: [height + 1], starts: [columns + 2], see shrink_bytes and bright_row.
        quads: see pack_tile, of a tile of so many texels a side.
        table: [TABLE_LIGHTS, TABLE_HUES + 1, 4] as one row.
        last: the last picture as one row, if carries is 1; matrix: [16], of its colours, column by column.
        wide: [3, PLANES, width], scratch: [SCRATCH, width], pixels: [PIXELS, 4 width],
            places: [3, width + 1] with -1 behind the last: scratch.
        out: [height, 4 width], the picture, written; bright: [rows, 4 columns], what of it glows, written.
    """
    height = seen.shape[0]
    if begin == 0:  # a frame given up halfway may have left something
        clear(pixels[_SUMS])
    first = max(begin - 1, 0)
    had = top[first]
    expand_page(sheet[had], left, share, wide[had % 3])
    for y in range(first, end + 1):
        if y < height:
            # The lattice rows above and below, as wide as the picture; and those of the row before, which waits.
            while had < top[y] + 1:
                had += 1
                expand_page(sheet[had], left, share, wide[had % 3])
            one, other = wide[top[y] % 3], wide[(top[y] + 1) % 3]
            stand_out(y, seen, one, other, fall[y], means, quads, side, w, scratch, places)
        if y > begin:
            paint_row(
                y - 1,
                edge,
                grain,
                grain_x,
                grain_y,
                wide,
                top,
                fall,
                across,
                down,
                table,
                w,
                last,
                carries,
                matrix,
                scratch,
                pixels,
                places,
                out,
            )
            gather(y - 1, out, cells, starts, pixels[_SUMS], bright)


def expand_page(page: Planes, left: Indices, share: Row, out: Planes) -> None:
    """A lattice row's planes [PLANES, columns] as wide as the picture."""
    for p in range(out.shape[0]):
        expand_row(page[p], left, share, out[p])


def stand_out(
    y: int,
    seen: Bytes,
    one: Planes,
    other: Planes,
    share: np.float32,
    means: Row,
    quads: Words,
    side: int,
    w: Row,
    scratch: Planes,
    places: Indices,
) -> None:
    """One row's material, figure and height, between two lattice rows."""
    now = y % 2
    spare = scratch[_RIGHT : _BELOW + 1]
    texture, deeper = scratch[_TEXTURE + now], scratch[_OTHER + now]
    read_quads_row(
        quads,
        side,
        one[f.FIRST_X],
        other[f.FIRST_X],
        one[f.FIRST_Y],
        other[f.FIRST_Y],
        share,
        means[0],
        places,
        spare,
        texture,
    )
    read_quads_row(
        quads,
        side,
        one[f.SECOND_X],
        other[f.SECOND_X],
        one[f.SECOND_Y],
        other[f.SECOND_Y],
        share,
        means[1],
        places,
        spare,
        deeper,
    )
    stand_row(
        seen[y],
        one[f.NEAR],
        other[f.NEAR],
        one[f.WEIGHT],
        other[f.WEIGHT],
        one[f.HEIGHT],
        other[f.HEIGHT],
        share,
        w,
        deeper,
        texture,
        scratch[_FIGURE + now],
        scratch[_KEEP + now],
        scratch[_TRAIL + now],
        scratch[_HEIGHT + y % 3],
    )


def paint_row(
    y: int,
    edge: Bytes,
    grain: Planes,
    grain_x: int,
    grain_y: int,
    wide: Planes,
    top: Indices,
    fall: Row,
    across: Row,
    down: Row,
    table: Row,
    w: Row,
    last: Row,
    carries: int,
    matrix: Row,
    scratch: Planes,
    pixels: Planes,
    places: Indices,
    out: Planes,
) -> None:
    """One row's colours, once the heights of its neighbours are known."""
    height, width, now, share = edge.shape[0], edge.shape[1], y % 2, fall[y]
    one, other = wide[top[y] % 3], wide[(top[y] + 1) % 3]
    shade, right, below = scratch[_SHADE], scratch[_RIGHT], scratch[_BELOW]
    if y > 0 and y < height - 1:
        above, here, under = scratch[_HEIGHT + (y - 1) % 3], scratch[_HEIGHT + y % 3], scratch[_HEIGHT + (y + 1) % 3]
        shade_row(above, here, under, w[k.ACROSS], w[k.DOWN], shade)
    else:
        clear(shade)
    colour_row(
        scratch[_TEXTURE + now],
        scratch[_OTHER + now],
        scratch[_FIGURE + now],
        shade,
        one[f.LIGHT],
        other[f.LIGHT],
        one[f.RIM],
        other[f.RIM],
        one[f.PHASE],
        other[f.PHASE],
        share,
        edge[y],
        grain[y + grain_y, grain_x : grain_x + width],
        across,
        down[y],
        w,
        places[0, :width],
        right,
        below,
    )
    if carries == 0:
        read_pixels(table, 4 * (TABLE_HUES + 1), places[0], right, below, out[y])
        return
    read_pixels(table, 4 * (TABLE_HUES + 1), places[0], right, below, pixels[_FRESH])
    carry_row(
        one[f.CARRY_X],
        other[f.CARRY_X],
        one[f.CARRY_Y],
        other[f.CARRY_Y],
        share,
        width,
        height,
        places[1, :width],
        right,
        below,
    )
    read_pixels(last, 4 * width, places[1], right, below, pixels[_CARRIED])
    mix_pixels(
        places[0], pixels[_FRESH], pixels[_CARRIED], scratch[_KEEP + now], scratch[_TRAIL + now], w, matrix, out[y]
    )


def gather(y: int, out: Planes, cells: Indices, starts: Indices, sums: Row, bright: Planes) -> None:
    """Add a row to what the lattice has of the picture; at the last row of a lattice row, finish that."""
    add_row(out[y], sums)
    if cells[y + 1] == cells[y]:
        return
    rows = 1
    while y - rows >= 0 and cells[y - rows] == cells[y]:
        rows += 1
    bright_row(sums, starts, rows, F(HALO_FLOOR), bright[cells[y]])
    clear(sums)


def clear(row: Row) -> None:
    for j in range(row.shape[0]):
        row[j] = F(0.0)


@kernel(
    "void(float32[:,::1], float32[:,::1], float32, int32[::1], float32[::1], int32[::1], float32[::1], float32[:,::1],"
    "uint8[:,::1])"
)
def finish_rows(
    picture: Planes,
    halo: Planes,
    glow: np.float32,
    left: Indices,
    share: Row,
    top: Indices,
    fall: Row,
    wide: Planes,
    out: Bytes,
) -> None:
    """Lay the halo over the picture and turn it into bytes.

    Args:
        picture: [height, 4 width]; halo: [rows, 4 columns]; left, share, top, fall: see paint_rows.
        wide: [2, 4 width], scratch; out: [height, 4 width], written.
    """
    had = top[0]
    expand_pixels(halo[had], left, share, wide[had % 2])
    for y in range(picture.shape[0]):
        while had < top[y] + 1:
            had += 1
            expand_pixels(halo[had], left, share, wide[had % 2])
        screen_row(picture[y], wide[top[y] % 2], wide[(top[y] + 1) % 2], fall[y], glow, out[y])
