"""Two dancers: the same dance, one the other's mirror image a beat later, while the pair slowly turns."""

import math
from typing import Final

import numpy as np

from engine.sources.stage.figure import LIGHT, WARM, Capsule, body
from engine.sources.stage.skeleton import BEATS_PER_SECOND, Joints, Limb, Point, ground_at, joints_at

_APART_M: Final = 0.74
"""From the stage's middle to each: arms may meet, bodies never."""

_STAYS: Final = 0.8
"""Share of their wander over the floor that is taken off, so that they keep to their places."""

_MIRROR: Final = np.array([-1.0, 1.0, 1.0])
_UNMIRRORED: Final = np.ones(3)


def pair_at(seconds: float, seed: int) -> list[Capsule]:
    """Both dancers' capsules at a time in seconds (>= 0)."""
    one, other = pair_joints_at(seconds, seed)
    return [*body(one, LIGHT), *body(other, WARM)]


def pair_joints_at(seconds: float, seed: int) -> tuple[Joints, Joints]:
    """Both dancers at a time in seconds (>= 0)."""
    angle = 0.55 * math.sin(0.21 * seconds)
    aside = _APART_M * np.array([math.cos(angle), 0.0, math.sin(angle)])
    later = max(seconds - 1.0 / BEATS_PER_SECOND, 0.0)
    one = _placed(joints_at(seconds, seed), _UNMIRRORED, -aside - _STAYS * ground_at(seconds, seed))
    other = _placed(joints_at(later, seed), _MIRROR, aside - _STAYS * _MIRROR * ground_at(later, seed))
    return one, other


def _placed(joints: Joints, flip: Point, aside: Point) -> Joints:
    """The dancer in a mirror, or not, and moved."""

    def limb(one: Limb) -> Limb:
        return Limb(point(one.root), point(one.middle), point(one.end), point(one.tip))

    def point(one: Point) -> Point:
        return np.asarray(one * flip + aside)

    return Joints(
        pelvis=point(joints.pelvis),
        waist=point(joints.waist),
        chest=point(joints.chest),
        neck=point(joints.neck),
        head=point(joints.head),
        facing=joints.facing * flip,
        left_arm=limb(joints.left_arm),
        right_arm=limb(joints.right_arm),
        left_leg=limb(joints.left_leg),
        right_leg=limb(joints.right_leg),
    )
