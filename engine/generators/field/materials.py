"""Material tiles: thirteen seamless grey textures that give a look its grain at full resolution.

Each is float32 [TILE, TILE], periodic in both directions, mean 0, about unit deviation. They are made
once in warm-up from seeded generators (under half a second) and mixed by a look's texture traits.
"""

import math
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.generators.field.lattice import Plane
from engine.generators.field.traits import TEXTURES, Trait, Vector

TILE: Final = 512
"""Edge of a tile, in texels; a view of 0.7 tiles on 448 pixels keeps texels near pixel size."""

EYE_ADAPTS: Final = 0.75
"""Share of a plane's mean that is taken off: a dark region that drifts over the whole picture must not
dim it, as the eye would open to it."""

_SEED: Final = 0x48415244


def _normalised(plane: npt.NDArray[np.floating], limit: float = 2.6) -> Plane:
    flat = plane - plane.mean()
    return np.asarray(np.clip(flat / (flat.std() + 1e-9), -limit, limit), np.float32)


def _frequencies() -> tuple[Plane, Plane]:
    fy = np.fft.fftfreq(TILE)[:, None].astype(np.float32) * TILE
    fx = np.fft.rfftfreq(TILE)[None, :].astype(np.float32) * TILE
    return fx, fy


def _spectral(rng: np.random.Generator, gain: npt.NDArray[np.floating]) -> Plane:
    """White noise shaped in the Fourier domain: seamless by construction."""
    white = np.fft.rfft2(rng.standard_normal((TILE, TILE), dtype=np.float32))
    return _normalised(np.fft.irfft2(white * gain, s=(TILE, TILE)), 4.0)


def _band(rng: np.random.Generator, low: float, high: float, slope: float) -> Plane:
    fx, fy = _frequencies()
    radius = np.sqrt(fx * fx + fy * fy) + 1e-3
    return _spectral(rng, (radius >= low) * np.exp(-((radius / high) ** 2)) * radius**-slope)


def _grid() -> tuple[Plane, Plane]:
    axis = (np.arange(TILE, dtype=np.float32) + 0.5) / TILE
    return np.meshgrid(axis, axis)


def _voronoi(rng: np.random.Generator, cells: int, jitter: float, stagger: float) -> tuple[Plane, Plane, Plane, Plane]:
    """Nearest and second-nearest distance (in cells), a random direction for each cell, and the way along it.

    Worley, "A cellular texture basis function" (1996): one jittered point a cell, 3×3 searched.
    """
    points = 0.5 + jitter * (rng.random((cells, cells, 2), dtype=np.float32) - 0.5)
    points[1::2, :, 0] += np.float32(stagger)
    headings = rng.random((cells, cells), dtype=np.float32) * np.float32(2 * math.pi)
    axis = (np.arange(TILE, dtype=np.float32) + 0.5) * np.float32(cells / TILE)
    cell = axis.astype(np.int32)
    first = np.full((TILE, TILE), 9.0, np.float32)
    second = first.copy()
    angle = np.zeros_like(first)
    away_x, away_y = np.zeros_like(first), np.zeros_like(first)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            near = np.ix_((cell + down) % cells, (cell + across) % cells)
            point = points[near]
            dx = (axis - (cell + across))[None, :] - point[..., 0]
            dy = (axis - (cell + down))[:, None] - point[..., 1]
            distance = dx * dx + dy * dy
            nearer = distance < first
            np.minimum(second, np.maximum(first, distance), out=second)
            np.copyto(first, distance, where=nearer)
            np.copyto(angle, headings[near], where=nearer)
            np.copyto(away_x, dx, where=nearer)
            np.copyto(away_y, dy, where=nearer)
    tilt = away_x * np.cos(angle) + away_y * np.sin(angle)
    np.sqrt(first, out=first)
    np.sqrt(second, out=second)
    return first, second, angle, tilt


def _liquid(rng: np.random.Generator) -> Plane:
    """Caustics: bright webs where two smooth waves cross their zero together, over a slow swell."""
    swell, one, two = (_band(rng, 1, high, 1.0) for high in (4.0, 7.0, 9.0))
    web = np.exp(-2.6 * np.abs(one)) + np.exp(-3.2 * np.abs(two))
    return _normalised(0.5 * swell + 1.5 * web)


def _fog(rng: np.random.Generator) -> Plane:
    return _normalised(_band(rng, 1, 60, 2.1))


def _cells(rng: np.random.Generator) -> Plane:
    first, second, _, _ = _voronoi(rng, 11, 0.9, 0.0)
    wall = np.clip((second - first) * 3.2, 0.0, 1.0)
    return _normalised(wall * (1.25 - first) - 0.35 * np.exp(-40 * first * first))


def _crystal(rng: np.random.Generator) -> Plane:
    """Facets: each cell a tilted plane of its own brightness, with a thin bright edge."""
    total = np.zeros((TILE, TILE), np.float32)
    for cells, gain in ((6, 1.0), (13, 0.55)):
        first, second, angle, tilt = _voronoi(rng, cells, 1.0, 0.0)
        total += gain * (0.9 * np.sin(angle) + 1.5 * tilt + 0.9 * np.exp(-((second - first) * 26.0)))
    return _normalised(total)


def _lines(rng: np.random.Generator) -> Plane:
    """Strata: level lines that flow around a slow noise."""
    _, y = _grid()
    bend = _band(rng, 1, 3.5, 1.2)
    phase = 2 * math.pi * (26 * y + 1.9 * bend)
    return _normalised(np.exp(2.6 * (np.sin(phase) - 1.0)))


def _weave(rng: np.random.Generator) -> Plane:
    x, y = _grid()
    threads = 44
    across, down = np.sin(math.pi * threads * x) ** 2, np.sin(math.pi * threads * y) ** 2
    over = (np.floor(x * threads) + np.floor(y * threads)) % 2
    sheen = _band(rng, 1, 5, 1.0)
    return _normalised(
        np.where(over > 0, across * (0.55 + 0.45 * down), 0.7 * down * (0.5 + 0.5 * across)) + 0.12 * sheen
    )


def _sparks(rng: np.random.Generator) -> Plane:
    """Sparse points of very different brightness, each with a small halo."""
    points = np.zeros((TILE, TILE), np.float32)
    rows, columns = rng.integers(0, TILE, (2, 420))
    np.add.at(points, (rows, columns), rng.random(420, dtype=np.float32) ** 3 + 0.04)
    fx, fy = _frequencies()
    square = fx * fx + fy * fy
    halo = np.exp(-square / (2 * 70.0**2)) + 0.9 * np.exp(-square / (2 * 16.0**2))
    return _normalised(np.fft.irfft2(np.fft.rfft2(points) * halo, s=(TILE, TILE)), 5.0)


def _veins(rng: np.random.Generator) -> Plane:
    """Ridged noise (Musgrave): branching filaments."""
    total = np.zeros((TILE, TILE), np.float32)
    for low, high, gain in ((1, 6, 1.0), (4, 14, 0.6), (9, 34, 0.3)):
        ridge = np.exp(-5.5 * np.abs(_band(rng, low, high, 0.6)))
        total += gain * ridge * (0.35 + total)
    return _normalised(total, 3.6)


def _hex(rng: np.random.Generator) -> Plane:
    """Staggered tiles: an almost regular honeycomb, each cell with its own brightness."""
    first, second, angle, tilt = _voronoi(rng, 14, 0.12, 0.5)
    wall = np.clip((second - first) * 5.0, 0.0, 1.0)
    return _normalised(wall * (0.8 + 0.45 * np.sin(angle) + 0.5 * tilt - 0.4 * first))


def _bristle(rng: np.random.Generator) -> Plane:
    """Fibres: noise long in y and short in x."""
    fx, fy = _frequencies()
    fibres = np.exp(-((fy / 5.0) ** 2)) * np.exp(-(((np.abs(fx) - 34.0) / 34.0) ** 2))
    return _normalised(_spectral(rng, fibres) + 0.4 * _band(rng, 1, 6, 1.0))


def _rings(rng: np.random.Generator) -> Plane:
    """Ripples around scattered centres, the strongest ring winning."""
    x, y = _grid()
    total = np.full((TILE, TILE), -1.0, np.float32)
    for cx, cy, radius, count in rng.random((22, 4), dtype=np.float32):
        dx, dy = np.mod(x - cx + 0.5, 1.0) - 0.5, np.mod(y - cy + 0.5, 1.0) - 0.5
        distance = np.sqrt(dx * dx + dy * dy)
        reach = 0.07 + 0.16 * radius
        fade = np.clip(1.0 - distance / reach, 0.0, 1.0)
        ripple = np.exp(3.0 * (np.cos(2 * math.pi * (3 + round(4 * float(count))) * distance / reach) - 1.0))
        total = np.maximum(total, ripple * np.sqrt(fade) * 1.6 - 0.6)
    return _normalised(total)


def _circuit(rng: np.random.Generator) -> Plane:
    """Blocks and right-angled traces on a grid of 16 texels."""
    cell = 16
    count = TILE // cell
    blocks = np.kron((rng.random((count, count)) ** 3).astype(np.float32), np.ones((cell, cell), np.float32))
    canvas = np.zeros((TILE, TILE), np.float32)
    for _ in range(90):
        row, column = (int(value) * cell for value in rng.integers(0, count, 2))
        for leg in range(3):
            length = int(rng.integers(2, 7)) * cell
            lit = np.zeros_like(canvas)
            if leg % 2:
                lit[0:3, :length] = 1.0
                row_next, column_next = row, column + length
            else:
                lit[:length, 0:3] = 1.0
                row_next, column_next = row + length, column
            canvas = np.maximum(canvas, np.roll(lit, (row, column), (0, 1)))
            row, column = row_next % TILE, column_next % TILE
    gap = np.ones((cell, cell), np.float32)
    gap[0] = gap[:, 0] = 0.0
    halo = cv2.GaussianBlur(canvas, (0, 0), 5.0)
    return _normalised(0.55 * blocks * np.tile(gap, (count, count)) + 0.9 * canvas + 0.8 * halo, 3.2)


def _wisps(rng: np.random.Generator) -> Plane:
    """Smoke: plumes carried along the curl of a slow noise (Bridson et al., "Curl-noise", 2007) until they fray."""
    plume = _band(rng, 1, 22, 1.1)
    potential = _band(rng, 1, 7, 1.5)
    step = np.float32(26.0)
    down, across = (step * (np.roll(potential, -1, axis) - np.roll(potential, 1, axis)) for axis in (0, 1))
    x, y = np.meshgrid(np.arange(TILE, dtype=np.float32), np.arange(TILE, dtype=np.float32))
    for _ in range(14):
        carried = cv2.remap(plume, x - down, y + across, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        plume = np.asarray(carried, np.float32)
    return _normalised(np.exp(0.55 * plume) + 0.35 * _band(rng, 1, 5, 1.5), 3.2)


_MAKERS: Final[dict[Trait, Callable[[np.random.Generator], Plane]]] = {
    Trait.LIQUID: _liquid,
    Trait.FOG: _fog,
    Trait.CELLS: _cells,
    Trait.CRYSTAL: _crystal,
    Trait.LINES: _lines,
    Trait.WEAVE: _weave,
    Trait.SPARKS: _sparks,
    Trait.VEINS: _veins,
    Trait.HEX: _hex,
    Trait.BRISTLE: _bristle,
    Trait.RINGS: _rings,
    Trait.CIRCUIT: _circuit,
    Trait.WISPS: _wisps,
}


def make_tile(texture: Trait) -> Plane:
    """One tile; always the same for the same texture."""
    return _MAKERS[texture](np.random.default_rng([_SEED, int(texture)]))


class Materials:
    """All tiles, and the mixture that a look asks for."""

    def __init__(self, tiles: list[Plane]) -> None:
        if len(tiles) != TEXTURES:
            raise ValueError(f"{TEXTURES} tiles are needed, not {len(tiles)}")
        self._tiles = tiles

    def mix(self, traits: Vector) -> Plane:
        """The mixture for a trait vector.

        Returns:
            float32 [TILE + 1, TILE + 1], last row and column repeating the first, so that linear
            interpolation wraps; about unit deviation whatever the number of parts.
        """
        weights = traits[:TEXTURES].astype(np.float64)
        # A trace of fog, so that a look without a texture is soft rather than undefined.
        weights[Trait.FOG] += 0.05
        weights /= math.sqrt(float((weights**2).sum()))
        out = np.zeros((TILE + 1, TILE + 1), np.float32)
        inner = out[:TILE, :TILE]
        for weight, tile in zip(weights, self._tiles, strict=True):
            if weight > 1e-4:
                cv2.scaleAdd(tile, float(weight), inner, dst=inner)
        out[TILE, :TILE] = out[0, :TILE]
        out[:, TILE] = out[:, 0]
        return out
