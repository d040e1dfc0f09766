"""What stands on the stage at one instant, and who paints it."""

from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from engine.messages.frame import DepthImage, RgbImage
from engine.sources.stage import shots
from engine.sources.stage.figure import Capsule, body
from engine.sources.stage.pair import pair_at
from engine.sources.stage.props import SeenCube, cube_at, pearl_at, ring_at, see_cube
from engine.sources.stage.skeleton import ground_at, joints_at
from engine.sources.stage.solids import solids_at
from engine.sources.stage.view import SQUARE, Lens, View, view_at
from engine.sources.stage_sets import StageSet

_MIDDLE: Final = np.zeros(3)
_LIGHT_TURNS: Final = 0.7
"""Radians a second that the rim lights circle around the abstract set."""


_CLOSE_ZOOM: Final = 1.65


def lens_of(chosen: StageSet, lens: Lens) -> Lens:
    """What a set is seen through: as it is, or a longer one of the same size."""
    return replace(lens, zoom=_CLOSE_ZOOM) if chosen is StageSet.CLOSE else lens


@dataclass(frozen=True, slots=True)
class Instant:
    """The stage at one time.

    Attributes:
        view: the camera.
        capsules: dancers and round solids.
        cube: the cube as the camera sees it; None where there is none.
        cube_caster: a ball in its place, which casts its shadow; without a cube, one of the capsules.
        light_turn: of the rim lights, see light_weights.
    """

    view: View
    capsules: tuple[Capsule, ...]
    cube: SeenCube | None
    cube_caster: Capsule
    light_turn: float = 0.0

    @property
    def casters(self) -> tuple[Capsule, ...]:
        """Everything that casts a shadow."""
        return (*self.capsules, self.cube_caster)


def instant_at(seconds: float, seed: int, lens: Lens = SQUARE, chosen: StageSet = StageSet.STAGE) -> Instant:
    """A set at a time in seconds (>= 0), for a seed of the dance.

    Args:
        lens: of the set, see lens_of.
    """
    match chosen:
        case StageSet.STAGE:
            return _with_props(seconds, seed, lens)
        case StageSet.CLOSE:
            follow = ground_at(seconds, seed)
            view = shots.shot_view(shots.CLOSE, seconds, seed, follow, lens)
            return _plain(view, tuple(body(joints_at(seconds, seed))))
        case StageSet.DUO:
            return _plain(shots.shot_view(shots.DUO, seconds, seed, _MIDDLE, lens), tuple(pair_at(seconds, seed)))
        case StageSet.ABSTRACT:
            view = shots.shot_view(shots.SOLIDS, seconds, seed, _MIDDLE, lens)
            return _plain(view, tuple(solids_at(seconds, seed)), _LIGHT_TURNS * seconds)


def _plain(view: View, capsules: tuple[Capsule, ...], light_turn: float = 0.0) -> Instant:
    return Instant(view, capsules, None, capsules[-1], light_turn)


def _with_props(seconds: float, seed: int, lens: Lens) -> Instant:
    view = view_at(seconds, lens)
    capsules = (*body(joints_at(seconds, seed)), pearl_at(seconds), *ring_at(seconds))
    centre, axes = cube_at(seconds)
    caster = Capsule(centre, centre, 0.2, 0.2, capsules[-1].material)
    return Instant(view, capsules, see_cube(view, centre, axes), caster)


class Painter(Protocol):
    """Turns an instant into a picture with its depth."""

    def paint(self, instant: Instant) -> tuple[RgbImage, DepthImage]:
        """A new RgbImage [height, width, 3] and a new DepthImage [height / 2, width / 2]."""
        ...
