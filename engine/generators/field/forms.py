"""The lattice stage: the network's inputs, its outputs, and where the material is read."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.generators.field import parameters as p
from engine.generators.field.head import EYE_ADAPTS, PLANES
from engine.generators.field.places import folded, material_places
from engine.generators.field.senses import LATTICE, Lattice
from engine.generators.field.state import Clocks, Senses
from engine.generators.field.traits import Look, Trait
from engine.generators.field.trunk import INPUTS, OUTPUTS, Trunk

MAX_FOLD: Final = 12.0
"""Most wedges pairs of the kaleidoscope: beyond, a wedge is thinner than the forms in it."""

_SCALE_OCTAVES: Final = 3.4
_FULL_MOTION: Final = 40.0
"""1 / the flow (edges per frame) that counts as full motion: a picture's width in 1.3 s."""

_FULL_RIM: Final = 9.0
"""Rim light per unit of depth step between two lattice points."""


@dataclass(frozen=True, slots=True)
class Forms:
    """What the lattice stage hands on.

    Attributes:
        planes: [PLANES, g, g], for the head.
        first, second: [2, g, g], places in tiles of the two layers of material.
        potential: [g, g], whose curl moves the carried picture; on the CPU.
    """

    planes: Tensor
    first: Tensor
    second: Tensor
    potential: npt.NDArray[np.float32]


class FormStage:
    """Owns the network and its lattice."""

    def __init__(self, lattice: Lattice, device: torch.device) -> None:
        self._lattice = lattice
        self._device = device
        self._trunk = Trunk(LATTICE * LATTICE, device)
        self._inputs = torch.zeros((INPUTS, LATTICE * LATTICE), device=device)
        self._planes = torch.zeros((PLANES, LATTICE, LATTICE), device=device)

    def shape(self, values: Mapping[str, float], look: Look, senses: Senses, clocks: Clocks, light: Tensor) -> Forms:
        """Evaluate the network for one frame; light: the input's luminance on the lattice."""
        x, y = folded(self._lattice, min(values[p.SYMMETRY] + look[Trait.FOLD], MAX_FOLD))
        size = 2.0 ** ((0.5 - values[p.SCALE]) * _SCALE_OCTAVES)
        depth = senses.depth.to(self._device)
        weight = values[p.DEPTH] * senses.trust
        speed = np.sqrt(np.square(senses.flow.numpy()).sum(-1))
        motion = torch.from_numpy(np.minimum(speed * np.float32(_FULL_MOTION * senses.trust), 1.0)).to(self._device)

        self._place_inputs(x, y, size * 1.15 * 2.0 ** look[Trait.FREQUENCY], look, clocks)
        inputs = self._inputs.view(INPUTS, LATTICE, LATTICE)
        bend = values[p.WARP]
        torch.sub(depth, 0.5, out=inputs[2]).mul_(2.2 * weight * (0.4 + bend))
        torch.sub(light, 0.35, out=inputs[3]).mul_(1.6 * values[p.STRUCTURE] * (0.25 + bend))
        torch.mul(motion, 0.9 * values[p.ENERGY] * values[p.FLOW], out=inputs[4])
        out = self._trunk.evaluate(self._inputs, look.latent, clocks.form_s, look[Trait.FACET])
        out = out.view(OUTPUTS, LATTICE, LATTICE)

        planes = self._planes
        planes[:3].copy_(out[:3])
        planes[1].sub_(EYE_ADAPTS * planes[1].mean())
        planes[3].copy_(depth)
        planes[4].copy_(senses.near.to(self._device))
        down, across = torch.gradient(depth)
        torch.sqrt(down * down + across * across, out=planes[5]).mul_(_FULL_RIM).clamp_(0.0, 1.0)
        planes[6].copy_(motion)

        warp = (bend * (0.19 + 0.68 * look[Trait.TURBULENCE])) * out[4:6].cpu().numpy()
        relief = (senses.depth.numpy() - 0.5) * np.float32(0.45 * weight)
        zoom = size * 0.36 * 2.0 ** look[Trait.FINE]
        first = material_places(
            x,
            y,
            zoom=zoom,
            angle=clocks.angle,
            stretch=look[Trait.STRETCH],
            bend_x=warp[0] - relief * x,
            bend_y=warp[1] - relief * y,
            drift=clocks.drift,
        )
        # The second layer lies deeper: larger, turned, bent the other way, drifting on its own.
        second = material_places(
            x,
            y,
            zoom=zoom * 0.43,
            angle=0.6 - 0.7 * clocks.angle,
            stretch=0.6 * look[Trait.STRETCH],
            bend_x=-0.8 * warp[1] - relief * x,
            bend_y=0.8 * warp[0] - relief * y,
            drift=clocks.shear,
        )
        return Forms(
            planes=planes,
            first=torch.from_numpy(first).to(self._device),
            second=torch.from_numpy(second).to(self._device),
            potential=out[3].cpu().numpy(),
        )

    def _place_inputs(
        self, x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], reach: float, look: Look, clocks: Clocks
    ) -> None:
        cos, sin = math.cos(0.5 * clocks.angle), math.sin(0.5 * clocks.angle)
        wide, tall = 2.0 ** (-0.7 * look[Trait.STRETCH]), 2.0 ** (0.7 * look[Trait.STRETCH])
        inputs = self._inputs.view(INPUTS, LATTICE, LATTICE)
        inputs[0].copy_(torch.from_numpy((cos * x - sin * y) * np.float32(reach * wide)))
        inputs[1].copy_(torch.from_numpy((sin * x + cos * y) * np.float32(reach * tall)))
