"""A person's skeleton by MediaPipe's pose landmarks, run by OpenCV's dnn, where the matte finds the person.

The model (Apache-2.0, 5.5 MB as ONNX in OpenCV's zoo) is the user's to fetch: `hardcut models fetch pose-landmarks`.
"""

from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.errors import DepthError
from engine.folders import models_folder
from engine.messages.frame import InputFrame, Skeletons
from engine.preprocess.learned.cards import depth_cards
from engine.preprocess.looker import Looked
from engine.preprocess.maps.matte.follow import EVERY_NS, PersonFollower
from engine.preprocess.maps.matte.looking import box_around

CARD: Final = "pose-landmarks"
EDGE: Final = 256
LANDMARKS: Final = 39
NUMBERS: Final = 5
"""Of a landmark: x, y and depth in pixels of the model's picture, and how far it is visible and in it, as logits."""

_ORDER: Final = (0, -1, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7)
"""MediaPipe's landmark for each point of Skeletons; -1: the neck, which lies between the shoulders."""
_NECK: Final = 1
_SHOULDERS: Final = (2, 5)

LEAST_VISIBLE: Final = 0.5
LEAST_SURE: Final = 0.5
"""That there is a person at all, of the model's own certainty."""

Box = tuple[int, int, int, int]


def skeleton_of(landmarks: npt.NDArray[np.float32], box: Box, height: int, width: int) -> Skeletons:
    """Return the skeleton of a model's landmarks.

    Args:
        landmarks: float32 [39, 5].
        box: left, top, right, bottom in pixels of the part of the picture [height, width] that the model saw.

    Returns:
        One person, [1, 18, 3].
    """
    left, top, right, bottom = box
    scale = np.array((right - left, bottom - top), np.float32) / np.float32(EDGE)
    places = (landmarks[:, :2] * scale + np.array((left, top), np.float32)) / np.array((width, height), np.float32)
    sure = np.float32(1.0) / (np.float32(1.0) + np.exp(-np.clip(landmarks[:, 3:5], -30.0, 30.0)))
    seen = (sure > LEAST_VISIBLE).all(axis=1) & (places >= 0.0).all(axis=1) & (places <= 1.0).all(axis=1)
    found = np.column_stack((places, seen)).astype(np.float32)[list(_ORDER)]
    one, other = (found[shoulder] for shoulder in _SHOULDERS)
    found[_NECK] = (*((one[:2] + other[:2]) / 2), one[2] * other[2])
    return found[None]


class LandmarkFinder:
    """Finds one person. Made on the thread that uses it.

    Args:
        file: the model; None: where `hardcut models fetch` puts it.

    Raises:
        DepthError: the model is not here or cannot be read.
    """

    def __init__(self, file: Path | None = None) -> None:
        if file is None:
            card = depth_cards()[0][CARD]
            card.require_files(models_folder())
            file = card.files[0].path(models_folder())
        try:
            self._net = cv2.dnn.readNetFromONNX(str(file))
        except cv2.error as error:
            raise DepthError(f"The model of pose landmarks cannot be read: {error}", where=str(file)) from error
        self._follower = PersonFollower(EVERY_NS)

    def find(self, frame: InputFrame, looked: Looked) -> Skeletons:
        """See PoseFinder.

        Raises:
            DepthError: the model cannot be run, or is another.
        """
        matte = self._follower.follow(looked)
        around = box_around(matte)
        nobody = np.zeros((0, 18, 3), np.float32)
        if around is None:
            return nobody
        height, width = frame.image.shape[:2]
        down, across = height / matte.shape[0], width / matte.shape[1]
        box = tuple(int(edge * scale) for edge, scale in zip(around, (across, down, across, down), strict=True))
        left, top, right, bottom = box
        part = cv2.resize(frame.image[top:bottom, left:right], (EDGE, EDGE), interpolation=cv2.INTER_LINEAR)
        # The model takes its channels last.
        blob = part[None].astype(np.float32) / np.float32(255)
        try:
            self._net.setInput(blob)
            found = self._net.forward(self._net.getUnconnectedOutLayersNames())
            landmarks = np.asarray(found[0], np.float32).reshape(LANDMARKS, NUMBERS)
            sure = float(np.asarray(found[1]).ravel()[0])
        except (cv2.error, ValueError, IndexError) as error:
            raise DepthError(f"The model of pose landmarks cannot be run: {error}") from error
        return skeleton_of(landmarks, (left, top, right, bottom), height, width) if sure > LEAST_SURE else nobody

    def forget(self) -> None:
        self._follower.forget()
