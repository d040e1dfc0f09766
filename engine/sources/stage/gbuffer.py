"""Solids drawn into buffers of inverse distance, normal, material and coverage; lit afterwards, once.

Surfaces are kept at half the picture's size, because they are smooth; their outline at its full
size, because that is what the eye sees. Around each solid a margin of its surface is drawn that
loses against everything, so that enlarging the lit surface leaves no dark rim.
"""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.frame import FRAME_SIZE

Array = npt.NDArray[Any]  # float32; numpy's stubs lose it in mixed arithmetic
Slices = tuple[slice, slice]

SURFACE_SIZE: Final = FRAME_SIZE // 2
MARGIN: Final = np.float32(1e-6)
"""Inverse distance of a margin: nearer than nothing, farther than any surface."""

_MARGIN_PX: Final = 2.0  # a diagonal neighbour, and the soft edge
_AT: Final = np.arange(SURFACE_SIZE, dtype=np.float32)
_ARC: Final = np.linspace(-1.0, 1.0, 9)
_SUBPIXEL_BITS: Final = 4


class GBuffer:
    """What is seen at each pixel. Surface arrays are [224, 224], pixel i at picture pixel 2 i + 0.5.

    Attributes:
        inverse: 1/distance along the camera's axis, 1/m; MARGIN or 0 where no solid is: float32.
        normal: towards right, down, viewer: three float32 arrays.
        material: index into a palette: uint8.
        outline: how much of a picture pixel is solid: uint8 [448, 448], 0..255.
    """

    def __init__(self) -> None:
        shape = (SURFACE_SIZE, SURFACE_SIZE)
        self.inverse = np.zeros(shape, np.float32)
        self.normal = tuple(np.zeros(shape, np.float32) for _ in range(3))
        self.material = np.zeros(shape, np.uint8)
        self.outline = np.zeros((FRAME_SIZE, FRAME_SIZE), np.uint8)
        self._left = self._top = SURFACE_SIZE
        self._right = self._bottom = 0

    @property
    def box(self) -> Slices:
        """Surface rows and columns around everything drawn since clear."""
        return slice(self._top, max(self._bottom, self._top)), slice(self._left, max(self._right, self._left))

    def clear(self) -> None:
        """Empty what was drawn; what lies outside the box is empty already."""
        rows, columns = self.box
        self.inverse[rows, columns] = 0.0
        self.outline[2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop] = 0
        self._left = self._top = SURFACE_SIZE
        self._right = self._bottom = 0

    def region(self, left: float, top: float, right: float, bottom: float) -> Slices | None:
        """The surface pixels of a bounding box with its margin, counted into the box; None if outside."""
        x0, y0 = max(int(left - 3.0), 0), max(int(top - 3.0), 0)
        x1, y1 = min(int(right + 4.0), SURFACE_SIZE), min(int(bottom + 4.0), SURFACE_SIZE)
        if x0 >= x1 or y0 >= y1:
            return None
        self._left, self._top = min(self._left, x0), min(self._top, y0)
        self._right, self._bottom = max(self._right, x1), max(self._bottom, y1)
        return slice(y0, y1), slice(x0, x1)

    def put(self, region: Slices, inverse: Array, normal: tuple[Array, Array, Array], material: int) -> None:
        """Draw a solid's pixels where it is nearest; inverse is 0 where it is not."""
        kept = self.inverse[region]
        seen = inverse > kept
        np.copyto(kept, inverse, where=seen)
        for plane, values in zip(self.normal, normal, strict=True):
            np.copyto(plane[region], values, where=seen)
        np.copyto(self.material[region], np.uint8(material), where=seen)

    def fill_outline(self, polygon: npt.NDArray[np.float64]) -> None:
        """Add a convex polygon in picture pixels [n, 2] to the outline."""
        points = np.round(polygon * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillConvexPoly(self.outline, points, 255, cv2.LINE_AA, _SUBPIXEL_BITS)

    def capsules(
        self, ends: npt.NDArray[np.float64], radii: npt.NDArray[np.float64], materials: list[int], focal: float
    ) -> None:
        """Tapered capsules.

        Args:
            ends: projected ends (x px, y px, 1/m) in the picture: float64 [n, 2, 3].
            radii: metres, at both ends: float64 [n, 2].
            focal: picture pixels per unit of x / z.
        """
        picture_radii = focal * radii * ends[..., 2]
        for polygon in capsule_outlines(ends[..., :2], picture_radii):
            self.fill_outline(polygon)
        surface = ends.copy()
        surface[..., :2] = (surface[..., :2] - 0.5) / 2.0
        bulges = radii * ends[..., 2] ** 2  # 1/(z - r h) ≈ 1/z + r h / z²
        rows = np.concatenate((surface, picture_radii[..., None] / 2.0, bulges[..., None]), axis=2)
        for (start, end), material in zip(rows.tolist(), materials, strict=True):
            across = (end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2
            if across > max(start[3], end[3]) ** 2:
                self._capsule(start, end, material, focal)
            elif across < 1e-6:
                self._ball(start, material)
            else:  # seen nearly end-on: its two ends hide the rest
                self._ball(start, material)
                self._ball(end, material)

    def _ball(self, ball: list[float], material: int) -> None:
        """One ball: x, y, 1/distance, radius in surface pixels, bulge."""
        ax, ay, inverse_axis, radius, bulge = ball
        region = self.region(ax - radius, ay - radius, ax + radius, ay + radius)
        if region is None:
            return
        shape = region[0].stop - region[0].start, region[1].stop - region[1].start
        ex = np.broadcast_to((_AT[region[1]] - ax) / radius, shape)
        ey = np.broadcast_to(((_AT[region[0]] - ay) / radius)[:, None], shape)
        outside = 1.0 - ex * ex
        outside -= ey * ey
        facing = np.maximum(outside, 0.0)
        np.sqrt(facing, out=facing)
        inverse = facing * bulge
        inverse += inverse_axis
        self._put_with_margin(region, inverse, (ex, ey, facing), outside, radius, material)

    def _capsule(self, start: list[float], end: list[float], material: int, focal: float) -> None:
        """One capsule, as the ball that travels from one end to the other.

        A pixel shows the ball whose surface there faces the viewer squarely across the axis; for an
        axis that leads away from the viewer that is not the ball under the pixel (by `slide`).
        """
        ax, ay, aw, ra, bulge_a = start
        bx, by, bw, rb, bulge_b = end
        big = max(ra, rb)
        region = self.region(min(ax, bx) - big, min(ay, by) - big, max(ax, bx) + big, max(ay, by) + big)
        if region is None:
            return
        x = _AT[region[1]] - ax
        y = (_AT[region[0]] - ay)[:, None]
        dx, dy = bx - ax, by - ay
        length2 = dx * dx + dy * dy
        along = x * (dx / length2) + y * (dy / length2)
        # The axis' run away from the viewer, in the pixels of its run across.
        away = (1.0 / bw - 1.0 / aw) * focal * 0.25 * (aw + bw)
        slide = away / ((length2 + away * away) * length2) ** 0.5
        length = length2**0.5
        if abs(slide) * length * big > 0.5:  # pixels
            # Towards the thin end the ball shrinks as it slides; it must still be under the pixel.
            taper = slide * (rb - ra)
            kept = max(1.0 - taper, 0.0) if taper > 0.0 else 1.0
            width = np.maximum(along, 0.0)
            np.minimum(width, 1.0, out=width)
            width *= (rb - ra) * kept
            width += ra * kept
            width *= width
            across = x * (dy / length) - y * (dx / length)
            across *= across
            width -= across
            np.maximum(width, 0.0, out=width)
            np.sqrt(width, out=width)
            width *= slide
            along -= width
        np.maximum(along, 0.0, out=along)
        np.minimum(along, 1.0, out=along)
        shrink = along * (rb - ra)
        shrink += ra
        ex = x - along * dx
        ex /= shrink
        ey = y - along * dy
        ey /= shrink
        outside = 1.0 - ex * ex
        outside -= ey * ey
        facing = np.maximum(outside, 0.0)
        np.sqrt(facing, out=facing)
        inverse = along
        inverse *= bw - aw
        inverse += aw
        inverse += facing * (0.5 * (bulge_a + bulge_b))
        self._put_with_margin(region, inverse, (ex, ey, facing), outside, min(ra, rb), material)

    def _put_with_margin(
        self,
        region: Slices,
        inverse: Array,
        normal: tuple[Array, Array, Array],
        outside: Array,
        radius: float,
        material: int,
    ) -> None:
        """Draw where outside = 1 - (distance / radius)² is positive, and the margin around."""
        inverse *= outside > 0.0
        rim = 1.0 + _MARGIN_PX / radius
        np.maximum(inverse, MARGIN * (outside > 1.0 - rim * rim), out=inverse)
        self.put(region, inverse, normal, material)


def capsule_outlines(ends: npt.NDArray[np.float64], radii: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Convex outlines of pairs of discs with their common tangents.

    Args:
        ends: centres [n, 2, 2], pixels; radii: [n, 2], pixels.

    Returns:
        Polygons [n, 18, 2].
    """
    axis = ends[:, 1] - ends[:, 0]
    length = np.maximum(np.hypot(axis[:, 0], axis[:, 1]), 1e-6)
    direction = np.arctan2(axis[:, 1], axis[:, 0])
    # Where one disc lies within the other there is no tangent: the arc closes to the bigger disc.
    spread = np.arccos(np.clip((radii[:, 0] - radii[:, 1]) / length, -1.0, 1.0))
    far = direction[:, None] + spread[:, None] * _ARC
    near = direction[:, None] + np.pi + (np.pi - spread)[:, None] * _ARC
    angles = np.concatenate((far, near), axis=1)
    which = np.repeat([1, 0], len(_ARC))
    circle = np.stack((np.cos(angles), np.sin(angles)), axis=-1)
    return np.asarray(ends[:, which] + radii[:, which, None] * circle)
