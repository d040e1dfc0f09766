"""Paints with compiled loops on one core, without torch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.generators.field.colour import TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.compiled import weights
from engine.generators.field.compiled.forms import DEEP, PLANES, draw_sheet
from engine.generators.field.compiled.picture import PIXELS, SCRATCH, finish_rows, pack_tile, paint_rows, shrink_bytes
from engine.generators.field.halo import blurred
from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.materials import TILE
from engine.generators.field.noise import grain_tile
from engine.generators.field.painter import DARK_ROOM, RASTER, TRUNK, Scheme
from engine.generators.field.places import seen_places
from engine.generators.field.trunk import INPUTS, OUTPUTS, WIDTH, Trunk
from engine.messages.events import BackendChoice
from engine.messages.frame import RgbImage, RgbxImage
from engine.steps import Work

Picture = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Loops:
    """The loops that a painter runs: machine code, or the same functions by the interpreter."""

    draw_sheet: Callable[..., None]
    shrink_bytes: Callable[..., None]
    pack_tile: Callable[..., None]
    paint_rows: Callable[..., None]
    finish_rows: Callable[..., None]


MACHINE: Final = Loops(draw_sheet, shrink_bytes, pack_tile, paint_rows, finish_rows)
INTERPRETED: Final = Loops(
    draw_sheet.python, shrink_bytes.python, pack_tile.python, paint_rows.python, finish_rows.python
)


class CompiledPainter:
    """See Painter.

    Args:
        why: the reason that it was chosen for, in a few words.
    """

    def __init__(self, lattice: Lattice, trunk: Trunk, why: str = "", loops: Loops = MACHINE) -> None:
        self._lattice = lattice
        self._loops = loops
        self._why = why
        width, height = lattice.width, lattice.height
        self._seen = np.zeros((height, width), np.uint8)
        self._soft = np.zeros((height, width), np.uint8)
        self._edge = np.zeros((height, width), np.uint8)
        self._square = np.ones((3, 3), np.uint8)
        self._grain = grain_tile(width, height)
        self._left, self._share = _places(lattice.columns, width)
        self._top, self._fall = _places(lattice.rows, height)
        self._cells = np.append(np.arange(height) * lattice.rows // height, -1).astype(np.int32)
        starts = -(-np.arange(lattice.columns + 1) * width // lattice.columns)
        self._starts = np.append(starts, -1).astype(np.int32)
        self._across, self._down = _squares(width), _squares(height)
        self._dark = False
        # In half turns, as the loop's wave has it; the first layer's input is padded with nothing.
        first = np.zeros((WIDTH, DEEP), np.float32)
        first[:, :INPUTS] = trunk.first / np.pi
        self._layers = (first, np.asarray(trunk.second / np.pi, np.float32), trunk.last)
        self._folded: tuple[tuple[float, float], Plane] | None = None
        self._view = np.stack((lattice.view_x, lattice.view_y))
        self._biases = np.zeros((3, WIDTH), np.float32)
        self._weights = np.zeros(weights.COUNT, np.float32)
        self._hidden = np.zeros((3, WIDTH, lattice.columns), np.float32)
        self._out = np.zeros((lattice.rows, OUTPUTS, lattice.columns), np.float32)
        self._sheet = np.zeros((lattice.rows, PLANES, lattice.columns), np.float32)
        self._means = np.zeros(2, np.float32)
        self._sums = np.zeros(width, np.int32)
        self._wide = np.zeros((3, PLANES, width), np.float32)
        self._tile: Plane | None = None
        self._quads = np.zeros(TILE * TILE, np.int64)
        self._scratch = np.zeros((SCRATCH, width), np.float32)
        self._pixels = np.zeros((PIXELS, 4 * width), np.float32)
        self._at = np.full((3, width + 1), -1, np.int32)
        self._lattice_at = np.full((3, lattice.columns + 1), -1, np.int32)
        self._bright = np.zeros((lattice.rows, 4 * lattice.columns), np.float32)
        self._halo = np.zeros((2, 4 * width), np.float32)
        self._matrix = np.zeros(16, np.float32)
        self._nothing = np.zeros((0, 0, 4), np.float32)

    def backends(self) -> tuple[BackendChoice, ...]:
        lattice = self._lattice
        return (
            BackendChoice(
                component=TRUNK,
                chosen="compiled loop on one core, fp32",
                reason=self._why,
                shapes=f"[{INPUTS} → {WIDTH} → {WIDTH} → {OUTPUTS}] at {lattice.columns}×{lattice.rows} points",
                rejected=(("torch cpu", "three times the CPU time"),),
            ),
            BackendChoice(
                component=RASTER,
                chosen="compiled loops over rows on one core, fp32",
                reason="each pixel is walked through twice a frame, not thirty times",
                shapes=(
                    f"{lattice.width}×{lattice.height} pixels, tile {TILE}×{TILE}, "
                    f"table {TABLE_LIGHTS}×{TABLE_HUES}, picture [.., 4] fp32"
                ),
                rejected=(
                    ("torch and opencv", "three to four times the CPU time, some of it under the interpreter's lock"),
                ),
            ),
        )

    def see(self, image: RgbImage | None) -> Plane:
        self._dark = image is None
        if image is None:
            return np.full(self._lattice.shape, DARK_ROOM, np.float32)
        if image.shape[:2] == self._seen.shape:
            cv2.cvtColor(image, cv2.COLOR_RGB2GRAY, dst=self._seen)
        else:
            grey, size = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (self._lattice.width, self._lattice.height)
            cv2.resize(grey, size, dst=self._seen, interpolation=cv2.INTER_AREA)
        light = np.empty(self._lattice.shape, np.float32)
        self._loops.shrink_bytes(self._seen, self._cells, self._starts, self._sums, light)
        return light

    def blank(self) -> Picture:
        return np.zeros((self._lattice.height, self._lattice.width, 4), np.float32)

    def keep(self, picture: Picture) -> Picture:
        """See Painter: without the fourth channel, which is 1 everywhere."""
        kept = cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB) if picture.shape[2] == 4 else picture.copy()
        return np.asarray(kept, np.float32)

    def adopted(self, picture: Picture) -> Picture:
        if picture.shape[2] == 3:  # first of all: on other channels resize rounds otherwise
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA), np.float32)
        size = (self._lattice.width, self._lattice.height)
        if picture.shape[:2] == (size[1], size[0]):
            return picture
        interpolation = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.float32)

    def paint(self, scheme: Scheme, last: Picture | None, out: Picture) -> Work[RgbxImage]:
        w = self._weights
        weights.put_shape(w, scheme.shape)
        weights.put_mix(w, scheme.mix, self._lattice)
        self._put_light(scheme)
        carry = scheme.carry if last is not None else None
        if carry is not None:
            weights.put_carry(w, carry, self._lattice)
            self._matrix[:] = carry.matrix.T.ravel()
        if self._tile is not scheme.tile:
            self._loops.pack_tile(scheme.tile, self._quads)
            self._tile = scheme.tile
        yield
        self._draw_sheet(scheme)
        yield
        height = self._lattice.height
        self._paint(scheme, last if carry is not None else None, out, 0, height // 2)
        yield
        self._paint(scheme, last if carry is not None else None, out, height // 2, height)
        yield
        return self._finish(out, scheme.glow)

    def _put_light(self, scheme: Scheme) -> None:
        """What the loops see of the input: its luminance in bytes, and its outlines where they are asked for."""
        w, mix = self._weights, scheme.mix
        gain = w[weights.SEEN_GAIN]
        if self._dark:
            w[weights.SEEN_BASE] += gain * DARK_ROOM
            w[weights.SEEN_GAIN] = 0.0
            w[weights.EDGES] = 0.0
            return
        w[weights.SEEN_GAIN] = gain / 255.0
        if mix.edges > 0.0:
            cv2.GaussianBlur(self._seen, (5, 5), 0, dst=self._soft)
            cv2.morphologyEx(self._soft, cv2.MORPH_GRADIENT, self._square, dst=self._edge)

    def _draw_sheet(self, scheme: Scheme) -> None:
        senses, key = scheme.senses, (scheme.shape.fold, scheme.shape.tunnel)
        if self._folded is None or self._folded[0] != key:
            self._folded = (key, np.stack(seen_places(self._lattice, *key)))
        np.divide(scheme.shape.biases, np.pi, out=self._biases[:2], casting="same_kind")
        first, second, third = self._layers
        self._loops.draw_sheet(
            self._folded[1],
            self._view,
            senses.depth,
            senses.near,
            senses.flow,
            scheme.light,
            first,
            second,
            third,
            self._biases,
            self._weights,
            self._quads,
            TILE,
            self._hidden,
            self._lattice_at,
            self._out,
            self._sheet,
            self._means,
        )

    def _paint(self, scheme: Scheme, last: Picture | None, out: Picture, begin: int, end: int) -> None:
        flat = out.reshape(self._lattice.height, -1)
        self._loops.paint_rows(
            begin,
            end,
            self._seen,
            self._edge,
            self._grain,
            scheme.luck.x,
            scheme.luck.y,
            self._sheet,
            self._means,
            self._left,
            self._share,
            self._top,
            self._fall,
            self._across,
            self._down,
            self._cells,
            self._starts,
            self._quads,
            TILE,
            scheme.table.reshape(-1),
            self._weights,
            (self._nothing if last is None else last).reshape(-1),
            int(last is not None),
            self._matrix,
            self._wide,
            self._scratch,
            self._pixels,
            self._at,
            flat,
            self._bright,
        )

    def _finish(self, picture: Picture, glow: float) -> RgbxImage:
        rows, columns = self._lattice.shape
        halo = self._bright
        if glow > 0.0:
            halo = blurred(halo.reshape(rows, columns, 4), self._lattice.coarse).reshape(rows, -1)
        height, width = self._lattice.height, self._lattice.width
        image = np.empty((height, width, 4), np.uint8)
        self._loops.finish_rows(
            picture.reshape(height, -1),
            halo,
            np.float32(max(glow, 0.0)),
            self._left,
            self._share,
            self._top,
            self._fall,
            self._halo,
            image.reshape(height, -1),
        )
        if not self._lattice.reduced:
            return image
        full = (self._lattice.full_width, self._lattice.full_height)
        return np.asarray(cv2.resize(image, full, interpolation=cv2.INTER_LINEAR), np.uint8)


def _places(points: int, pixels: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Pixel centres among lattice points: the point to the left (and -1 behind the last), and the way to the next."""
    place = np.clip((np.arange(pixels) + 0.5) * (points / pixels) - 0.5, 0.0, points - 1.0)
    left = np.minimum(np.floor(place), points - 2)
    return np.append(left, -1).astype(np.int32), (place - left).astype(np.float32)


def _squares(pixels: int) -> npt.NDArray[np.float32]:
    """Squared distance of pixel centres from the middle, 1 at the rim."""
    return ((((np.arange(pixels) + 0.5) / pixels) * 2.0 - 1.0) ** 2).astype(np.float32)
