"""What is on air: the last good picture, freeze, blackout and master level."""

import numpy as np

from engine.messages.frame import RgbxImage
from engine.output.canvas import dim
from engine.output.layout import PICTURE_SHAPE


class Programme:
    """The picture viewers see. Frozen, it keeps taking new pictures beside the one it holds.

    `version` counts the changes of what is seen.
    """

    def __init__(self) -> None:
        self._pictures = np.zeros((2, *PICTURE_SHAPE), np.uint8)
        self._pictures[..., 3] = 255
        self._newest = 0
        self._on_air = 0
        self._freeze = False
        self._blackout = False
        self._level = 1.0
        self.version = 1

    @property
    def picture(self) -> RgbxImage:
        """The picture on air before level and blackout; black until the first one came."""
        picture: RgbxImage = self._pictures[self._on_air]
        return picture

    @property
    def gain(self) -> float:
        """What the picture is to be multiplied with: the level, or 0 in blackout."""
        return 0.0 if self._blackout else self._level

    def take(self, picture: RgbxImage) -> None:
        """Take a new picture; it goes on air now, or when the freeze ends."""
        if self._freeze:
            self._newest = 1 - self._on_air
        np.copyto(self._pictures[self._newest], picture)
        if not self._freeze:
            self.version += 1

    def control(self, *, freeze: bool, blackout: bool, level: float) -> None:
        """Set the three controls; called before `take` of the same output frame."""
        gain = self.gain
        self._freeze, self._blackout, self._level = freeze, blackout, level
        if not freeze and self._on_air != self._newest:
            self._on_air = self._newest
            self.version += 1
        if self.gain != gain:
            self.version += 1

    def render(self, out: RgbxImage) -> None:
        """Write exactly what viewers see, at 448×448."""
        if self.gain < 1.0:
            dim(self.picture, self.gain, out)
        else:
            np.copyto(out, self.picture)
