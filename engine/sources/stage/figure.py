"""The dancer's body: capsules around the joints."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

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
    BRONZE = 6
    SAFFRON = 7
    CYAN = 8
    MAGENTA = 9
    WHITE = 10


@dataclass(frozen=True, slots=True)
class Capsule:
    """A tapered capsule in the world; radii in metres."""

    start: Point
    end: Point
    start_radius: float
    end_radius: float
    material: Material


@dataclass(frozen=True, slots=True)
class Costume:
    """What a dancer is dressed in."""

    skin: Material = Material.SKIN
    suit: Material = Material.SUIT
    hair: Material = Material.HAIR


LIGHT: Final = Costume()
WARM: Final = Costume(skin=Material.BRONZE, suit=Material.SAFFRON)


def body(joints: Joints, costume: Costume = LIGHT) -> Iterator[Capsule]:
    """The capsules of the figure."""
    left_arm, right_arm, left_leg, right_leg = joints.left_arm, joints.right_arm, joints.left_leg, joints.right_leg
    up = joints.head - joints.neck
    up = up / float(np.sqrt(up @ up))
    face = joints.head + 0.022 * joints.facing
    knot = joints.head - 0.105 * joints.facing + 0.075 * up
    yield Capsule(face - 0.035 * up, face + 0.035 * up, 0.064, 0.079, costume.skin)
    yield Capsule(
        joints.head + 0.045 * up - 0.008 * joints.facing,
        joints.head - 0.045 * joints.facing,
        0.089,
        0.08,
        costume.hair,
    )
    yield Capsule(knot, knot, 0.047, 0.047, costume.hair)
    yield Capsule(joints.chest, joints.head - 0.03 * up, 0.05, 0.044, costume.skin)
    yield Capsule(left_arm.root, right_arm.root, 0.056, 0.056, costume.suit)
    ribs = 0.35 * joints.waist + 0.65 * joints.chest
    yield Capsule(ribs, joints.waist, 0.118, 0.092, costume.suit)
    yield Capsule(joints.waist, joints.pelvis, 0.09, 0.115, costume.suit)
    yield Capsule(left_leg.root, right_leg.root, 0.092, 0.092, costume.suit)
    for arm in (left_arm, right_arm):
        yield from _arm(arm, costume)
    for leg in (left_leg, right_leg):
        yield from _leg(leg, costume)


def _arm(arm: Limb, costume: Costume) -> Iterator[Capsule]:
    yield Capsule(arm.root, arm.middle, 0.048, 0.037, costume.skin)
    yield Capsule(arm.middle, arm.end, 0.037, 0.026, costume.skin)
    yield Capsule(arm.end, arm.tip, 0.028, 0.014, costume.skin)


def _leg(leg: Limb, costume: Costume) -> Iterator[Capsule]:
    yield Capsule(leg.root, leg.middle, 0.088, 0.054, costume.suit)
    yield Capsule(leg.middle, leg.end, 0.056, 0.033, costume.suit)
    yield Capsule(leg.end, leg.tip, 0.036, 0.022, costume.skin)
