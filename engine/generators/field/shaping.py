"""From parameters, look, senses and clocks to what the lattice stage computes with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field import parameters as p
from engine.generators.field.places import Turn, turned
from engine.generators.field.state import Clocks, Senses
from engine.generators.field.traits import Look, Trait
from engine.generators.field.trunk import Trunk

MAX_FOLD: Final = 12.0
"""Most wedges pairs of the kaleidoscope: beyond, a wedge is thinner than the forms in it."""

FULL_RIM: Final = 9.0
"""Rim light per unit of depth step between two lattice points of full quality."""

_SCALE_OCTAVES: Final = 3.4
_FULL_MOTION: Final = 40.0
"""1 / the flow (edges per frame) that counts as full motion: a picture's width in 1.3 s."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The lattice stage of one frame.

    Attributes:
        fold: wedges pairs of the mirrors.
        view: from view units to the network's first two inputs.
        depth, light, motion: gains of its other three.
        full_motion: 1 / the flow (edges per frame) that counts as full motion.
        biases: float32 [2, WIDTH], of its hidden layers.
        facet: 0 smooth .. 1 folded planes.
        warp: view units that the network bends the material by.
        relief: view units that depth bends it by, at the edge.
        first, second: from view units to tiles, of the two layers of material.
    """

    fold: float
    view: Turn
    depth: float
    light: float
    motion: float
    full_motion: float
    biases: npt.NDArray[np.float32]
    facet: float
    warp: float
    relief: float
    first: Turn
    second: Turn


def shape_of(trunk: Trunk, values: Mapping[str, float], look: Look, senses: Senses, clocks: Clocks) -> Shape:
    """The shape of one frame."""
    size = 2.0 ** ((0.5 - values[p.SCALE]) * _SCALE_OCTAVES)
    weight = values[p.DEPTH] * senses.trust
    bend, stretch = values[p.WARP], look[Trait.STRETCH]
    zoom = size * 0.36 * 2.0 ** look[Trait.FINE]
    return Shape(
        fold=min(values[p.SYMMETRY] + look[Trait.FOLD], MAX_FOLD),
        view=turned(0.5 * clocks.angle, 0.7 * stretch, size * 1.15 * 2.0 ** look[Trait.FREQUENCY]),
        depth=2.2 * weight * (0.4 + bend),
        light=1.6 * values[p.STRUCTURE] * (0.25 + bend),
        motion=0.9 * values[p.ENERGY] * values[p.FLOW],
        full_motion=_FULL_MOTION * senses.trust,
        biases=trunk.biases(look.latent, clocks.form_s),
        facet=look[Trait.FACET],
        warp=bend * (0.19 + 0.68 * look[Trait.TURBULENCE]),
        relief=0.45 * weight,
        first=turned(clocks.angle, 1.1 * stretch, zoom, clocks.drift),
        # The second layer lies deeper: larger, turned, bent the other way, drifting on its own.
        second=turned(0.6 - 0.7 * clocks.angle, 0.66 * stretch, zoom * 0.43, clocks.shear),
    )
