"""What a person's matte goes through, on compiled loops, where they can be had."""

import numpy as np

from engine.messages.frame import DepthImage
from engine.preprocess.compiled.estimator import missing_loops, scratch_lines
from engine.preprocess.compiled.person_loops import look_for_feet, refine_matte, stand_person
from engine.preprocess.maps.matte.model import Matte
from engine.preprocess.maps.matte.plain import (
    EDGE_VARIANCE,
    FLOOR,
    GAIN,
    MIDDLE,
    RELIEF,
    Luma,
    PersonWork,
    PlainPerson,
    floor,
)


class CompiledPerson:
    """See PersonWork. Owns scratch, so one thread uses it."""

    def __init__(self) -> None:
        self._planes = np.zeros((7, 0, 0), np.float32)
        self._lines = scratch_lines(0)
        self._told = np.zeros(2)
        self._plain = PlainPerson()

    def refined(self, known: Matte, luma: Luma, fine: Luma) -> Matte:
        height, width = luma.shape
        if fine.shape != (2 * height, 2 * width):
            return self._plain.refined(known, luma, fine)
        if self._planes.shape[1:] != luma.shape:
            self._planes, self._lines = np.zeros((7, height, width), np.float32), scratch_lines(width)
        found = np.empty(fine.shape, np.float32)
        refine_matte(known, luma, fine, EDGE_VARIANCE, MIDDLE, GAIN, self._planes, self._lines, found)
        return found

    def footing(self, matte: Matte) -> tuple[float, int]:
        look_for_feet(matte, self._told)
        return float(self._told[0]), int(self._told[1])

    def standing(self, depth: DepthImage, matte: Matte, feet: float, presence: float) -> DepthImage:
        found = np.empty(depth.shape, np.float32)
        weights = np.array((FLOOR, feet * (1.0 - RELIEF), RELIEF, presence), np.float32)
        stand_person(depth, matte, floor(depth.shape[0]), weights, found)
        return found


def person_work() -> PersonWork:
    """Return it on compiled loops, or where there are none, with OpenCV and numpy."""
    return PlainPerson() if missing_loops() else CompiledPerson()
