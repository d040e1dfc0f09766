"""The loops over the picture's rows."""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field.colour import TABLE_HUES
from engine.generators.field.compiled import forms as f
from engine.generators.field.compiled import weights as k
from engine.generators.field.compiled.arithmetic import (
    Bytes,
    F,
    Indices,
    Row,
    blend_row,
    expand_row,
    read_tile_row,
)
from engine.generators.field.compiled.rows import (
    add_row,
    bright_row,
    carry_row,
    expand_pixels,
    keep_row,
    light_row,
    mix_pixels,
    read_pixels,
    screen_row,
    see_row,
    shade_row,
    stand_row,
    table_row,
)
from engine.generators.field.halo import HALO_FLOOR
from engine.jit import kernel

Planes = npt.NDArray[np.float32]

# Rows of scratch, each as long as the picture is wide.
_SHADE: Final = 0
_LIGHT: Final = 1
_RIGHT: Final = 2
_BELOW: Final = 3
_FROM_RIGHT: Final = 4
_FROM_BELOW: Final = 5
_KEEP: Final = 6
_TRAIL: Final = 7
_HEIGHT: Final = 8  # 3 of them: a slope needs the rows above and below
_TEXTURE: Final = 11  # and from here 2 of each: a row waits for the height below it
_OTHER: Final = 13
_FIGURE: Final = 15
_PRESENCE: Final = 17
SCRATCH: Final = 19

# Rows of scratch, each of four channels a pixel.
_FRESH: Final = 0
_CARRIED: Final = 1
_SUMS: Final = 2
PIXELS: Final = 3


@kernel("void(uint8[:,::1], int32[::1], int32[::1], int64[::1], float32[:,::1])")
def shrink_bytes(plane: Bytes, cells: Indices, starts: Indices, sums: npt.NDArray[np.int64], out: Planes) -> None:
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


@kernel(
    "void(int64, int64, uint8[:,::1], uint8[:,::1], float32[:,::1], int64, int64, float32[:,:,::1], float32[::1],"
    "int32[::1], float32[::1], int32[::1], float32[::1], float32[::1], float32[::1], int32[::1], int32[::1],"
    "float32[::1], int64, float32[::1], float32[::1], float32[::1], int64, float32[::1],"
    "float32[:,:,::1], float32[:,:,::1], float32[:,::1], float32[:,::1], int32[:,::1], float32[:,::1], float32[:,::1])"
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
    tile: Row,
    side: int,
    table: Row,
    w: Row,
    last: Row,
    carries: int,
    matrix: Row,
    wide: Planes,
    planes: Planes,
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
        tile: [side + 1, side + 1] as one row; table: [TABLE_LIGHTS, TABLE_HUES + 1, 4] as one row.
        last: the last picture as one row, if carries is 1; matrix: [16], of its colours, column by column.
        wide: [2, PLANES, width], planes: [2, PLANES, width], scratch: [SCRATCH, width],
            pixels: [PIXELS, 4 width], places: [2, width + 1] with -1 behind the last: scratch.
        out: [height, 4 width], the picture, written; bright: [rows, 4 columns], what of it glows, written.
    """
    height, width = seen.shape
    had = top[max(begin - 1, 0)]
    expand_page(sheet[had], left, share, wide[had % 2])
    first = max(begin - 1, 0)
    for y in range(first, min(end + 1, height)):
        # The lattice rows above and below this row, as wide as the picture.
        while had < top[y] + 1:
            had += 1
            expand_page(sheet[had], left, share, wide[had % 2])
        now, slot = y % 2, y % 3
        blend_page(wide[top[y] % 2], wide[(top[y] + 1) % 2], fall[y], planes[now])
        stand_out(seen[y], planes[now], means, tile, side, w, scratch, now, slot)
        if y - 1 >= begin:
            paint_row(
                y - 1, edge, grain, grain_x, grain_y, across, down, table, w, last, carries, matrix, planes, scratch, pixels,
                places, out,
            )
            gather(y - 1, out, cells, starts, pixels[_SUMS], bright)
    if end == height:
        paint_row(
            height - 1, edge, grain, grain_x, grain_y, across, down, table, w, last, carries, matrix, planes, scratch, pixels,
            places, out,
        )
        gather(height - 1, out, cells, starts, pixels[_SUMS], bright)


def expand_page(page: Planes, left: Indices, share: Row, out: Planes) -> None:
    """A lattice row's planes [PLANES, columns] as wide as the picture."""
    for p in range(out.shape[0]):
        expand_row(page[p], left, share, out[p])


def blend_page(one: Planes, other: Planes, share: np.float32, out: Planes) -> None:
    for p in range(out.shape[0]):
        blend_row(one[p], other[p], share, out[p])


def stand_out(
    seen: Bytes, planes: Planes, means: Row, tile: Row, side: int, w: Row, scratch: Planes, now: int, slot: int
) -> None:
    """One row's material, figure and height."""
    texture, other, figure = scratch[_TEXTURE + now], scratch[_OTHER + now], scratch[_FIGURE + now]
    read_tile_row(tile, side, planes[f.FIRST_X], planes[f.FIRST_Y], means[0], texture)
    read_tile_row(tile, side, planes[f.SECOND_X], planes[f.SECOND_Y], means[1], other)
    see_row(seen, w[k.SEEN_GAIN], w[k.SEEN_BASE], figure)
    stand_row(
        planes[f.NEAR],
        planes[f.WEIGHT],
        w,
        other,
        texture,
        figure,
        scratch[_PRESENCE + now],
        planes[f.HEIGHT],
        scratch[_HEIGHT + slot],
    )


def paint_row(
    y: int,
    edge: Bytes,
    grain: Planes,
    grain_x: int,
    grain_y: int,
    across: Row,
    down: Row,
    table: Row,
    w: Row,
    last: Row,
    carries: int,
    matrix: Row,
    planes: Planes,
    scratch: Planes,
    pixels: Planes,
    places: Indices,
    out: Planes,
) -> None:
    """One row's colours, once the heights of its neighbours are known."""
    height, width, now = edge.shape[0], edge.shape[1], y % 2
    page = planes[now]
    texture, other, figure = scratch[_TEXTURE + now], scratch[_OTHER + now], scratch[_FIGURE + now]
    shade, light, right, below = scratch[_SHADE], scratch[_LIGHT], scratch[_RIGHT], scratch[_BELOW]
    if y > 0 and y < height - 1:
        above_y, here_y, below_y = (y - 1) % 3, y % 3, (y + 1) % 3
        shade_row(
            scratch[_HEIGHT + above_y], scratch[_HEIGHT + here_y], scratch[_HEIGHT + below_y], w[k.ACROSS], w[k.DOWN], shade
        )
    else:
        for j in range(width):
            shade[j] = F(0.0)
    light_row(texture, other, figure, shade, page[f.LIGHT], page[f.RIM], edge[y], w, light)
    noise = grain[y + grain_y, grain_x : grain_x + width]
    table_row(
        light, across, down[y], noise, texture, figure, shade, page[f.PHASE], w, places[0, :width], right, below
    )
    if carries == 0:
        read_pixels(table, 4 * (TABLE_HUES + 1), places[0], right, below, out[y])
        return
    read_pixels(table, 4 * (TABLE_HUES + 1), places[0], right, below, pixels[_FRESH])
    from_right, from_below = scratch[_FROM_RIGHT], scratch[_FROM_BELOW]
    carry_row(page[f.CARRY_X], page[f.CARRY_Y], width, height, places[1, :width], from_right, from_below)
    read_pixels(last, 4 * width, places[1], from_right, from_below, pixels[_CARRIED])
    keep_row(scratch[_PRESENCE + now], w, scratch[_KEEP], scratch[_TRAIL])
    mix_pixels(
        places[0], pixels[_FRESH], pixels[_CARRIED], scratch[_KEEP], scratch[_TRAIL], w, matrix, out[y]
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
    for j in range(sums.shape[0]):
        sums[j] = F(0.0)


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
