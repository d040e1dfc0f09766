"""The picture on air, with freeze, blackout and master level.

It knows no time but what it is told: what it is told holds from this frame on, or is reached by a fade.

The pictures lie in shared memory, and a word there says which is on air: when this process dies, whoever fed it finds
them there, and its successor goes on with them (engine.output.inheritance).
"""

from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import OutputError
from engine.messages.frame import RgbxImage
from engine.messages.picture_format import PictureFormat, format_of
from engine.output.canvas import dim
from engine.output.layout import FORMATS, HELD, PICTURE_BYTES, picture_in

HAS_PICTURE = 4
"""In the word: there has been a picture."""

_FORMATS_AT = 8
_FORMAT_BITS = 8
"""In the word: where the formats of both pictures stand."""


class Shown(Protocol):
    """What is drawn: a picture, uint8 [h, w, 4], the factor 0..1 for it, and how often either has changed."""

    @property
    def picture(self) -> RgbxImage: ...

    @property
    def gain(self) -> float: ...

    @property
    def version(self) -> int: ...


class Programme:
    """The picture viewers see. Frozen, it keeps taking new pictures beside the one it holds.

    While a freeze comes or goes, the held picture and the newest are mixed; while a blackout does, the gain moves.

    `version` counts the changes of what is seen. Each picture has a format of its own: where the show changes its
    format, the last picture stays until the first of the new format is there.

    Args:
        pictures: uint8 [2, PICTURE_BYTES], where it keeps them; None: two black ones of its own.
        word: as an earlier programme left it with these pictures; 0: there has been none, and it begins black.
    """

    def __init__(self, pictures: npt.NDArray[np.uint8] | None = None, word: int = 0) -> None:
        self._pictures = np.zeros((HELD, PICTURE_BYTES), np.uint8) if pictures is None else pictures
        self._formats = [_format_in(word, place) for place in range(HELD)]
        self._newest = word & 1
        self._on_air = word >> 1 & 1
        self._has_picture = bool(word & HAS_PICTURE)
        if not self._has_picture:
            self._pictures.reshape(HELD, -1, 4)[...] = (0, 0, 0, 255)
        self._controlled = False
        self._held = 0.0
        self._dark = 0.0
        self._level = 1.0
        self._mixed: RgbxImage = np.zeros((1, 1, 4), np.uint8)
        self._mixed_version = 0
        self.version = 1

    @property
    def word(self) -> int:
        """Return the newest picture (bit 0), the one on air (bit 1), whether there has been one (bit 2), and the
        format of each (bits 8 and 16 upwards)."""
        formats = sum(
            FORMATS.index(one) << _FORMATS_AT + _FORMAT_BITS * place for place, one in enumerate(self._formats)
        )
        return self._newest | self._on_air << 1 | (HAS_PICTURE if self._has_picture else 0) | formats

    @property
    def begun(self) -> bool:
        """Return whether there has been a picture."""
        return self._has_picture

    @property
    def picture(self) -> RgbxImage:
        """Return the picture on air before level and blackout; black before the first one."""
        on_air = picture_in(self._pictures[self._on_air], self._formats[self._on_air])
        if not 0.0 < self._held < 1.0 or self._on_air == self._newest:
            return on_air
        newest = picture_in(self._pictures[self._newest], self._formats[self._newest])
        if newest.shape != on_air.shape:  # pictures of two formats are not mixed
            return on_air if self._held >= 0.5 else newest
        if self._mixed_version != self.version or self._mixed.shape != on_air.shape:
            self._mixed = np.asarray(
                cv2.addWeighted(on_air, self._held, newest, 1.0 - self._held, 0.0, dst=self._mixed), np.uint8
            )
            self._mixed_version = self.version
        return self._mixed

    @property
    def gain(self) -> float:
        """Return the factor 0..1 for the picture: the level, down to 0 in blackout."""
        return self._level * (1.0 - self._dark)

    @property
    def freeze_fades(self) -> bool:
        """Return whether the freeze comes or goes: what is held and what is new are mixed."""
        return 0.0 < self._held < 1.0

    @property
    def blackout_fades(self) -> bool:
        """Return whether the blackout comes or goes: the picture is neither whole nor gone."""
        return 0.0 < self._dark < 1.0

    def put(self, picture: RgbxImage) -> None:
        """Store a new picture; it goes on air now, or when the freeze ends (the first one at once, as a freeze
        needs a picture to hold).

        Raises:
            OutputError: it is of no format.
        """
        other = 1 - self._on_air
        picture_format = format_of(picture.shape)
        if picture_format is None:
            raise OutputError(f"A picture of {list(picture.shape)} is of no format")
        self._formats[other] = picture_format
        np.copyto(
            picture_in(self._pictures[other], picture_format), picture
        )  # never over the picture on air: half of one is none
        self._newest = other
        if self._held <= 0.0 or not self._has_picture:
            self._on_air = other
        if self._held < 1.0 or not self._has_picture:
            self.version += 1
        self._has_picture = True

    def control(self, *, freeze: bool, blackout: bool, level: float, fade_ns: int = 0, passed_ns: int = 0) -> None:
        """Set the three controls; called before `put` of the same output frame.

        Args:
            fade_ns: how long freeze and blackout take to come and to go; 0: none. What holds at first holds at once.
            passed_ns: since the call before.
        """
        before = self.gain, self._held
        step = passed_ns / fade_ns if fade_ns > 0 and self._controlled else 1.0
        self._controlled = True
        self._held, self._dark = _toward(self._held, step, on=freeze), _toward(self._dark, step, on=blackout)
        self._level = level
        changed = before != (self.gain, self._held) and (self._on_air != self._newest or before[0] != self.gain)
        if self._held <= 0.0 and self._on_air != self._newest:
            self._on_air = self._newest
            changed = True
        self.version += changed

    def render(self, out: RgbxImage) -> None:
        """Write exactly what viewers see, at the picture's size."""
        render(self.picture, self.gain, out)

    def move(self, pictures: npt.NDArray[np.uint8]) -> None:
        """Continue with another array that holds the same pictures."""
        self._pictures = pictures

    def release(self) -> None:
        """Drop the pictures, as their memory is about to be unmapped."""
        del self._pictures


def render(picture: RgbxImage, gain: float, out: RgbxImage) -> None:
    """Write a picture with a gain 0..1 to `out`, both uint8 [h, w, 4]."""
    if gain < 1.0:
        dim(picture, gain, out)
    else:
        np.copyto(out, picture)


def _toward(share: float, step: float, *, on: bool) -> float:
    return min(share + step, 1.0) if on else max(share - step, 0.0)


def _format_in(word: int, place: int) -> PictureFormat:
    return FORMATS[(word >> _FORMATS_AT + _FORMAT_BITS * place & 0xFF) % len(FORMATS)]
