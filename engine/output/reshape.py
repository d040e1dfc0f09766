"""A picture of one format in the place of another's: for the moments at which a show changes its format."""

import cv2
import numpy as np

from engine.messages.frame import RgbxImage
from engine.messages.picture_format import PictureFormat


def reshaped(picture: RgbxImage, shape: tuple[int, ...]) -> RgbxImage:
    """Return as much of a picture's middle as fills another shape [h, w, …]; the picture itself where it has it."""
    height, width = picture.shape[:2]
    if (height, width) == tuple(shape[:2]):
        return picture
    new_height, new_width = shape[:2]
    rows, columns = min(height, width * new_height // new_width), min(width, height * new_width // new_height)
    top, left = (height - rows) // 2, (width - columns) // 2
    part = picture[top : top + rows, left : left + columns]
    return np.asarray(cv2.resize(part, (new_width, new_height), interpolation=cv2.INTER_LINEAR), np.uint8)


def black(picture_format: PictureFormat = PictureFormat.SQUARE) -> RgbxImage:
    """Return a new black picture, uint8 [h, w, 4]."""
    picture: RgbxImage = np.zeros((*picture_format.shape, 4), np.uint8)
    picture[..., 3] = 255
    return picture
