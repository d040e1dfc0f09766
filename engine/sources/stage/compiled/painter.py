"""The stage painted by one compiled loop."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.frame import DepthImage, RgbImage
from engine.sources.stage.compiled.library import LIBRARY
from engine.sources.stage.compiled.picture import paint_stage
from engine.sources.stage.compiled.shadow_rows import MARGIN
from engine.sources.stage.compiled.solid_rows import PAD, SURFACE_NUMBERS
from engine.sources.stage.decor import Decor, decor_of
from engine.sources.stage.figure import Capsule
from engine.sources.stage.lighting import LIGHT_COLOURS, PALETTE, light_weights
from engine.sources.stage.props import SeenCube
from engine.sources.stage.scene import Instant
from engine.sources.stage.scenery import (
    FLOOR_EDGE_M,
    FLOOR_PX,
    SHADOW_PX,
    horizon,
    wall_shift,
)
from engine.sources.stage.view import SQUARE, Lens, View
from engine.sources.stage_sets import StageSet

_FARTHEST_FLOOR_M: Final = 11.0
"""Farther along the camera's axis than any floor that is not all haze."""


Solid = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], tuple[float, float, float, float]]
"""The cube's planes with their normals, its edges, and its box: see paint_stage."""

_NO_CUBE: Final[Solid] = (
    np.zeros((0, 6), np.float32),
    np.zeros((0, 3), np.float32),
    (0.0, 0.0, math.inf, -math.inf),  # no row of the picture meets it
)


class CompiledPainter:
    """Paints row by row. Owns its scratch, so one thread uses it.

    Args:
        decor: of its lens; None: that of the stage.

    Raises:
        NotCompiledError: the loop has not been compiled.
    """

    def __init__(self, lens: Lens = SQUARE, decor: Decor | None = None) -> None:
        LIBRARY.load()
        self._lens = lens
        decor = decor or decor_of(StageSet.STAGE, lens)
        self._wall = decor.wall.reshape(len(decor.wall), -1)
        self._floor = decor.floor.reshape(-1).view(np.uint32)
        self._shades = np.zeros((3, SHADOW_PX + 2 * MARGIN, SHADOW_PX + 2 * MARGIN), np.float32)
        self._shading = np.zeros((6 + len(PALETTE), 4), np.float32)
        self._shading[3:6] = LIGHT_COLOURS
        self._shading[6:, :3] = PALETTE
        strip = math.ceil(_FARTHEST_FLOOR_M / lens.focal * FLOOR_PX / FLOOR_EDGE_M * lens.width) + 2 * PAD
        padded = lens.width + 2 * PAD
        self._rows = np.zeros((5, padded), np.float32)
        self._kinds = np.zeros((2, padded), np.int32)
        self._lanes = np.zeros((4, max(strip, padded)), np.uint64)
        self._lit_spans = np.zeros((3, 2), np.int64)
        self._described = np.zeros((0, SURFACE_NUMBERS), np.float32)

    def paint(self, instant: Instant) -> tuple[RgbImage, DepthImage]:
        """See Painter."""
        view, lens = instant.view, self._lens
        picture = np.empty((lens.height, 3 * lens.width), np.uint8)
        depth = np.empty(lens.surface, np.float32)
        capsules = _as_rows(instant.casters)
        if len(self._described) != 3 * len(capsules):
            self._described = np.zeros((3 * len(capsules), SURFACE_NUMBERS), np.float32)
        self._shading[:3] = light_weights(view, instant.light_turn)
        shift = wall_shift(view)
        planes, edges, box = _solid(instant.cube) if instant.cube is not None else _NO_CUBE
        paint_stage(
            picture, depth, self._wall, self._floor, self._shades, capsules,
            planes, edges, self._shading, _camera(view),
            np.array([(0.0,) * 4, box]), self._described, self._rows, self._kinds, self._lanes, self._lit_spans,
            horizon(view), math.floor(shift), round(256.0 * (shift - math.floor(shift))),
        )  # fmt: skip
        return picture.reshape(lens.height, lens.width, 3), depth


def _as_rows(capsules: tuple[Capsule, ...]) -> npt.NDArray[np.float64]:
    return np.array(
        [
            (*one.start.tolist(), *one.end.tolist(), one.start_radius, one.end_radius, one.material)
            for one in capsules
        ]
    )  # fmt: skip


def _camera(view: View) -> npt.NDArray[np.float64]:
    return np.array([*view.position.tolist(), *view.axes.ravel().tolist(), view.lens.focal, *view.lens.centre])


def _box(cube: SeenCube) -> tuple[float, float, float, float]:
    """Left, right, top, bottom in the picture."""
    x, y = cube.hull[:, 0].tolist(), cube.hull[:, 1].tolist()
    return min(x), max(x), min(y), max(y)


def _solid(cube: SeenCube) -> Solid:
    return np.hstack((cube.planes, cube.normals)).astype(np.float32), _edges(cube), _box(cube)


def _edges(cube: SeenCube) -> npt.NDArray[np.float32]:
    """For each edge of the hull (a, b, c): a x + b y + c is the distance outside of it, in picture pixels."""
    run = np.roll(cube.hull, -1, axis=0) - cube.hull
    length = np.sqrt(run[:, 0] ** 2 + run[:, 1] ** 2)
    a, b = -run[:, 1] / length, run[:, 0] / length
    return np.stack((a, b, -a * cube.hull[:, 0] - b * cube.hull[:, 1]), axis=1).astype(np.float32)
