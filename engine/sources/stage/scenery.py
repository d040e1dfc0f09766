"""What stands still: a patterned floor, a backdrop with beams of light; and the shadows on the floor."""

import math
from collections.abc import Sequence
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import FRAME_SIZE, RgbImage
from engine.sources.stage.figure import Capsule
from engine.sources.stage.view import FOCAL_PX, View

Image = npt.NDArray[np.uint8]

HAZE: Final = (24, 20, 42)
"""What the floor and the backdrop fade into, RGB."""

_FLOOR_EDGE_M: Final = 12.0
_FLOOR_PX: Final = 1080
_SHADOW_PX: Final = 192
_SHADOW_EDGE_M: Final = 6.0
_SHADOW_LEVEL: Final = 70
_WALL_WIDTH: Final = 900
_WALL_HEIGHT: Final = 280

KEY_DIRECTION: Final = np.array([-0.50, 0.78, 0.42])
"""Towards the key light, world: high, from the viewer's left front."""


def floor_texture() -> Image:
    """The floor from above, uint8 [1080, 1080, 4] (R G B and nothing), 90 px to the metre, the centre in its middle.

    Only a quarter is drawn, at twice its size and averaged for clean lines: in a mirror, light and dark change places.
    """
    edge = (np.arange(_FLOOR_PX, dtype=np.float32) + 0.5) * (_FLOOR_EDGE_M / (2 * _FLOOR_PX))
    x, z = np.meshgrid(edge, edge)
    radius = np.hypot(x, z)
    tiles = np.floor(x / 0.5) + np.floor(z / 0.5)
    spokes = np.floor(np.arctan2(z, x) * np.float32(12.0 / math.pi)) + np.floor(radius / 0.5)
    bright = _averaged(np.where(radius < 1.5, spokes, tiles) % 2)
    bright = _four_quarters(bright, 1.0 - bright)
    line = _averaged((np.abs(radius - 1.5) < 0.022) | (np.abs(radius - 2.6) < 0.014))
    line = _four_quarters(line, line)[..., None]
    radius = _averaged(radius)
    radius = _four_quarters(radius, radius)[..., None]
    pool = np.exp(-((radius / 2.1) ** 2))
    colour = (0.36 + 0.22 * bright[..., None]) * (_rgb(66, 48, 104) + pool * _rgb(190, 150, 130))
    colour += line * (_rgb(255, 176, 96) * (0.25 + 0.75 * pool) - colour)
    fade = np.clip((5.9 - radius) / 4.2, 0.0, 1.0)
    fade = fade * fade * (3.0 - 2.0 * fade)
    colour += (1.0 - fade) * (_rgb(*HAZE) - colour)
    texture = np.clip(colour, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(texture, cv2.COLOR_RGB2RGBA), dtype=np.uint8)


def _four_quarters(same: npt.NDArray[np.float32], mirrored: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """A square from its quarter right and down of the centre; mirrored is that quarter as a mirror changes it."""
    return np.block([[same[::-1, ::-1], mirrored[::-1]], [mirrored[:, ::-1], same]])


def _averaged(image: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Half the size, each pixel the mean of four."""
    return np.asarray(cv2.resize(image.astype(np.float32), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def _rgb(*colour: float) -> npt.NDArray[np.float32]:
    return np.array(colour, np.float32)


def backdrop_texture() -> Image:
    """The back wall, wider than the picture for the moving camera: uint8 [280, 900, 3]; its last row is the horizon."""
    x = np.linspace(-1.0, 1.0, _WALL_WIDTH, dtype=np.float32)[None, :]
    y = np.linspace(-0.25, 1.0, _WALL_HEIGHT, dtype=np.float32)[:, None]  # from the top down
    colour = np.empty((_WALL_HEIGHT, _WALL_WIDTH, 3), np.float32)
    glow = np.exp(-((x / 0.42) ** 2) - ((y - 0.62) / 0.40) ** 2)
    for channel, (base, lit) in enumerate(zip((14.0, 14.0, 34.0), (78.0, 38.0, 112.0), strict=True)):
        colour[..., channel] = base + lit * glow
    for place, slant, width, tint in (
        (-0.52, 0.30, 0.055, (20.0, 90.0, 120.0)),
        (-0.20, 0.12, 0.045, (70.0, 50.0, 130.0)),
        (0.16, -0.10, 0.050, (130.0, 46.0, 100.0)),
        (0.55, -0.32, 0.055, (120.0, 70.0, 30.0)),
    ):
        beam = np.exp(-(((x - place - slant * y) / (width * (0.5 + 1.6 * y))) ** 2)) * np.exp(-1.7 * y)
        colour += beam[..., None] * _rgb(*tint)
    fade = np.clip((y - 0.55) / 0.45, 0.0, 1.0)[..., None] ** 1.5
    colour = colour * (1.0 - fade) + _rgb(*HAZE) * fade
    # A little noise against banding, fixed for good.
    colour += np.random.default_rng(7).uniform(-1.2, 1.2, colour.shape[:2])[..., None]
    return np.asarray(np.clip(colour, 0, 255).astype(np.uint8))


class Scenery:
    """Paints floor, backdrop and shadows for a view. Owns its scratch images."""

    def __init__(self) -> None:
        self._floor = floor_texture()
        self._backdrop = backdrop_texture()
        self._shadow = np.zeros((_SHADOW_PX, _SHADOW_PX), np.uint8)

    def horizon(self, view: View) -> int:
        """The first row that shows floor."""
        slope = float(view.axes[1, 1] / view.axes[2, 1])  # world-up part of the camera's down and forward
        row = (FRAME_SIZE - 1) / 2.0 - FOCAL_PX / slope
        return min(max(math.ceil(row) + 3, 0), FRAME_SIZE)

    def paint(self, view: View, casters: Sequence[Capsule]) -> RgbImage:
        """A new RgbImage of everything but the solids, which only cast their shadows here."""
        picture = np.empty((FRAME_SIZE, FRAME_SIZE, 3), np.uint8)
        horizon = self.horizon(view)
        self._paint_backdrop(picture[:horizon], view)
        self._paint_floor(picture[horizon:], horizon, view, self._cast(casters))
        return picture

    def _paint_backdrop(self, rows: RgbImage, view: View) -> None:
        """The part of the wall in view, its foot on the horizon; between two columns by blending."""
        shift = (_WALL_WIDTH - FRAME_SIZE) / 2.0 + 0.8 * FOCAL_PX * math.tan(view.yaw)
        left = math.floor(shift)
        wall = self._backdrop[_WALL_HEIGHT - rows.shape[0] :]
        part = shift - left
        one, next_one = wall[:, left : left + FRAME_SIZE], wall[:, left + 1 : left + 1 + FRAME_SIZE]
        cv2.addWeighted(one, 1.0 - part, next_one, part, 0.0, dst=rows)

    def _paint_floor(self, rows: RgbImage, horizon: int, view: View, shadow: Image) -> None:
        shift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -horizon], [0.0, 0.0, 1.0]])
        to_picture = shift @ view.floor_to_picture()
        size = (FRAME_SIZE, rows.shape[0])
        # Four bytes a pixel: OpenCV warps them in half the time of three.
        floor = cv2.warpPerspective(
            self._floor, to_picture @ _texture_to_metres(_FLOOR_PX, _FLOOR_EDGE_M), size,
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(*HAZE, 0),
        )  # fmt: skip
        cv2.cvtColor(floor, cv2.COLOR_RGBA2RGB, dst=rows)
        light = cv2.warpPerspective(
            shadow, to_picture @ _texture_to_metres(_SHADOW_PX, _SHADOW_EDGE_M), size,
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=255,
        )  # fmt: skip
        cv2.multiply(rows, cv2.cvtColor(light, cv2.COLOR_GRAY2BGR), dst=rows, scale=1.0 / 255.0)

    def _cast(self, casters: Sequence[Capsule]) -> Image:
        """The shadow map from above: 255 lit .. dark; soft through two box blurs (nearly a Gaussian)."""
        scale = _SHADOW_PX / _SHADOW_EDGE_M
        ends = np.array([(caster.start, caster.end) for caster in casters])
        heights = ends[..., 1:2]
        ground = ends[..., (0, 2)] - heights * (KEY_DIRECTION[[0, 2]] / KEY_DIRECTION[1])
        pixels = np.round(((ground + _SHADOW_EDGE_M / 2) * scale - 0.5) * 16.0).astype(np.int32)
        shadow = self._shadow
        shadow[:] = 255
        for caster, (start, end) in zip(casters, pixels.tolist(), strict=True):
            width = max(round(scale * (caster.start_radius + caster.end_radius)), 1)
            cv2.line(shadow, start, end, _SHADOW_LEVEL, width, cv2.LINE_8, 4)
        cv2.blur(shadow, (5, 5), dst=shadow)
        return np.asarray(cv2.blur(shadow, (5, 5)), dtype=np.uint8)


def _texture_to_metres(pixels: int, edge: float) -> npt.NDArray[np.float64]:
    scale = edge / pixels
    return np.array([[scale, 0.0, (0.5 * scale) - edge / 2], [0.0, scale, (0.5 * scale) - edge / 2], [0.0, 0.0, 1.0]])
