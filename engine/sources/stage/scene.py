"""What stands on the stage at one instant, and who paints it."""

from dataclasses import dataclass
from typing import Protocol

from engine.messages.frame import DepthImage, RgbImage
from engine.sources.stage.figure import Capsule, body
from engine.sources.stage.props import SeenCube, cube_at, pearl_at, ring_at, see_cube
from engine.sources.stage.skeleton import joints_at
from engine.sources.stage.view import SQUARE, Lens, View, view_at


@dataclass(frozen=True, slots=True)
class Instant:
    """The stage at one time.

    Attributes:
        view: the camera.
        capsules: dancer, pearl and ring.
        cube: the cube as the camera sees it.
        cube_caster: a ball in its place, which casts its shadow.
    """

    view: View
    capsules: tuple[Capsule, ...]
    cube: SeenCube
    cube_caster: Capsule

    @property
    def casters(self) -> tuple[Capsule, ...]:
        """Everything that casts a shadow."""
        return (*self.capsules, self.cube_caster)


def instant_at(seconds: float, seed: int, lens: Lens = SQUARE) -> Instant:
    """The stage at a time in seconds (>= 0), for a seed of the dance."""
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
