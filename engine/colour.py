"""Which numbers stand for which colour: luma weights, ranges, and what is meant where nothing is said.

Every picture that comes in or goes out is read by this table: tagged matrices by their tags, untagged ones by
`untagged`, NDI by `NDI`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class LumaWeights:
    """What red and blue weigh in luma; green weighs the rest."""

    red: float
    blue: float

    @property
    def green(self) -> float:
        """The rest."""
        return 1.0 - self.red - self.blue


BT601: Final = LumaWeights(red=0.299, blue=0.114)
BT709: Final = LumaWeights(red=0.2126, blue=0.0722)
BT2020: Final = LumaWeights(red=0.2627, blue=0.0593)
"""ITU-R BT.601-7, BT.709-6 and BT.2020-2."""

NDI: Final = BT709
"""NDI's UYVY in both directions, whatever the size: so its library (6.3) converts RGB, and so it gives RGB back. Its
manual names BT.601 for SD and BT.2020 for UHD; a picture read by that is off by up to 16 levels."""

BLACK_LUMA: Final = 16
NEUTRAL_CHROMA: Final = 128
"""Limited range, 8 bit."""

_HD_WIDTH: Final = 1280
_SD_HEIGHT: Final = 576


def untagged(width: int, height: int) -> LumaWeights:
    """What Y'CbCr without a tag is taken for: BT.709 from 1280 columns or above 576 lines, else BT.601.

    libplacebo's rule (`pl_color_system_guess_ycbcr`), which mpv and VLC play by; it never guesses BT.2020.
    """
    return BT709 if width >= _HD_WIDTH or height > _SD_HEIGHT else BT601


def rgb_to_limited(weights: LumaWeights) -> npt.NDArray[np.float64]:
    """The affine map from (R', G', B', 1), 0..255 full range, to (Y, Cb, Cr), 8 bit limited range: float64 [3, 4]."""
    luma = np.array([weights.red, weights.green, weights.blue])
    blue_difference = (np.array([0.0, 0.0, 1.0]) - luma) / (2.0 * (1.0 - weights.blue))
    red_difference = (np.array([1.0, 0.0, 0.0]) - luma) / (2.0 * (1.0 - weights.red))
    linear = np.stack([219.0 * luma, 224.0 * blue_difference, 224.0 * red_difference]) / 255.0
    return np.column_stack((linear, [BLACK_LUMA, NEUTRAL_CHROMA, NEUTRAL_CHROMA]))


@lru_cache(maxsize=8)
def limited_to_rgb(weights: LumaWeights) -> npt.NDArray[np.float64]:
    """The affine map from (Y, Cb, Cr, 1), 8 bit limited range, to (R', G', B'), 0..255 full range: float64 [3, 4].

    Read-only.
    """
    forth = rgb_to_limited(weights)
    back = np.linalg.inv(forth[:, :3])
    whole = np.column_stack((back, -back @ forth[:, 3]))
    whole.setflags(write=False)
    return whole
