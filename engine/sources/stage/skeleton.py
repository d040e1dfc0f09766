"""From a pose to joints in the world: a spine by angles, arms and legs by two-bone inverse kinematics."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.sources.stage.choreography import pose_at

Point = npt.NDArray[np.float64]
"""float64 [3]: x right, y up, z towards the camera's mean position; metres."""

BEATS_PER_SECOND: Final = 108.0 / 60.0
"""An easy house tempo; fast enough to be a dance, slow enough to read."""

# Proportions of a slender person of 1.74 m, in metres.
HIP_HEIGHT: Final = 0.93
HIP_HALF_WIDTH: Final = 0.095
SPINE: Final = 0.47
SHOULDER_HALF_WIDTH: Final = 0.175
UPPER_ARM: Final = 0.285
FOREARM: Final = 0.255
HAND: Final = 0.15
THIGH: Final = 0.435
SHIN: Final = 0.425
ANKLE_HEIGHT: Final = 0.075
FOOT: Final = 0.17


@dataclass(frozen=True, slots=True)
class Limb:
    """Three joints of an arm or a leg and its free end (fingertips or toes)."""

    root: Point
    middle: Point
    end: Point
    tip: Point


@dataclass(frozen=True, slots=True)
class Joints:
    """The whole figure at one instant."""

    pelvis: Point
    waist: Point
    chest: Point
    neck: Point
    head: Point
    facing: Point
    left_arm: Limb
    right_arm: Limb
    left_leg: Limb
    right_leg: Limb


def _rotation(yaw: float, pitch: float, roll: float) -> npt.NDArray[np.float64]:
    """Roll about z, then pitch about x, then yaw about y; right-handed, y up."""
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (math.cos, math.sin))
    return np.array(
        [
            [cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, sy * cp],
            [cp * sr, cp * cr, -sp],
            [-sy * cr + cy * sp * sr, sy * sr + cy * sp * cr, cy * cp],
        ]
    )


def _bend(root: Point, target: Point, first: float, second: float, towards: Point) -> tuple[Point, Point]:
    """The middle joint and the end of a two-bone chain that reaches for target, bending towards a side."""
    reach = target - root
    distance = float(np.sqrt(reach @ reach)) or 1e-9
    along = reach / distance
    distance = min(max(distance, 0.35 * (first + second)), 0.998 * (first + second))
    offset = (first * first - second * second + distance * distance) / (2.0 * distance)
    height = math.sqrt(max(first * first - offset * offset, 0.0))
    side = towards - (towards @ along) * along
    side /= float(np.sqrt(side @ side)) or 1e-9
    return root + offset * along + height * side, root + distance * along


def ground_at(seconds: float, seed: int) -> Point:
    """Where on the floor the dancer is: a slow wander."""
    return np.array([0.26 * math.sin(seconds * 0.31 + seed), 0.0, 0.22 * math.sin(seconds * 0.23 + 1.0)])


def joints_at(seconds: float, seed: int) -> Joints:
    """The dancer at a time in seconds (>= 0)."""
    beats = seconds * BEATS_PER_SECOND
    pose = pose_at(beats, seed)
    # The pulse of the music in the knees.
    pulse = -0.016 * (1.0 + math.cos(2.0 * math.pi * beats))
    ground = ground_at(seconds, seed)
    heading = 2.0 * math.pi * pose[3] + 0.35 * math.sin(seconds * 0.19)
    body = _rotation(heading, 0.0, 0.0)

    pelvis = ground + np.array([0.0, HIP_HEIGHT + pose[1] + pulse, 0.0]) + body @ np.array([pose[0], 0.0, pose[2]])
    hips = body @ _rotation(0.0, 0.25 * pose[6], -pose[4])
    lower = body @ _rotation(0.4 * pose[7], 0.55 * pose[6], -0.5 * pose[5] - 0.35 * pose[4])
    upper = body @ _rotation(pose[7], pose[6], -pose[5])
    waist = pelvis + lower @ np.array([0.0, 0.45 * SPINE, 0.0])
    chest = waist + upper @ np.array([0.0, 0.55 * SPINE, 0.0])
    gaze = body @ _rotation(0.6 * pose[7] + pose[8], 0.45 * pose[6] + pose[9], -0.6 * pose[5])
    neck = chest + (0.5 * upper[:, 1] + 0.5 * gaze[:, 1]) * 0.10
    head = neck + gaze @ np.array([0.0, 0.115, 0.025])

    def arm(side: float, reach: Point) -> Limb:
        shoulder = chest + upper @ np.array([side * SHOULDER_HALF_WIDTH, -0.015, 0.0])
        shoulder += 0.05 * max(reach[1], 0.0) * upper[:, 1]  # a raised arm lifts its shoulder
        target = shoulder + upper @ (reach * (UPPER_ARM + FOREARM))
        hint = upper @ np.array([side * 0.7, -0.6, -0.55])
        elbow, wrist = _bend(shoulder, target, UPPER_ARM, FOREARM, hint)
        flow = 0.12 * math.sin(2.0 * math.pi * (0.5 * beats - 0.2) + side)
        along = (wrist - elbow) / FOREARM + upper @ np.array([0.0, flow, 0.1])
        return Limb(shoulder, elbow, wrist, wrist + HAND * along / float(np.sqrt(along @ along)))

    def leg(side: float, foot: Point) -> Limb:
        hip = pelvis + hips @ np.array([side * HIP_HALF_WIDTH, -0.03, 0.0])
        lift = max(float(foot[1]), 0.0)
        target = ground + body @ np.array([foot[0], ANKLE_HEIGHT + lift, foot[2]])
        if pose[1] > 0.02:  # on the toes or in the air, the standing foot follows the pelvis
            target[1] += min(float(pose[1]), 0.06)
        knee, ankle = _bend(hip, target, THIGH, SHIN, body @ np.array([side * 0.45, 0.1, 1.0]))
        flat = body @ np.array([side * 0.35, -0.30, 0.9])
        shin = (ankle - knee) / SHIN
        pointed = min((ankle[1] - ANKLE_HEIGHT) / 0.18, 1.0) if ankle[1] > ANKLE_HEIGHT else 0.0
        toe = (1.0 - pointed) * flat + pointed * (shin + 0.25 * flat)
        return Limb(hip, knee, ankle, ankle + FOOT * toe / float(np.sqrt(toe @ toe)))

    return Joints(
        pelvis=pelvis,
        waist=waist,
        chest=chest,
        neck=neck,
        head=head,
        facing=gaze[:, 2],
        left_arm=arm(-1.0, pose[10:13]),
        right_arm=arm(1.0, pose[13:16]),
        left_leg=leg(-1.0, pose[16:19]),
        right_leg=leg(1.0, pose[19:22]),
    )
