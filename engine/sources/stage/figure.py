"""The dancer's body: capsules around the joints."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from engine.sources.stage.skeleton import Joints, Limb, Point


class Material(IntEnum):
    """What a surface is made of; an index into the palette."""

    SKIN = 0
    SUIT = 1
    HAIR = 2
    GOLD = 3
    PEARL = 4
    CORAL = 5


@dataclass(frozen=True, slots=True)
class Capsule:
    """A tapered capsule in the world; radii in metres."""

    start: Point
    end: Point
    start_radius: float
    end_radius: float
    material: Material


def body(joints: Joints) -> Iterator[Capsule]:
    """The capsules of the figure."""
    left_arm, right_arm, left_leg, right_leg = joints.left_arm, joints.right_arm, joints.left_leg, joints.right_leg
    up = joints.head - joints.neck
    up = up / float(np.sqrt(up @ up))
    face = joints.head + 0.022 * joints.facing
    knot = joints.head - 0.105 * joints.facing + 0.075 * up
    yield Capsule(face - 0.035 * up, face + 0.035 * up, 0.064, 0.079, Material.SKIN)
    yield Capsule(
        joints.head + 0.045 * up - 0.008 * joints.facing,
        joints.head - 0.045 * joints.facing,
        0.089,
        0.08,
        Material.HAIR,
    )
    yield Capsule(knot, knot, 0.047, 0.047, Material.HAIR)
    yield Capsule(joints.chest, joints.head - 0.03 * up, 0.05, 0.044, Material.SKIN)
    yield Capsule(left_arm.root, right_arm.root, 0.056, 0.056, Material.SUIT)
    ribs = 0.35 * joints.waist + 0.65 * joints.chest
    yield Capsule(ribs, joints.waist, 0.118, 0.092, Material.SUIT)
    yield Capsule(joints.waist, joints.pelvis, 0.09, 0.115, Material.SUIT)
    yield Capsule(left_leg.root, right_leg.root, 0.092, 0.092, Material.SUIT)
    for arm in (left_arm, right_arm):
        yield from _arm(arm)
    for leg in (left_leg, right_leg):
        yield from _leg(leg)


def _arm(arm: Limb) -> Iterator[Capsule]:
    yield Capsule(arm.root, arm.middle, 0.048, 0.037, Material.SKIN)
    yield Capsule(arm.middle, arm.end, 0.037, 0.026, Material.SKIN)
    yield Capsule(arm.end, arm.tip, 0.028, 0.014, Material.SKIN)


def _leg(leg: Limb) -> Iterator[Capsule]:
    yield Capsule(leg.root, leg.middle, 0.088, 0.054, Material.SUIT)
    yield Capsule(leg.middle, leg.end, 0.056, 0.033, Material.SUIT)
    yield Capsule(leg.end, leg.tip, 0.036, 0.022, Material.SKIN)
