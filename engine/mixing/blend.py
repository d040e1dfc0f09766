"""One dream, one input frame and one matte to one picture, by OpenCV's own loops: under half a millisecond."""

import cv2
import numpy as np

from engine.messages.frame import AlphaImage, RgbImage, RgbxImage


def mixed(
    dream: RgbxImage,
    dry: RgbImage,
    matte: AlphaImage | None,
    shares: tuple[float, float],
    *,
    alpha: bool,
) -> RgbxImage:
    """Mix a dream with an input frame.

    Args:
        dream: uint8 [h, w, 4]; never written to.
        dry: uint8 [h, w, 3].
        matte: uint8 [h, w], 255 where the person is; None: nobody is there.
        shares: the input's share where the person is, and where the person is not, 0..1 each.
        alpha: the matte becomes the picture's fourth byte; else that is 255.

    Returns:
        The dream itself where nothing of the input shows and it stays opaque; else a new picture. A share of 1 gives
        the input's very colours, one of 0 the dream's.
    """
    person, ground = shares
    if matte is None:
        person = ground
    found = dream
    if person == ground:
        if ground >= 1.0:
            found = np.asarray(cv2.cvtColor(dry, cv2.COLOR_RGB2RGBA), np.uint8)
        elif ground > 0.0:
            wide = cv2.cvtColor(dry, cv2.COLOR_RGB2RGBA)
            found = np.asarray(cv2.addWeighted(dream, 1.0 - ground, wide, ground, 0.0), np.uint8)
    else:
        assert matte is not None
        wide = cv2.cvtColor(dry, cv2.COLOR_RGB2RGBA)
        steps = np.linspace(ground, person, 256, dtype=np.float32)
        weights = cv2.LUT(matte, steps)
        found = np.asarray(cv2.blendLinear(wide, dream, weights, np.float32(1.0) - weights), np.uint8)
    if not alpha:
        return found
    if found is dream:
        found = dream.copy()
    cv2.insertChannel(matte if matte is not None else np.zeros(dream.shape[:2], np.uint8), found, 3)
    return found
