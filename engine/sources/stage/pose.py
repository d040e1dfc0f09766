"""The dancers as skeletons in the picture: the truth that pose maps are drawn from."""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.frame import Skeletons
from engine.sources.stage.pair import pair_joints_at
from engine.sources.stage.scene import instant_at
from engine.sources.stage.skeleton import Joints, Point, joints_at
from engine.sources.stage.view import SQUARE, Lens, View
from engine.sources.stage_sets import StageSet

POINTS: Final = 18
NOSE: Final = 0
EYES: Final = (14, 15)
EARS: Final = (16, 17)

_HEAD_M: Final = 0.085
_EAR_M: Final = 0.068
"""From the middle of the head to its front, and to its sides."""


def skeletons_at(seconds: float, seed: int, lens: Lens = SQUARE, chosen: StageSet = StageSet.STAGE) -> Skeletons:
    """Return the dancers at a time in seconds (>= 0), by the points that Skeletons names.

    Points outside the picture, and of a face that looks away, are not seen; limbs behind a body are.

    Args:
        lens: of the set, see lens_of.
    """
    dancers: tuple[Joints, ...]
    match chosen:
        case StageSet.ABSTRACT:
            return np.zeros((0, POINTS, 3), np.float32)
        case StageSet.DUO:
            dancers = pair_joints_at(seconds, seed)
        case _:
            dancers = (joints_at(seconds, seed),)
    view = instant_at(seconds, seed, lens, chosen).view
    return np.stack([_seen(joints, view) for joints in dancers])


def _seen(joints: Joints, view: View) -> npt.NDArray[np.float32]:
    forward = joints.facing
    up = joints.head - joints.neck
    right = np.cross(forward, up)
    right /= np.sqrt(right @ right)
    up = np.cross(right, forward)
    # A mirrored dancer's limbs have changed sides.
    swapped = (joints.left_arm.root - joints.right_arm.root) @ right < 0.0
    arms, legs = (joints.left_arm, joints.right_arm), (joints.left_leg, joints.right_leg)
    if swapped:
        arms, legs = arms[::-1], legs[::-1]
    front = joints.head + _HEAD_M * forward
    eyes = [front + 0.03 * up + side * 0.032 * right for side in (1.0, -1.0)]
    ears = [joints.head + side * _EAR_M * right for side in (1.0, -1.0)]
    limbs = [point for limb in (*arms, *legs) for point in (limb.root, limb.middle, limb.end)]
    points = np.stack([front, joints.chest, *limbs, *eyes, *ears])
    found = view.project(points)
    size = np.array((view.lens.width, view.lens.height), np.float64)
    places = (found[:, :2] + 0.5) / size
    seen = (found[:, 2] > 0.0) & (places >= 0.0).all(axis=1) & (places <= 1.0).all(axis=1)
    _hide_face(seen, joints.head, forward, right, view)
    return np.column_stack((places, seen)).astype(np.float32)


def _hide_face(seen: npt.NDArray[np.bool_], head: Point, forward: Point, right: Point, view: View) -> None:
    towards = view.position - head
    towards /= np.sqrt(towards @ towards)
    if forward @ towards < -0.15:
        seen[[NOSE, *EYES]] = False
    aside = float(right @ towards)
    if abs(aside) > 0.6:  # seen from the side: the head hides its other ear
        seen[EARS[1] if aside > 0.0 else EARS[0]] = False
