"""One instant of the stage as a picture with its true depth."""

from typing import Final

import cv2
import numpy as np

from engine.messages.frame import DepthImage, RgbImage
from engine.sources.stage.figure import Capsule, body
from engine.sources.stage.gbuffer import SURFACE_SIZE, GBuffer
from engine.sources.stage.props import cube_at, draw_cube, pearl_at, ring_at
from engine.sources.stage.scenery import KEY_DIRECTION, Scenery
from engine.sources.stage.skeleton import joints_at
from engine.sources.stage.view import CENTRE, FAR_M, FOCAL_PX, View, depth_of, view_at

_PALETTE: Final = np.zeros((256, 1, 3), np.float32)
_PALETTE[:6, 0] = (
    (236, 178, 148),  # skin
    (226, 226, 238),  # suit
    (92, 52, 46),  # hair
    (250, 190, 84),  # gold
    (214, 226, 240),  # pearl
    (238, 92, 82),  # coral
)

_LIGHTS: Final = (
    # direction towards the light in the world, colour, wrap (how far light reaches round the edge)
    (KEY_DIRECTION, (1.00, 0.90, 0.76), 0.15),
    (np.array([-0.75, 0.25, -0.75]), (0.15, 0.62, 0.95), 0.0),  # rim, blue, behind on the left
    (np.array([0.85, 0.15, -0.65]), (0.98, 0.22, 0.62), 0.0),  # rim, magenta, behind on the right
)
_AMBIENT: Final = (0.20, 0.16, 0.27)


class StageRenderer:
    """Renders the stage. Deterministic in (seconds, seed); owns scratch buffers, so one thread uses it."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._scenery = Scenery()
        self._buffer = GBuffer()

    def render(self, seconds: float) -> tuple[RgbImage, DepthImage]:
        """A new RgbImage and a new DepthImage [224, 224] at a time in seconds (>= 0)."""
        view = view_at(seconds)
        capsules = [*body(joints_at(seconds, self._seed)), pearl_at(seconds), *ring_at(seconds)]
        cube_centre, cube_axes = cube_at(seconds)
        self._buffer.clear()
        self._draw(view, capsules)
        draw_cube(self._buffer, view, cube_centre, cube_axes)
        cube_shadow = Capsule(cube_centre, cube_centre, 0.2, 0.2, capsules[-1].material)
        picture = self._scenery.paint(view, [*capsules, cube_shadow])
        self._light(picture, view)
        return picture, self._depth(view)

    def _draw(self, view: View, capsules: list[Capsule]) -> None:
        ends = np.array([(capsule.start, capsule.end) for capsule in capsules])
        radii = np.array([(capsule.start_radius, capsule.end_radius) for capsule in capsules])
        projected = view.project(ends.reshape(-1, 3)).reshape(-1, 2, 3)
        self._buffer.capsules(projected, radii, [int(capsule.material) for capsule in capsules], FOCAL_PX)

    def _light(self, picture: RgbImage, view: View) -> None:
        """Shade the solids and lay them over the picture."""
        rows, columns = self._buffer.box
        if rows.start == rows.stop:
            return
        normal = cv2.merge([plane[rows, columns] for plane in self._buffer.normal])
        weights = np.zeros((len(_LIGHTS), 4), np.float32)
        colours = np.zeros((3, len(_LIGHTS) + 1), np.float32)
        for index, (direction, colour, wrap) in enumerate(_LIGHTS):
            local = view.axes @ (direction / np.sqrt(direction @ direction))
            weights[index, :3] = (local[0], local[1], -local[2])
            weights[index] /= 1.0 + wrap
            weights[index, 3] = wrap / (1.0 + wrap)
            colours[:, index] = colour
        colours[:, -1] = _AMBIENT
        received = cv2.transform(normal, weights)
        np.maximum(received, 0.0, out=received)
        shaded = cv2.transform(received, colours)
        albedo = cv2.LUT(cv2.cvtColor(self._buffer.material[rows, columns], cv2.COLOR_GRAY2BGR), _PALETTE)
        half = cv2.convertScaleAbs(cv2.multiply(shaded, albedo, dst=shaded))
        solid = cv2.resize(half, None, fx=2.0, fy=2.0, interpolation=cv2.INTER_LINEAR)
        whole = slice(2 * rows.start, 2 * rows.stop), slice(2 * columns.start, 2 * columns.stop)
        cover = cv2.cvtColor(self._buffer.outline[whole], cv2.COLOR_GRAY2BGR)
        under = picture[whole]
        solid = cv2.multiply(solid, cover, dst=solid, scale=1.0 / 255.0)
        rest = cv2.multiply(under, cv2.bitwise_not(cover, dst=cover), scale=1.0 / 255.0)
        cv2.add(solid, rest, dst=under)

    def _depth(self, view: View) -> DepthImage:
        """The nearest of solids, floor and back wall."""
        # The floor: (view ray) · up = -height / distance; linear in the picture like any plane.
        at = np.arange(SURFACE_SIZE) * 2.0 + 0.5 - CENTRE
        up = view.axes[:, 1] * (-1.0 / view.position[1])
        floor = np.add.outer(up[1] / FOCAL_PX * at + up[2], up[0] / FOCAL_PX * at).astype(np.float32)
        np.maximum(floor, self._buffer.inverse, out=floor)
        np.maximum(floor, np.float32(1.0 / FAR_M), out=floor)
        return depth_of(floor)
