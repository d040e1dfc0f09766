"""The abstract set: solids that move to the music, each kind for two shots: gyroscope, helix, field of pillars."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from engine.sources.stage.figure import Capsule, Material
from engine.sources.stage.props import chain
from engine.sources.stage.shots import shot_number
from engine.sources.stage.skeleton import BEATS_PER_SECOND

_SHOTS_PER_KIND: Final = 2
_MIDDLE: Final = np.array([0.0, 1.05, 0.0])
_RUNGS: Final = 13
_ACROSS, _DEEP = 7, 5
_TINTS: Final = (Material.CYAN, Material.MAGENTA, Material.GOLD, Material.WHITE)


def solids_at(seconds: float, seed: int) -> list[Capsule]:
    """What stands on the abstract set at a time in seconds (>= 0)."""
    act = shot_number(seconds) // _SHOTS_PER_KIND
    return _KINDS[(act + seed) % len(_KINDS)](seconds)


def swell_at(seconds: float) -> float:
    """The beat as a swell, 1 on it and falling to 0 before the next."""
    return math.exp(-3.5 * (seconds * BEATS_PER_SECOND % 1.0))


def gyroscope_at(seconds: float) -> list[Capsule]:
    """Three rings that tumble in one another around a pearl that swells on the beat, with moons around them."""
    out = []
    for index, (radius, thick, material) in enumerate(
        ((0.92, 0.045, Material.CYAN), (0.70, 0.040, Material.MAGENTA), (0.50, 0.034, Material.GOLD))
    ):
        spin, tilt = (0.50 + 0.22 * index) * seconds + index, (0.37 + 0.16 * index) * seconds + 2.0 * index
        first = np.array([math.cos(spin), 0.0, math.sin(spin)])
        second = np.array([-math.sin(spin) * math.cos(tilt), math.sin(tilt), math.cos(spin) * math.cos(tilt)])
        out += chain(_MIDDLE, first, second, radius, 14, thick, material)
    core = 0.20 + 0.09 * swell_at(seconds)
    out.append(Capsule(_MIDDLE, _MIDDLE, core, core, Material.PEARL))
    for index in range(4):
        angle = 0.8 * seconds + index * math.pi / 2.0
        place = _MIDDLE + np.array(
            [1.25 * math.cos(angle), 0.35 * math.sin(1.3 * angle + index), 1.25 * math.sin(angle)]
        )
        out.append(Capsule(place, place, 0.10, 0.10, Material.CORAL))
    return out


def helix_at(seconds: float) -> list[Capsule]:
    """A double helix that turns: rungs with a ball at either end, which breathe outwards on the beat."""
    out = []
    swell = swell_at(seconds)
    for index in range(_RUNGS):
        angle = 0.9 * seconds + 0.50 * index
        reach = 0.62 + 0.10 * math.sin(0.7 * seconds + 0.6 * index) + 0.08 * swell
        arm = reach * np.array([math.cos(angle), 0.0, math.sin(angle)])
        middle = np.array([0.22 * math.sin(0.4 * seconds + 0.25 * index), 0.14 + 0.152 * index, 0.0])
        out.append(Capsule(middle - arm, middle + arm, 0.022, 0.022, Material.WHITE))
        out.append(Capsule(middle - arm, middle - arm, 0.082, 0.082, Material.CYAN))
        out.append(Capsule(middle + arm, middle + arm, 0.082, 0.082, Material.MAGENTA))
    return out


def pillars_at(seconds: float) -> list[Capsule]:
    """A field of pillars whose heights run in waves from its middle, on the beat."""
    out = []
    beat = 2.0 * math.pi * seconds * BEATS_PER_SECOND
    for row in range(_DEEP):
        for column in range(_ACROSS):
            x, z = 0.44 * (column - (_ACROSS - 1) / 2.0), 0.52 * (row - (_DEEP - 1) / 2.0)
            far = math.hypot(x, z)
            wave = 0.5 + 0.5 * math.sin(0.5 * beat - 3.4 * far)
            slow = 0.5 + 0.5 * math.sin(0.6 * seconds + 2.1 * x - 1.4 * z)
            height = 0.16 + 1.05 * wave * (0.35 + 0.65 * slow)
            material = _TINTS[(row + 2 * column) % len(_TINTS)]
            out.append(Capsule(np.array([x, 0.10, z]), np.array([x, 0.10 + height, z]), 0.105, 0.125, material))
    return out


_KINDS: Final[tuple[Callable[[float], list[Capsule]], ...]] = (gyroscope_at, helix_at, pillars_at)
