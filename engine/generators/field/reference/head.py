"""The head: from lattice features, material and input to colour, pixel by pixel.

A linear read-out of the features gives two numbers a pixel, a phase along the palette and a light;
a two-dimensional table turns them into colour. All at full resolution, in planes made once.
"""

import math
from typing import Final

import torch
from torch import Tensor

from engine.generators.field.colour import LIGHT_RANGE, TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.lattice import Lattice
from engine.generators.field.materials import EYE_ADAPTS
from engine.generators.field.mixing import VIGNETTE, Mix
from engine.generators.field.reference.raster import Raster

PLANES: Final = 7
"""Lattice planes that are enlarged: phase, light, weight, depth, near, rim, motion."""

_ROWS_PER_LIGHT: Final = (TABLE_LIGHTS - 1) / LIGHT_RANGE


class Head:
    """Owns the full-resolution planes and composes one frame from them."""

    def __init__(self, raster: Raster, lattice: Lattice) -> None:
        plane, device = (lattice.height, lattice.width), raster.device
        self._raster = raster
        self.light = torch.zeros(plane, device=device)
        self.edge = torch.zeros(plane, device=device)
        self.features = torch.zeros((PLANES, *plane), device=device)
        self._places = torch.zeros((2, *plane), device=device)
        self._one = torch.empty(plane, device=device)
        self._two = torch.empty(plane, device=device)
        self._relief = torch.zeros(plane, device=device)
        self._value = torch.empty(plane, device=device)
        self._phase = torch.empty(plane, device=device)
        self._height = torch.empty(plane, device=device)
        self._figure = torch.empty(plane, device=device)
        self.presence = torch.zeros(plane, device=device)
        down, across = ((torch.arange(side, device=device) + 0.5) / side * 2.0 - 1.0 for side in plane)
        radius = down[:, None] ** 2 + across[None, :] ** 2
        self._vignette = 1.0 - VIGNETTE * (radius / 2.0) ** 1.5

    def read_forms(self, planes: Tensor) -> None:
        """Enlarge the lattice planes [PLANES, rows, columns]."""
        self._raster.enlarge(planes, self.features)

    def read_material(self, tile: Tensor, first: Tensor, second: Tensor) -> None:
        """Read the material twice, at places [2, rows, columns] in tiles (any real number)."""
        for lattice, out in ((first, self._one), (second, self._two)):
            self._raster.enlarge(lattice, self._places)
            self._places.frac_().mul_(float(tile.shape[0] - 1))
            self._raster.read_tile(tile, self._places, out)
            out.sub_(EYE_ADAPTS * out.mean())

    def compose(self, mix: Mix, table: Tensor, noise: Tensor, out: Tensor) -> None:
        """Write the frame's picture, before feedback and glow, into out [height, width, 4]."""
        phase_in, light_in, weight, depth, near, rim, motion = self.features
        texture, other, value, height = self._one, self._two, self._value, self._height
        # Material: the second layer, slower and larger, weighs the first.
        value.copy_(other).mul_(0.30).add_(weight, alpha=0.35).add_(0.9)
        texture.mul_(value).mul_(mix.energy)

        # Figure: the input's luminance, helped by nearness where depth is known.
        figure = self._figure
        torch.sub(self.light, mix.low, out=figure).mul_(1.0 / (mix.high - mix.low)).clamp_(0.0, 1.0)
        if mix.depth > 0.0:
            share = 0.8 * mix.depth
            torch.mul(figure, 0.65, out=height).add_(0.35).mul_(near).add_(figure, alpha=0.35)
            figure.lerp_(height, share)
        torch.mul(near, min(1.6 * mix.depth, 1.0), out=self.presence)
        torch.maximum(self.presence, figure, out=self.presence)
        if mix.shadow > 0.0:
            torch.sub(1.0, self.presence, out=height)
            figure.lerp_(height, mix.shadow)

        # Relief: light falling from one side on a height made of material, forms and figure.
        shade = self._relief
        torch.mul(texture, 0.9 * mix.detail + 0.1, out=height)
        height.add_(phase_in, alpha=1.6 * mix.energy).add_(depth, alpha=7.0 * mix.depth)
        height.add_(figure, alpha=1.1 * mix.structure * mix.energy)
        across, down = math.cos(mix.relief_angle), math.sin(mix.relief_angle)
        inner = shade[1:-1, 1:-1]
        torch.sub(height[1:-1, :-2], height[1:-1, 2:], out=inner).mul_(across)
        inner.add_(height[:-2, 1:-1], alpha=down).sub_(height[2:, 1:-1], alpha=down)
        shade.clamp_(-1.5, 1.5)

        # Light.
        broad = mix.energy * (0.34 - 0.16 * mix.detail)
        torch.mul(light_in, broad, out=value).add_(0.42 + 0.06 * mix.energy)
        value.add_(texture, alpha=0.24 * mix.detail)
        value.add_(shade, alpha=0.55 * mix.relief)
        if mix.haze > 0.0:
            torch.mul(near, -0.27 * mix.haze * min(2.0 * mix.depth, 1.0), out=height).add_(0.27 * mix.haze)
            value.mul_(1.0 - 0.35 * mix.haze).add_(height)
        if mix.gloss > 0.0:
            torch.mul(shade, 2.4 * mix.relief, out=height).sub_(0.35).clamp_(0.0, 1.0)
            value.addcmul_(height, height, value=0.9 * mix.gloss)
        s = mix.structure
        ground = 1.0 - 0.35 * s - 0.45 * s * s
        torch.mul(figure, 1.15 * s, out=height).add_(ground)
        value.mul_(height).add_(figure, alpha=0.22 * s).sub_(0.06 * s * s)
        if mix.sparkle > 0.0:
            torch.mul(self._one, other, out=height).sub_(1.1).clamp_(0.0, 0.8)
            value.add_(height, alpha=0.8 * mix.sparkle)
        value.add_(rim, alpha=mix.rim).add_(self.edge, alpha=mix.edges).add_(motion, alpha=mix.motion)
        value.mul_(self._vignette)
        if mix.grain > 0.0:
            value.add_(noise, alpha=mix.grain)
        value.mul_(mix.gain * _ROWS_PER_LIGHT)

        # Phase along the palette.
        phase = self._phase
        torch.mul(phase_in, 0.42 * mix.bands * mix.energy, out=phase).add_(mix.palette + 64.0)
        phase.add_(texture, alpha=0.09 * mix.bands * mix.detail)
        phase.add_(figure, alpha=s * (0.10 + 0.22 * mix.bands)).add_(depth, alpha=0.45 * mix.depth * mix.bands)
        phase.add_(shade, alpha=0.5 * mix.iridescence)
        phase.frac_().mul_(float(TABLE_HUES))
        self._raster.read_table(table, phase, value, out)
