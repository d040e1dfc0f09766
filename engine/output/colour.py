"""R'G'B' to limited-range Y'CbCr: ITU-R BT.601-7 and BT.709-6, 8 bit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SD_WIDTH, SD_HEIGHT = 720, 576
"""Up to this size the NDI SDK takes UYVY for BT.601, above it for BT.709 (NDI SDK manual, video frames)."""

BLACK_LUMA = 16
NEUTRAL_CHROMA = 128


@dataclass(frozen=True, slots=True)
class LumaWeights:
    """What red and blue weigh in luma; green weighs the rest."""

    red: float
    blue: float


BT601 = LumaWeights(red=0.299, blue=0.114)
BT709 = LumaWeights(red=0.2126, blue=0.0722)


def weights_for(width: int, height: int) -> LumaWeights:
    """The standard that receivers assume for a picture of this size."""
    return BT601 if width <= SD_WIDTH and height <= SD_HEIGHT else BT709


def matrix(weights: LumaWeights, gain: float) -> npt.NDArray[np.float32]:
    """The affine map from (R, G, B, 1), 0..255 full range, to (Y, Cb, Cr) limited range.

    Args:
        gain: 0..1, applied to R'G'B' before the conversion: a fade to true black.

    Returns:
        float32 [3, 4]; Y in 16..235, Cb and Cr in 16..240.
    """
    luma = np.array([weights.red, 1.0 - weights.red - weights.blue, weights.blue])
    blue_difference = (np.array([0.0, 0.0, 1.0]) - luma) / (2.0 * (1.0 - weights.blue))
    red_difference = (np.array([1.0, 0.0, 0.0]) - luma) / (2.0 * (1.0 - weights.red))
    linear = np.stack([219.0 * luma, 224.0 * blue_difference, 224.0 * red_difference]) * (gain / 255.0)
    offset = np.array([[BLACK_LUMA], [NEUTRAL_CHROMA], [NEUTRAL_CHROMA]])
    return np.concatenate([linear, offset], axis=1).astype(np.float32)
