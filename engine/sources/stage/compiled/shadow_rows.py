"""The shadow map as loops to be compiled: what cast_shadows in scenery draws with OpenCV."""

from typing import Any, Final

import numpy as np

from engine.sources.stage.compiled.solid_rows import LANES
from engine.sources.stage.scenery import KEY_LEFTWARD, KEY_TOWARDS, SHADOW_EDGE_M, SHADOW_LEVEL, SHADOW_PX

Number = Any
Array = Any

MARGIN: Final = 24
"""Pixels of light around the map, so that whole blocks fit and nothing must be mirrored."""

_SCALE: Final = SHADOW_PX / SHADOW_EDGE_M
_SOFT_PX: Final = 4.0
"""Two blurs over five pixels reach so far."""


def cast(casters: Array, hard: Array, across: Array, soft: Array, shaded: Array) -> None:
    """The shadow map of casters.

    Args:
        casters: float64 [n, 9], see paint_stage.
        hard, across: scratch float32 [SHADOW_PX + 2 MARGIN] * 2.
        soft: out, the same size, light 0..255.
        shaded: out, left, right, top, bottom of what may be shaded in it.
    """
    light = np.float32(255.0)
    hard[:] = light
    soft[:] = light
    shaded[0], shaded[1], shaded[2], shaded[3] = 1e9, -1e9, 1e9, -1e9
    for n in range(len(casters)):
        one = casters[n]
        x0, y0 = _place(one[0], one[1], KEY_LEFTWARD), _place(one[2], one[1], KEY_TOWARDS)
        x1, y1 = _place(one[3], one[4], KEY_LEFTWARD), _place(one[5], one[4], KEY_TOWARDS)
        # OpenCV draws lines of whole pixels, and a pixel wider than told.
        reach = 0.5 * max(np.floor(_SCALE * (one[6] + one[7]) + 0.5), 1.0) + 0.5
        left, right = max(min(x0, x1) - reach, MARGIN), min(max(x0, x1) + reach, MARGIN + SHADOW_PX - 1.0)
        top, bottom = max(min(y0, y1) - reach, MARGIN), min(max(y0, y1) + reach, MARGIN + SHADOW_PX - 1.0)
        if left > right or top > bottom:
            continue
        shaded[0], shaded[1] = min(shaded[0], left), max(shaded[1], right)
        shaded[2], shaded[3] = min(shaded[2], top), max(shaded[3], bottom)
        for row in range(int(top), int(bottom) + 2):
            _draw_shadow(x0, row - y0, x1 - x0, y1 - y0, reach, int(left), int(right) + 1, hard[row])
    if shaded[0] > shaded[1]:
        return
    shaded[0], shaded[1] = shaded[0] - _SOFT_PX - 2.0, shaded[1] + _SOFT_PX + 2.0
    shaded[2], shaded[3] = shaded[2] - _SOFT_PX - 2.0, shaded[3] + _SOFT_PX + 2.0
    left, top, bottom = int(shaded[0]), int(shaded[2]), int(shaded[3])
    width = int(shaded[1]) - left
    for row in range(top - 4, bottom + 5):
        line = hard[row][left - 4 :]
        _soften(
            line,
            line[1:],
            line[2:],
            line[3:],
            line[4:],
            line[5:],
            line[6:],
            line[7:],
            line[8:],
            width,
            across[row][left:],
        )
    for row in range(top, bottom):
        _soften(
            across[row - 4][left:], across[row - 3][left:], across[row - 2][left:], across[row - 1][left:],
            across[row][left:], across[row + 1][left:], across[row + 2][left:], across[row + 3][left:],
            across[row + 4][left:], width, soft[row][left:],
        )  # fmt: skip


def _place(level: Number, height: Number, slope: Number) -> Number:
    """Where light takes a point, along one axis of the floor, in pixels of the map."""
    return (level - height * slope + 0.5 * SHADOW_EDGE_M) * _SCALE - 0.5 + MARGIN


def _draw_shadow(
    x0: Number, below: Number, run_x: Number, run_y: Number, reach: Number, first: int, last: int, out: Array
) -> None:
    """The part of a row that lies within reach of a stretch from (x0, below under it)."""
    level, zero, one = np.float32(SHADOW_LEVEL), np.float32(0.0), np.float32(1.0)
    scale = np.float32(1.0 / max(run_x * run_x + run_y * run_y, 1e-6))
    dx, dy, y, most = np.float32(run_x), np.float32(run_y), np.float32(below), np.float32(reach * reach)
    for at in range(first, last, LANES):
        row = out[at : at + LANES]
        beside = np.float32(at - x0)
        for k in range(LANES):
            x = beside + np.float32(k)
            along = min(max((x * dx + y * dy) * scale, zero), one)
            px, py = x - along * dx, y - along * dy
            row[k] = level if px * px + py * py <= most else row[k]


def _soften(
    a: Array, b: Array, c: Array, d: Array, e: Array, f: Array, g: Array, h: Array, i: Array, count: int, out: Array
) -> None:
    """Two means over five neighbours, one after the other."""
    two, three, four, five = np.float32(2.0), np.float32(3.0), np.float32(4.0), np.float32(5.0)
    for x in range(count):
        outer = a[x] + i[x] + two * (b[x] + h[x]) + three * (c[x] + g[x])
        out[x] = (outer + four * (d[x] + f[x]) + five * e[x]) * np.float32(1.0 / 25.0)
