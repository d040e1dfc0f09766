"""The stage camera: a pinhole that drifts slowly around the dancer."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.frame import FRAME_SIZE

FOCAL_PX: Final = 590.0
"""At 448 pixels a field of 42 degrees: a portrait lens, little distortion at arm's length."""

NEAR_M: Final = 2.2
FAR_M: Final = 9.0
"""Depth 1.0 and 0.0: just before the nearest thing that can be in view, and the back wall."""

CENTRE: Final = (FRAME_SIZE - 1) / 2.0


@dataclass(frozen=True, slots=True)
class Lens:
    """The picture's size in pixels, multiples of 16; and how far it is zoomed in.

    Its shorter edge sees 42 degrees at zoom 1: on the stage the dancer is never cut off.
    """

    width: int = FRAME_SIZE
    height: int = FRAME_SIZE
    zoom: float = 1.0

    @property
    def focal(self) -> float:
        """Pixels per unit of x / z."""
        return self.zoom * FOCAL_PX * min(self.width, self.height) / FRAME_SIZE

    @property
    def centre(self) -> tuple[float, float]:
        """The pixel (x, y) that the camera looks at."""
        return (self.width - 1) / 2.0, (self.height - 1) / 2.0

    @property
    def surface(self) -> tuple[int, int]:
        """Height and width of the half size that surfaces and depth are kept at."""
        return self.height // 2, self.width // 2


SQUARE: Final = Lens()


@dataclass(frozen=True, slots=True)
class View:
    """A camera pose. Its right is level: it never rolls.

    Attributes:
        position: where it stands, float64 [3], metres.
        axes: rows are its right, down and forward directions, float64 [3, 3].
        yaw: the angle it has moved around the stage, radians.
        lens: what it sees through.
    """

    position: npt.NDArray[np.float64]
    axes: npt.NDArray[np.float64]
    yaw: float
    lens: Lens = SQUARE

    def local(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """World points [n, 3] in camera coordinates (x right, y down, z forward), metres."""
        return np.asarray((points - self.position) @ self.axes.T)

    def project(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """World points [n, 3] to (x px, y px, inverse distance 1/m): float64 [n, 3]."""
        local = self.local(points)
        inverse = 1.0 / local[:, 2]
        focal, (x, y) = self.lens.focal, self.lens.centre
        return np.column_stack((x + focal * local[:, 0] * inverse, y + focal * local[:, 1] * inverse, inverse))

    def floor_to_picture(self) -> npt.NDArray[np.float64]:
        """The homography from floor points (x, z, 1) in metres to homogeneous pixels: float64 [3, 3].

        Its third row gives the distance along the camera's axis, so depth comes from the same matrix.
        """
        columns = np.column_stack((self.axes[:, 0], self.axes[:, 2], -self.axes @ self.position))
        focal, (x, y) = self.lens.focal, self.lens.centre
        intrinsics = np.array([[focal, 0.0, x], [0.0, focal, y], [0.0, 0.0, 1.0]])
        return np.asarray(intrinsics @ columns)


def view_at(seconds: float, lens: Lens = SQUARE) -> View:
    """The camera at a time: an arc of 24 degrees, breathing in and out; periods that never align."""
    yaw = 0.21 * math.sin(seconds * 0.13) + 0.04 * math.sin(seconds * 0.37)
    distance = 3.95 + 0.25 * math.sin(seconds * 0.11 + 0.6)
    height = 1.22 + 0.16 * math.sin(seconds * 0.17)
    return seen_from(yaw, distance, height, np.array([0.06 * math.sin(seconds * 0.29), 0.98, 0.0]), lens)


def seen_from(yaw: float, distance: float, height: float, target: npt.NDArray[np.float64], lens: Lens = SQUARE) -> View:
    """The camera that looks at a target [3] from an angle around the stage, a distance and a height, in metres."""
    position = np.array([distance * math.sin(yaw), height, distance * math.cos(yaw)])
    forward = target - position
    forward /= np.sqrt(forward @ forward)
    right = np.array([-forward[2], 0.0, forward[0]])
    right /= np.sqrt(right @ right)
    down = np.array([forward[1] * right[2], forward[2] * right[0] - forward[0] * right[2], -forward[1] * right[0]])
    return View(position=position, axes=np.stack((right, down, forward)), yaw=yaw, lens=lens)


DEPTH_SCALE: Final = 1.0 / (1.0 / NEAR_M - 1.0 / FAR_M)
"""Depth per 1/m."""


def depth_of(inverse_distance: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Inverse distance in 1/m to depth as the program means it: 0 = far (9 m) .. 1 = near (2.2 m).

    Linear in inverse distance, as monocular estimators give it (MiDaS, Ranftl et al. 2020).
    """
    depth = inverse_distance * np.float32(DEPTH_SCALE)
    depth -= np.float32(DEPTH_SCALE / FAR_M)
    return np.clip(depth, 0.0, 1.0, out=depth)
