"""What floor and wall look like: the club that dancers are in, and the hall of lights of the abstract set."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.sources.stage.scenery import FLOOR_EDGE_M, FLOOR_PX, HAZE, Image, backdrop_texture, floor_texture, wall_size
from engine.sources.stage.view import FOCAL_PX, SQUARE, Lens
from engine.sources.stage_sets import StageSet

_GRID_M: Final = 0.6
_BARS: Final = (
    # place -1..1, half its width, colour
    (-0.66, 0.016, (40.0, 120.0, 235.0)),
    (-0.44, 0.010, (150.0, 40.0, 220.0)),
    (-0.25, 0.018, (20.0, 190.0, 210.0)),
    (-0.07, 0.009, (210.0, 40.0, 160.0)),
    (0.12, 0.016, (60.0, 90.0, 240.0)),
    (0.31, 0.010, (20.0, 200.0, 170.0)),
    (0.52, 0.018, (220.0, 60.0, 140.0)),
    (0.74, 0.012, (90.0, 60.0, 230.0)),
)


@dataclass(frozen=True, slots=True)
class Decor:
    """Textures of floor and wall; see floor_texture and backdrop_texture for their shapes."""

    floor: Image
    wall: Image


def decor_of(chosen: StageSet, lens: Lens = SQUARE) -> Decor:
    """The decor of a set for a lens."""
    if chosen is StageSet.ABSTRACT:
        return Decor(grid_texture(), bars_texture(lens))
    return Decor(floor_texture(), backdrop_texture(lens))


@lru_cache(maxsize=1)
def grid_texture() -> Image:
    """A dark floor with lines of light, as floor_texture."""
    place = ((np.arange(FLOOR_PX) + 0.5) / FLOOR_PX - 0.5) * FLOOR_EDGE_M
    along = np.abs((place / _GRID_M + 0.5) % 1.0 - 0.5) * _GRID_M  # metres to the nearest line
    core, glow = np.exp(-((along / 0.014) ** 2)), np.exp(-along / 0.07)
    radius = np.hypot(place, place[:, None])
    line = np.maximum(core, core[:, None]) + 0.28 * np.maximum(glow, glow[:, None])
    circle = np.exp(-(((radius - 2.1) / 0.03) ** 2))
    pool = np.exp(-((radius / 2.6) ** 2))
    colour = _rgb(16, 18, 44) + pool[..., None] * _rgb(40, 34, 64)
    colour += (line * (0.25 + 0.75 * pool))[..., None] * _rgb(20, 130, 190)
    colour += circle[..., None] * _rgb(220, 60, 170)
    fade = np.clip((5.9 - radius) / 4.2, 0.0, 1.0)[..., None]
    colour = _rgb(*HAZE) + fade * fade * (3.0 - 2.0 * fade) * (colour - _rgb(*HAZE))
    texture = np.zeros((FLOOR_PX, FLOOR_PX, 4), np.uint8)
    texture[..., :3] = np.clip(colour, 0.0, 255.0)
    texture.setflags(write=False)
    return texture


def bars_texture(lens: Lens = SQUARE) -> Image:
    """A wall of upright bars of light, as backdrop_texture."""
    height, width = wall_size(lens)
    pixel = FOCAL_PX / lens.focal
    x = (np.arange(width) - (width - 1) / 2.0) * (2.0 * pixel / 899)
    y = 1.0 + (np.arange(height) - (height - 1)) * (1.25 * pixel / 279)  # from the top down
    colour = np.tile(_rgb(14, 14, 34), (height, width, 1))
    reach = np.clip((0.92 - y) / 0.10, 0.0, 1.0) * np.clip((y + 0.25) / 0.2, 0.0, 1.0)
    for place, half, tint in _BARS:
        core = np.exp(-(((x - place) / half) ** 2)) + 0.22 * np.exp(-np.abs(x - place) / (5.0 * half))
        colour += (0.8 * reach[:, None] * core)[..., None] * _rgb(*tint)
    fade = np.clip((y - 0.70) / 0.30, 0.0, 1.0)[:, None, None] ** 1.5
    colour = colour * (1.0 - fade) + _rgb(*HAZE) * fade
    colour += np.random.default_rng(7).uniform(-1.2, 1.2, colour.shape[:2])[..., None]  # against banding
    return np.asarray(np.clip(colour, 0.0, 255.0).astype(np.uint8))


def _rgb(*colour: float) -> npt.NDArray[Any]:
    return np.array(colour, np.float64)
