"""Solids drawn into buffers of inverse distance, normal, material and outline; lit afterwards, once.

Surfaces are kept at half the picture's size, because they are smooth; their outline at its full
size, because that is what the eye sees. Around each solid a margin of its surface is drawn that
loses against everything, so that enlarging the lit surface leaves no dark rim.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.sources.stage.capsules import Array, End, Surface, capsule_outlines, surface_of_ball, surface_of_capsule
from engine.sources.stage.view import SQUARE, Lens

Slices = tuple[slice, slice]

_TILE: Final = 24  # holds hands, feet and the ring's links; larger ones are not worth their empty pixels
_SUBPIXEL_BITS: Final = 4


class GBuffer:
    """What is seen at each pixel. Surface arrays are [height / 2, width / 2], pixel i at picture pixel 2 i + 0.5.

    Attributes:
        inverse: 1/distance along the camera's axis, 1/m; MARGIN or 0 where no solid is: float32.
        normal: towards right, down, viewer: three float32 arrays.
        material: index into a palette: uint8.
        outline: how much of a picture pixel is solid: uint8 [height, width], 0..255.
    """

    def __init__(self, lens: Lens = SQUARE) -> None:
        shape = self._height, self._width = lens.surface
        self.inverse = np.zeros(shape, np.float32)
        self.normal = tuple(np.zeros(shape, np.float32) for _ in range(3))
        self.material = np.zeros(shape, np.uint8)
        self.outline = np.zeros((lens.height, lens.width), np.uint8)
        self._at = np.arange(max(shape), dtype=np.float32)
        self._left, self._top = self._width, self._height
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
        self._left, self._top = self._width, self._height
        self._right = self._bottom = 0

    def region(self, left: float, top: float, right: float, bottom: float) -> Slices | None:
        """The surface pixels of a bounding box with its margin, counted into the box; None if outside."""
        x0, y0 = max(int(left - 3.0), 0), max(int(top - 3.0), 0)
        x1, y1 = min(int(right + 4.0), self._width), min(int(bottom + 4.0), self._height)
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
        small: list[tuple[Slices, End, End, int]] = []
        for pair, material in zip(rows.tolist(), materials, strict=True):
            start, end = End(*pair[0]), End(*pair[1])
            across = (end.x - start.x) ** 2 + (end.y - start.y) ** 2
            if across > max(start.radius, end.radius) ** 2:
                region = self._region_of(start, end)
                tile = self._tile_over(region) if region is not None else None
                if tile is not None:
                    small.append((tile, start, end, material))
                elif region is not None:
                    x, y = self._pixels(region)
                    self._draw(region, surface_of_capsule(x, y, start, end, focal / 2.0), material)
            else:  # seen nearly end-on, or a ball: the two ends hide the rest
                for ball in dict.fromkeys((start, end)):
                    region = self._region_of(ball, ball)
                    if region is not None:
                        self._draw(region, surface_of_ball(*self._pixels(region), ball), material)
        if small:
            self._draw_small(small, focal / 2.0)

    def _draw_small(self, small: list[tuple[Slices, End, End, int]], focal: float) -> None:
        """Capsules that fit into a tile, all at once: numpy's calls would cost more than their pixels."""
        corner = np.array([(tile[1].start, tile[0].start) for tile, *_ in small], np.float32)[..., None, None]
        steps = np.arange(_TILE, dtype=np.float32)
        values = np.array([(start, end) for _, start, end, _ in small], np.float32)
        start, end = (End(*(values[:, which, field, None, None] for field in range(5))) for which in (0, 1))
        surface = surface_of_capsule(corner[:, 0] + steps, corner[:, 1] + steps[:, None], start, end, focal)
        right, down, viewer = surface.normal
        for index, (tile, _, _, material) in enumerate(small):
            self.put(tile, surface.inverse[index], (right[index], down[index], viewer[index]), material)

    def _draw(self, region: Slices, surface: Surface, material: int) -> None:
        self.put(region, surface.inverse, surface.normal, material)

    def _region_of(self, one: End, other: End) -> Slices | None:
        return self.region(
            min(one.x - one.radius, other.x - other.radius),
            min(one.y - one.radius, other.y - other.radius),
            max(one.x + one.radius, other.x + other.radius),
            max(one.y + one.radius, other.y + other.radius),
        )

    def _pixels(self, region: Slices) -> tuple[Array, Array]:
        return self._at[region[1]], self._at[region[0], None]

    def _tile_over(self, region: Slices) -> Slices | None:
        """A tile of the surface that holds the region; None if it is too large."""
        rows, columns = region
        if rows.stop - rows.start > _TILE or columns.stop - columns.start > _TILE:
            return None
        top, left = min(rows.start, self._height - _TILE), min(columns.start, self._width - _TILE)
        return slice(top, top + _TILE), slice(left, left + _TILE)
