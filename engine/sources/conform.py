"""Pictures that a source made in another format than the show's."""

from dataclasses import replace

import cv2
import numpy as np

from engine.messages.picture_format import PictureFormat
from engine.sources.base import Picture
from engine.sources.fit import fit


def conformed(picture: Picture, wanted: PictureFormat) -> Picture:
    """Return a picture in the format that is in force on this thread (see framing), framed as there.

    A source may have made it before the format changed, or know one format alone.
    """
    image = np.asarray(fit(picture.image), np.uint8)
    depth = picture.true_depth
    if depth is not None:
        whole = fit(np.asarray(depth, np.float32))
        half = (wanted.width // 2, wanted.height // 2)
        depth = np.asarray(cv2.resize(whole, half, interpolation=cv2.INTER_AREA), np.float32)
    alpha = None if picture.alpha is None else np.asarray(fit(picture.alpha), np.uint8)
    same = picture.image.shape[0] * wanted.width == picture.image.shape[1] * wanted.height
    pose = picture.true_pose if same else None  # its shares are of the picture as it was made
    return replace(picture, image=image, true_depth=depth, true_pose=pose, alpha=alpha)
