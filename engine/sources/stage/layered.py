"""The stage painted layer by layer with OpenCV and numpy: what the compiled loop is held against, or replaced by."""

from typing import Final

import cv2
import numpy as np

from engine.messages.frame import DepthImage, RgbImage
from engine.sources.stage.decor import Decor, decor_of
from engine.sources.stage.figure import Capsule
from engine.sources.stage.gbuffer import GBuffer
from engine.sources.stage.lighting import LIGHT_COLOURS, PALETTE, light_weights
from engine.sources.stage.props import draw_cube
from engine.sources.stage.scene import Instant
from engine.sources.stage.scenery import Scenery
from engine.sources.stage.view import FAR_M, SQUARE, Lens, View, depth_of
from engine.sources.stage_sets import StageSet

_TABLE: Final = np.zeros((256, 1, 3), np.float32)
_TABLE[: len(PALETTE), 0] = PALETTE


class LayeredPainter:
    """Paints one solid and one layer after the other. Owns scratch buffers, so one thread uses it."""

    def __init__(self, lens: Lens = SQUARE, decor: Decor | None = None) -> None:
        """Args: decor: of its lens; None: that of the stage."""
        decor = decor or decor_of(StageSet.STAGE, lens)
        self._scenery = Scenery(decor.floor, decor.wall)
        self._buffer = GBuffer(lens)

    def paint(self, instant: Instant) -> tuple[RgbImage, DepthImage]:
        """See Painter."""
        view = instant.view
        self._buffer.clear()
        self._draw(view, instant.capsules)
        if instant.cube is not None:
            draw_cube(self._buffer, instant.cube)
        picture = self._scenery.paint(view, instant.casters)
        self._light(picture, view, instant.light_turn)
        return picture, self._depth(view)

    def _draw(self, view: View, capsules: tuple[Capsule, ...]) -> None:
        ends = np.array([(capsule.start, capsule.end) for capsule in capsules])
        radii = np.array([(capsule.start_radius, capsule.end_radius) for capsule in capsules])
        projected = view.project(ends.reshape(-1, 3)).reshape(-1, 2, 3)
        self._buffer.capsules(projected, radii, [int(capsule.material) for capsule in capsules], view.lens.focal)

    def _light(self, picture: RgbImage, view: View, turn: float) -> None:
        """Shade the solids and lay them over the picture."""
        rows, columns = self._buffer.box
        if rows.start == rows.stop:
            return
        normal = cv2.merge([plane[rows, columns] for plane in self._buffer.normal])
        received = cv2.transform(normal, light_weights(view, turn))
        np.maximum(received, 0.0, out=received)
        shaded = cv2.transform(received, LIGHT_COLOURS)
        albedo = cv2.LUT(cv2.cvtColor(self._buffer.material[rows, columns], cv2.COLOR_GRAY2BGR), _TABLE)
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
        # The floor: (view ray) · up = -height / distance; linear in the picture like any plane,
        # and the same along a row, because the camera does not roll.
        rows = np.arange(view.lens.surface[0]) * 2.0 + 0.5 - view.lens.centre[1]
        up = view.axes[:, 1] * (-1.0 / view.position[1])
        floor = (up[1] / view.lens.focal * rows + up[2]).astype(np.float32)
        floor = np.maximum(floor[:, None], self._buffer.inverse)
        np.maximum(floor, np.float32(1.0 / FAR_M), out=floor)
        return depth_of(floor)
