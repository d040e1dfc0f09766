"""Which part of a source's picture fills the picture of the show's format. Pure data."""

from dataclasses import dataclass
from enum import Enum
from typing import Final


class FrameWay(Enum):
    """How a picture of another shape is brought to the format.

    CROP: as much of it as has the format's proportions. WHOLE: all of it, with black beside it. STRETCH: all of it,
    pulled out of shape.
    """

    CROP = "crop"
    WHOLE = "whole"
    STRETCH = "stretch"


@dataclass(frozen=True, slots=True)
class Framing:
    """A way, and for a crop where it lies.

    Attributes:
        x, y: of the crop, 0 at the left and the top, 1 at the right and the bottom.

    Raises:
        ValueError: a position lies outside 0..1.
    """

    way: FrameWay = FrameWay.CROP
    x: float = 0.5
    y: float = 0.5

    def __post_init__(self) -> None:
        if not (0.0 <= self.x <= 1.0 and 0.0 <= self.y <= 1.0):
            raise ValueError(f"a crop lies from 0 to 1, not at {self.x:g}, {self.y:g}")


CENTRE: Final = Framing()
