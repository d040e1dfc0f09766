"""A picture brought to its shape on a display: corners, crop, turn, flip; and a pattern to align it by."""

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.shape import HOME, DisplayShape
from engine.output.settings import WireImage
from engine.output.shared_images import share
from engine.output.sinks.sdl import fitted

_CELLS: Final = 8
_LINE: Final = (90, 90, 90, 255)
_EDGE: Final = (255, 255, 255, 255)
_CORNERS: Final = ((80, 80, 255, 255), (80, 255, 80, 255), (255, 160, 80, 255), (80, 220, 255, 255))
"""B G R X of the numbered corners, from the top left one clockwise."""

_TURNED: Final[Mapping[tuple[int, bool], tuple[bool, int | None]]] = {
    (0, False): (False, None),
    (0, True): (False, 1),
    (90, False): (True, 1),
    (90, True): (True, -1),
    (180, False): (False, -1),
    (180, True): (False, 0),
    (270, False): (True, 0),
    (270, True): (True, None),
}
"""By turn and flip: whether rows become columns, and the axis that cv2.flip is told then, None for none."""


class Warp:
    """Draws pictures in one shape. A one-thread object; its matrix is computed anew for other sizes only.

    Maps made beforehand (cv2.remap) take twice as long in OpenCV 5.0, and what lies outside costs next to nothing.
    """

    def __init__(self, shape: DisplayShape) -> None:
        self.shape = shape
        self._for: tuple[int, ...] = ()
        self._matrix: npt.NDArray[np.float64] = np.eye(3)
        self._out: WireImage = np.zeros((0, 0, 4), np.uint8)

    def draw(self, image: WireImage, width: int, height: int) -> WireImage:
        """Return the picture as it lies on a display of this size, uint8 [height, width, 4], B G R X; black beside it.

        It is written again by the next call. A server of windows can map it (engine.output.shared_images).
        """
        key = (*image.shape[:2], width, height)
        if key != self._for:
            self._for = key
            self._matrix = placed(self.shape, image.shape[1], image.shape[0], width, height)
            self._out = share(np.zeros((height, width, 4), np.uint8))
        left, top, right, bottom = _kept(self.shape, image.shape[1], image.shape[0])
        # What is cut off must not show beyond the new edges either.
        seen = image[top:bottom, left:right]
        if self.shape.corners == HOME:
            self._lay(seen, width, height)
            return self._out
        shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top], [0.0, 0.0, 1.0]])
        cv2.warpPerspective(
            seen,
            self._matrix @ shift,
            (width, height),
            dst=self._out,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(0, 0, 0, 255),
        )
        return self._out

    def _lay(self, seen: WireImage, width: int, height: int) -> None:
        """Turn and flip what is seen, and enlarge it where it does not fit: a fraction of a projection's cost."""
        transposed, axis = _TURNED[self.shape.turn, self.shape.flip]
        picture = np.asarray(cv2.transpose(seen), np.uint8) if transposed else seen
        x, y, wide, high = fitted(picture.shape[1], picture.shape[0], width, height)
        target = self._out[y : y + high, x : x + wide]
        if picture.shape == target.shape:
            if axis is None:
                np.copyto(target, picture)
            else:
                cv2.flip(picture, axis, dst=target)
            return
        if axis is not None:
            picture = np.asarray(cv2.flip(picture, axis), np.uint8)
        cv2.resize(picture, (wide, high), dst=target, interpolation=cv2.INTER_LINEAR)


def placed(shape: DisplayShape, wide: int, high: int, width: int, height: int) -> npt.NDArray[np.float64]:
    """Return the projective map from a picture's pixels to a display's, float64 [3, 3].

    Args:
        wide, high: the picture; width, height: the display.
    """
    left, top, right, bottom = _kept(shape, wide, high)
    from_corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if shape.flip:
        from_corners = [from_corners[one] for one in (1, 0, 3, 2)]
    steps = shape.turn // 90
    from_corners = [from_corners[(one - steps) % 4] for one in range(4)]
    across, down = (right - left, bottom - top) if steps % 2 == 0 else (bottom - top, right - left)
    x, y, fit_wide, fit_high = fitted(across, down, width, height)
    to_corners = [(x + u * fit_wide, y + v * fit_high) for u, v in shape.places]
    # A pixel's middle lies at a whole number for OpenCV, its edge half a pixel beside.
    source = np.array(from_corners, np.float32) - np.float32(0.5)
    target = np.array(to_corners, np.float32) - np.float32(0.5)
    return np.asarray(cv2.getPerspectiveTransform(source, target), np.float64)


def _kept(shape: DisplayShape, wide: int, high: int) -> tuple[int, int, int, int]:
    """Return the left, top, right and bottom edge of what is not cut off, in pixels."""
    left, top, right, bottom = shape.crop
    return round(left * wide), round(top * high), round((1.0 - right) * wide), round((1.0 - bottom) * high)


def pattern(width: int, height: int) -> WireImage:
    """Return a picture to align by: a grid, a circle, numbered corners; uint8 [height, width, 4], B G R X."""
    image = np.zeros((height, width, 4), np.uint8)
    image[..., 3] = 255
    for number in range(1, _CELLS):
        x, y = width * number // _CELLS, height * number // _CELLS
        cv2.line(image, (x, 0), (x, height), _LINE, 1, cv2.LINE_AA)
        cv2.line(image, (0, y), (width, y), _LINE, 1, cv2.LINE_AA)
    thick = max(min(width, height) // 200, 2)
    cv2.circle(image, (width // 2, height // 2), min(width, height) * 3 // 8, _EDGE, thick, cv2.LINE_AA)
    cv2.rectangle(image, (0, 0), (width - 1, height - 1), _EDGE, 2 * thick)
    size = min(width, height) / 400
    reach = min(width, height) // 6
    for number, (x, y) in enumerate(((0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1))):
        inward = (1 if x == 0 else -1, 1 if y == 0 else -1)
        colour = _CORNERS[number]
        cv2.line(image, (x, y), (x + inward[0] * reach, y), colour, 3 * thick)
        cv2.line(image, (x, y), (x, y + inward[1] * reach), colour, 3 * thick)
        place = (x + inward[0] * reach // 2 - round(10 * size), y + inward[1] * reach // 2 + round(10 * size))
        cv2.putText(image, str(number + 1), place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, thick, cv2.LINE_AA)
    return image
