"""What stands still: a patterned floor, a backdrop with beams of light; and the shadows on the floor."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import RgbImage
from engine.sources.stage.figure import Capsule
from engine.sources.stage.view import FOCAL_PX, SQUARE, Lens, View

Image = npt.NDArray[np.uint8]

HAZE: Final = (24, 20, 42)
"""What the floor and the backdrop fade into, RGB."""

FLOOR_EDGE_M: Final = 12.0
FLOOR_PX: Final = 1080
SHADOW_PX: Final = 192
SHADOW_EDGE_M: Final = 6.0
SHADOW_LEVEL: Final = 70
_WALL_TURN: Final = 0.8
"""How fast the wall passes when the camera turns, against a wall at infinity."""

_KEY: Final = (-0.50, 0.78, 0.42)
KEY_DIRECTION: Final = np.array(_KEY)
"""Towards the key light, world: high, from the viewer's left front."""

KEY_LEFTWARD: Final = _KEY[0] / _KEY[1]
KEY_TOWARDS: Final = _KEY[2] / _KEY[1]
"""How far it goes along x and z for each metre up."""


@lru_cache(maxsize=1)
def floor_texture() -> Image:
    """The floor from above, uint8 [1080, 1080, 4] (R G B and nothing), 90 px to the metre, the centre in its middle.

    Only a quarter is drawn, at twice its size and averaged for clean lines.
    """
    edge = (np.arange(FLOOR_PX, dtype=np.float32) + 0.5) * (FLOOR_EDGE_M / (2 * FLOOR_PX))
    radius = np.hypot(edge, edge[:, None])
    tiles = np.floor(edge / 0.5)
    bright = (tiles + tiles[:, None]) % 2
    disc = slice(0, int(np.searchsorted(edge, 1.5)))
    inner = radius[disc, disc]
    spokes = np.floor(np.arctan2(edge[disc, None], edge[disc]) * np.float32(12.0 / math.pi)) + np.floor(inner / 0.5)
    bright[disc, disc] = np.where(inner < 1.5, spokes % 2, bright[disc, disc])
    bright = _averaged(bright)
    line = _averaged((np.abs(radius - 1.5) < 0.022) | (np.abs(radius - 2.6) < 0.014))
    radius = _averaged(radius)
    same, mirrored = _floor_colour(bright, line, radius), _floor_colour(1.0 - bright, line, radius)
    # In a mirror light and dark change places.
    upper, lower = np.hstack((same[::-1, ::-1], mirrored[::-1])), np.hstack((mirrored[:, ::-1], same))
    texture = np.vstack((upper, lower))
    texture.setflags(write=False)
    return texture


def _floor_colour(
    bright: npt.NDArray[np.float32], line: npt.NDArray[np.float32], radius: npt.NDArray[np.float32]
) -> Image:
    """R G B and nothing, from how bright the pattern is, how much of a line is there, and metres from the centre."""
    line, radius = line[..., None], radius[..., None]
    pool = np.exp(-((radius / 2.1) ** 2))
    colour = (0.36 + 0.22 * bright[..., None]) * (_rgb(66, 48, 104) + pool * _rgb(190, 150, 130))
    colour += line * (_rgb(255, 176, 96) * (0.25 + 0.75 * pool) - colour)
    fade = np.clip((5.9 - radius) / 4.2, 0.0, 1.0)
    fade = fade * fade * (3.0 - 2.0 * fade)
    colour += (1.0 - fade) * (_rgb(*HAZE) - colour)
    return np.asarray(cv2.cvtColor(np.clip(colour, 0, 255).astype(np.uint8), cv2.COLOR_RGB2RGBA), dtype=np.uint8)


def _averaged(image: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Half the size, each pixel the mean of four."""
    return np.asarray(cv2.resize(image.astype(np.float32), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def _rgb(*colour: float) -> npt.NDArray[np.float32]:
    return np.array(colour, np.float32)


def wall_size(lens: Lens) -> tuple[int, int]:
    """Height and width of the wall's texture: the picture and what the moving camera may see beside it."""
    scale = lens.focal / FOCAL_PX
    height = max(round(280 * scale), lens.height // 2 + round(56 * scale))
    return height, lens.width + 2 * round(226 * scale)


def backdrop_texture(lens: Lens = SQUARE) -> Image:
    """The back wall, a pixel of it to a pixel of the picture: uint8 [wall_size, 3]; its last row is the horizon."""
    height, width = wall_size(lens)
    pixel = FOCAL_PX / lens.focal
    x = (np.arange(width, dtype=np.float32) - (width - 1) / 2.0)[None, :] * (2.0 * pixel / 899)
    y = 1.0 + (np.arange(height, dtype=np.float32) - (height - 1))[:, None] * (1.25 * pixel / 279)  # from the top down
    lamp = np.clip((y + 0.3) / 0.05, 0.0, 1.0)  # above the lamps there is no light of theirs
    colour = np.empty((height, width, 3), np.float32)
    glow = np.exp(-((x / 0.42) ** 2) - ((y - 0.62) / 0.40) ** 2)
    for channel, (base, lit) in enumerate(zip((14.0, 14.0, 34.0), (78.0, 38.0, 112.0), strict=True)):
        colour[..., channel] = base + lit * glow
    for place, slant, breadth, tint in (
        (-0.52, 0.30, 0.055, (20.0, 90.0, 120.0)),
        (-0.20, 0.12, 0.045, (70.0, 50.0, 130.0)),
        (0.16, -0.10, 0.050, (130.0, 46.0, 100.0)),
        (0.55, -0.32, 0.055, (120.0, 70.0, 30.0)),
    ):
        beam = (
            np.exp(-(((x - place - slant * y) / (breadth * np.maximum(0.5 + 1.6 * y, 0.02))) ** 2))
            * np.exp(-1.7 * y)
            * lamp
        )
        colour += beam[..., None] * _rgb(*tint)
    fade = np.clip((y - 0.55) / 0.45, 0.0, 1.0)[..., None] ** 1.5
    colour = colour * (1.0 - fade) + _rgb(*HAZE) * fade
    # A little noise against banding, fixed for good.
    colour += np.random.default_rng(7).uniform(-1.2, 1.2, colour.shape[:2])[..., None]
    return np.asarray(np.clip(colour, 0, 255).astype(np.uint8))


def horizon(view: View) -> int:
    """The first row of the picture that shows floor."""
    rise = float(view.axes[2, 1] / view.axes[1, 1])  # world-up part of the camera's forward and down
    row = view.lens.centre[1] - view.lens.focal * rise
    return min(max(math.ceil(row) + 3, 0), view.lens.height)


def wall_shift(view: View) -> float:
    """The column of the wall's texture that is seen at the picture's left edge."""
    width = wall_size(view.lens)[1]
    return (width - view.lens.width) / 2.0 + _WALL_TURN * view.lens.focal * math.tan(view.yaw)


class Scenery:
    """Paints floor, backdrop and shadows for a view. Owns its scratch images.

    Args:
        floor, wall: see floor_texture and backdrop_texture.
    """

    def __init__(self, floor: Image, wall: Image) -> None:
        self._floor = floor
        self._backdrop = wall
        self._shadow = np.zeros((SHADOW_PX, SHADOW_PX), np.uint8)

    def paint(self, view: View, casters: Sequence[Capsule]) -> RgbImage:
        """A new RgbImage of everything but the solids, which only cast their shadows here."""
        picture = np.empty((view.lens.height, view.lens.width, 3), np.uint8)
        first = horizon(view)
        cast_shadows(casters, self._shadow)
        self._paint_backdrop(picture[:first], view)
        self._paint_floor(picture[first:], first, view)
        return picture

    def _paint_backdrop(self, rows: RgbImage, view: View) -> None:
        """The part of the wall in view, its foot on the horizon; between two columns by blending."""
        shift = wall_shift(view)
        left = math.floor(shift)
        wall = self._backdrop[len(self._backdrop) - len(rows) :]
        part, width = shift - left, rows.shape[1]
        one, next_one = wall[:, left : left + width], wall[:, left + 1 : left + 1 + width]
        cv2.addWeighted(one, 1.0 - part, next_one, part, 0.0, dst=rows)

    def _paint_floor(self, rows: RgbImage, first: int, view: View) -> None:
        shift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -first], [0.0, 0.0, 1.0]])
        to_picture = shift @ view.floor_to_picture()
        size = (rows.shape[1], rows.shape[0])
        # Four bytes a pixel: OpenCV warps them in half the time of three.
        floor = cv2.warpPerspective(
            self._floor, to_picture @ _texture_to_metres(FLOOR_PX, FLOOR_EDGE_M), size,
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(*HAZE, 0),
        )  # fmt: skip
        cv2.cvtColor(floor, cv2.COLOR_RGBA2RGB, dst=rows)
        light = cv2.warpPerspective(
            self._shadow, to_picture @ _texture_to_metres(SHADOW_PX, SHADOW_EDGE_M), size,
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255,
        )  # fmt: skip
        cv2.multiply(rows, cv2.cvtColor(light, cv2.COLOR_GRAY2BGR), dst=rows, scale=1.0 / 255.0)


def cast_shadows(casters: Sequence[Capsule], out: Image) -> None:
    """The shadow map from above: 255 lit .. dark, soft through two box blurs (nearly a Gaussian).

    Args:
        out: uint8 [192, 192]; its columns follow x, its rows z, 6 m about the centre.
    """
    scale = SHADOW_PX / SHADOW_EDGE_M
    ends = np.array([(caster.start, caster.end) for caster in casters])
    heights = ends[..., 1:2]
    ground = ends[..., (0, 2)] - heights * (KEY_LEFTWARD, KEY_TOWARDS)
    pixels = np.round(((ground + SHADOW_EDGE_M / 2) * scale - 0.5) * 16.0).astype(np.int32)
    out[:] = 255
    for caster, (start, end) in zip(casters, pixels.tolist(), strict=True):
        width = max(round(scale * (caster.start_radius + caster.end_radius)), 1)
        cv2.line(out, start, end, SHADOW_LEVEL, width, cv2.LINE_8, 4)
    cv2.blur(out, (5, 5), dst=out)
    cv2.blur(out, (5, 5), dst=out)


def _texture_to_metres(pixels: int, edge: float) -> npt.NDArray[np.float64]:
    scale = edge / pixels
    return np.array([[scale, 0.0, (0.5 * scale) - edge / 2], [0.0, scale, (0.5 * scale) - edge / 2], [0.0, 0.0, 1.0]])
