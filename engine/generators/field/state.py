"""What the field carries from frame to frame. Immutable: a new frame makes a new state."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from engine.generators.field.lattice import Plane
from engine.generators.field.traits import Look

P = TypeVar("P")
"""A picture where it is computed: float32 [height, width, 4], R G B 1, a torch tensor or an array of numpy."""


@dataclass(frozen=True, slots=True)
class Senses:
    """The input as the lattice sees it, smoothed over a few frames so that no map arrives with a jolt.

    Attributes:
        depth: [rows, columns], 0 far .. 1 near.
        near: [rows, columns], 0..1, how far a thing stands out before its surroundings.
        flow: [rows, columns, 2], in fractions of the picture's width and height per frame of the output.
        trust: 0..1, how much the depth and flow are believed: falls with their age.
        low, high: the input's luminance that counts as black and as white, slowly adapted.
        last_frame_id: newest input frame seen, -1 before the first.
        advance: input frames per output frame, smoothed.
    """

    depth: Plane
    near: Plane
    flow: Plane
    trust: float
    low: float
    high: float
    last_frame_id: int
    advance: float


@dataclass(frozen=True, slots=True)
class Clocks:
    """Integrals over the field's own time, so that a change of rate never makes a jump.

    Attributes:
        form_s: the network's time in seconds.
        angle: turn of the forms, radians.
        pulse: phase of the pulse, in beats; flicker_s: seconds at the speed that is set.
        drift: [2], offset of the material in tiles; shear: a second one for the second layer.
        palette: offset along the palette, in rings.
        travel: [2], way through a tunnel, in units of the network's first two inputs; the material's is in drift and
            shear.
    """

    form_s: float
    angle: float
    pulse: float
    drift: npt.NDArray[np.float64]
    shear: npt.NDArray[np.float64]
    palette: float
    flicker_s: float
    travel: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FieldState(Generic[P]):
    """Everything between two frames; generate() replaces it only once a chunk is complete.

    Attributes:
        picture: the last frame before its glow; None after a reset.
        values: the parameters the last frame was made with, in table order.
        look: the look the last frame was made with.
    """

    picture: P | None
    senses: Senses
    clocks: Clocks
    values: npt.NDArray[np.float64]
    look: Look
