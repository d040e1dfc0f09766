"""People as skeletons, drawn as OpenPose draws them: the control pictures of VACE's pose annotator.

Limbs are ellipses of 18 colours around the circle, darkened to 0.6, with bright discs on the joints, on black
(annotators/pose.py, after DWPose: Yang et al. 2023). Hands and faces are left out.
"""

import math
from collections.abc import Callable
from typing import Final, Protocol

import cv2
import numpy as np

from engine.errors import DepthError
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, InputFrame, RgbImage, Skeletons
from engine.preprocess.base import DEPTH
from engine.preprocess.compiled.estimator import flow_choice, motion_tracker
from engine.preprocess.looker import Looked, Looker
from engine.preprocess.maps.format import POSE_FORMAT
from engine.preprocess.motion import enlarged

COLOURS: Final = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0), (0, 255, 85),
    (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255),
    (255, 0, 170), (255, 0, 85),
)  # fmt: skip

LIMBS: Final = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0),
    (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
"""Pairs of points, each in the colour of its place."""

_HALF_WIDTH: Final = 4 / 512
"""Of a limb and a joint's disc, of the picture's shorter edge: four pixels where the annotator works at 512."""

_SHADE: Final = 0.6


class PoseFinder(Protocol):
    """Finds people in pictures. One thread owns it."""

    def find(self, frame: InputFrame, looked: Looked) -> Skeletons:
        """Return who is in the picture."""
        ...

    def forget(self) -> None:
        """The next picture is of another scene."""
        ...


def drawn_pose(people: Skeletons, height: int, width: int) -> RgbImage:
    """Return people on black, uint8 [height, width, 3]."""
    picture = np.zeros((height, width, 3), np.uint8)
    half = max(round(_HALF_WIDTH * min(height, width)), 1)
    places = people[..., :2] * np.array((width, height), np.float32)
    for person, points in zip(people, places, strict=True):
        for (begin, end), colour in zip(LIMBS, COLOURS, strict=False):
            if person[begin, 2] and person[end, 2]:
                _limb(picture, points[begin], points[end], half, colour)
    picture = np.asarray(cv2.convertScaleAbs(picture, alpha=_SHADE), dtype=np.uint8)
    for person, points in zip(people, places, strict=True):
        for point, seen, colour in zip(points, person[:, 2], COLOURS, strict=True):
            if seen:
                cv2.circle(picture, (int(point[0]), int(point[1])), half, colour, -1)
    return picture


def _limb(picture: RgbImage, begin: Skeletons, end: Skeletons, half: int, colour: tuple[int, int, int]) -> None:
    (x, y), (across, down) = (begin + end) / 2, begin - end
    length, angle = math.hypot(across, down), math.degrees(math.atan2(down, across))
    shape = cv2.ellipse2Poly((int(x), int(y)), (int(length / 2), half), int(angle), 0, 360, 1)
    cv2.fillConvexPoly(picture, np.asarray(shape, dtype=np.int32), colour)


class PoseEstimator:
    """The people of the source where it knows them, else those that are found, as a map of their skeletons.

    Args:
        find: makes what finds people, for the first frame that needs it.
    """

    def __init__(self, find: Callable[[], PoseFinder]) -> None:
        self._find = find
        self._finder: PoseFinder | None = None
        self._looker = Looker(motion_tracker())
        self._flow_choice = flow_choice()
        self._drawing: RgbImage | None = None
        self._true = False

    @property
    def name(self) -> str:
        return POSE_FORMAT.name.lower()

    def reset(self) -> None:
        self._looker.reset()
        if self._finder is not None:
            self._finder.forget()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        """See DepthEstimator.

        Raises:
            DepthError: the source knows no pose, and nothing can find one here.
        """
        looked = self._looker.look(frame)
        height, width = looked.fine.shape
        if self._drawing is None or looked.motion.cut or not looked.motion.blank:
            self._true = frame.true_pose is not None
            people = frame.true_pose() if frame.true_pose is not None else self._found(frame, looked)
            self._drawing = drawn_pose(people, 2 * height, 2 * width)
        drawing = self._drawing
        grey = cv2.resize(cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY), (width, height), interpolation=cv2.INTER_AREA)
        depth = np.multiply(grey, np.float32(1 / 255), dtype=np.float32)
        flow = enlarged(looked.motion.flow, (height, width))
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, depth, flow, drawing)

    def close(self) -> None:
        """Let go of the model."""
        self._finder = None

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        how = "the source knows who is in it" if self._true else "landmarks by OpenCV's dnn"
        return (BackendChoice(component=DEPTH, chosen=self.name, reason=f"{how}; {POSE_FORMAT}"), self._flow_choice)

    def _found(self, frame: InputFrame, looked: Looked) -> Skeletons:
        finder = self._finder
        if finder is None:
            finder = self._finder = self._find()
        elif looked.motion.cut:
            finder.forget()
        people = finder.find(frame, looked)
        if not np.isfinite(float(people.sum())):
            raise DepthError("The pose that was found has numbers that are none")
        return people
