"""What paints: the interface between the field's numbers and the two ways of computing pictures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from engine.generators.field.carrying import Carry
from engine.generators.field.lattice import Plane
from engine.generators.field.mixing import Mix
from engine.generators.field.noise import Draw
from engine.generators.field.shaping import Shape
from engine.generators.field.state import P, Senses
from engine.messages.events import BackendChoice, Component
from engine.messages.frame import RgbImage, RgbxImage
from engine.steps import Work

F = TypeVar("F")
F_co = TypeVar("F_co", covariant=True)
"""A finished frame where its painter leaves it: an image, or a tensor of its bytes on a device."""

TRUNK: Final = Component("field trunk")
RASTER: Final = Component("field raster")
LAUNCHES: Final = Component("field launches")
"""What is decided about. Sessions hold these keys: they never change."""

DARK_ROOM: Final = 0.35
"""Luminance assumed while there is no input: the field dreams before an even mid-grey."""

PAUSES: Final = 3
"""Safe points within a frame's painting."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """Everything that decides one frame's picture, but for the input's picture and the last frame.

    Attributes:
        light: float32 [rows, columns], the input's luminance on the lattice.
        carry: None: nothing of the last picture stays.
        glow: how much of the halo is laid over, 0 and up.
        luck: the window of the grain.
        tile: float32 [T + 1, T + 1], the material, see Materials.mix.
        table: float32 [TABLE_LIGHTS, TABLE_HUES + 1, 4], see colour_table. Tile and table are the same
            objects for as long as they hold the same.
    """

    senses: Senses
    light: Plane
    shape: Shape
    mix: Mix
    carry: Carry | None
    glow: float
    luck: Draw
    tile: Plane
    table: npt.NDArray[np.float32]


class Painter(Protocol[P, F_co]):
    """Paints frames. Owned by one thread; it keeps nothing from frame to frame but memory."""

    def see(self, image: RgbImage | None) -> Plane:
        """Take in the input's picture for the next frame, as large as the frames; None: a dark room.

        Returns:
            its luminance 0..1 on the lattice, float32 [rows, columns]; new memory.
        """
        ...

    def blank(self) -> P:
        """A picture to paint into."""
        ...

    def keep(self, picture: P) -> P:
        """A copy to be gone on from later by `adopted`, exactly; in as little memory as it can be held in."""
        ...

    def adopted(self, picture: P) -> P:
        """A picture to go on from, of whatever size, or one that was kept; itself where it is neither."""
        ...

    def paint(self, scheme: Scheme, last: P | None, out: P) -> Work[F_co]:
        """Paint a frame after `last`, which is not touched, into `out`; pauses PAUSES times at least.

        Returns:
            the picture with its glow; new memory.
        """
        ...

    def backends(self) -> tuple[BackendChoice, ...]:
        """How it computes, and why."""
        ...


Fetch = Callable[[Sequence[F]], tuple[RgbxImage, ...]]
"""Brings the finished frames of a chunk to the host together; waits for them."""


def at_hand(frames: Sequence[Any]) -> tuple[RgbxImage, ...]:
    """The Fetch of painters whose frames are images already."""
    return tuple(frames)
