"""How a product's tiles are dealt over the multiprocessors, so that the last wave is not nearly empty.

Every multiprocessor works through whole tiles, and as many tiles as there are multiprocessors take the time of one: a
wave. Of 1176 tokens and 5120 columns there are 200 tiles for 132, so that the second wave is half empty, and of each
tenth band of tiles only 24 rows of 128 hold tokens. Tiles of half the height fill both: 132 tiles, and then 116 halves.

Split along the inner dimension instead ("stream-K", arXiv 2301.03598), parts of a tile would have to be written,
waited for and added up: some 14 µs of a tile's 31 at an inner dimension of 5120, as much as there is to gain.
"""

import functools
from dataclasses import dataclass
from typing import Final

TILE: Final = (128, 256)
"""Rows and columns of a tile of the fp8 product."""

HALF: Final = 0.65
"""The time of half a tile by that of a whole one: it multiplies half as much and loads 5/6 as much."""

WORTH: Final = 0.95
"""A plan with halves must take less than 95 % of whole tiles' time by its own reckoning."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who multiplies what.

    Whole tile number t lies at band t % bands and slice t // bands, and program t % programs makes it. Halves go
    round the programs that have no tile in the last wave: first the upper and the lower half of each tile that is cut,
    then the half band at the end of the rows, the last slice first: its weights were read last.

    Attributes:
        bands: of whole tiles, along the rows; whole: tiles made whole, in their order.
        cut: halves of tiles that are cut; halves: all of them, `cut` and those of the half band.
        waves: reckoned time, in times of a tile.
    """

    bands: int
    whole: int
    cut: int
    halves: int
    waves: float


@functools.lru_cache(maxsize=1024)
def plan_product(rows: int, columns: int, tile_rows: int, tile_columns: int, programs: int) -> Plan | None:
    """Deal out a product of rows × columns; None where whole tiles alone are as good.

    Args:
        tile_rows: even; programs: multiprocessors.
    """
    slices = -(-columns // tile_columns)
    half_bands = -(-rows // (tile_rows // 2))
    bands, ragged = half_bands // 2, half_bands % 2 * slices
    tiles = bands * slices
    base = tiles // programs * programs
    found: Plan | None = None
    for whole in range(tiles, base - 1, -1):
        cut = 2 * (tiles - whole)
        rounds = -(-(cut + ragged) // (programs - (whole - base)))
        waves = base / programs + max(float(whole > base), rounds * HALF)
        if found is None or waves < found.waves:
            found = Plan(bands, whole, cut, cut + ragged, waves)
    usual = _usual_waves(rows, columns, tile_rows, tile_columns, programs)
    return found if found is not None and found.waves < WORTH * usual else None


def product_waves(rows: int, columns: int, programs: int, *, halves: bool) -> float:
    """Reckoned time of a product, in times that one multiprocessor takes for a tile.

    Args:
        programs: multiprocessors; halves: whether tiles may be cut.
    """
    plan = plan_product(rows, columns, *TILE, programs) if halves else None
    return plan.waves if plan is not None else _usual_waves(rows, columns, *TILE, programs)


def _usual_waves(rows: int, columns: int, tile_rows: int, tile_columns: int, programs: int) -> int:
    """Of whole tiles alone."""
    return -(-(-(-rows // tile_rows) * -(-columns // tile_columns)) // programs)
