"""The head: from lattice features, material and input to colour, pixel by pixel.

A linear read-out of the features gives two numbers a pixel, a phase along the palette and a light;
a two-dimensional table turns them into colour. All at full resolution, in planes made once. Nothing is left out
where its weight is nothing: what is launched is the same in every frame.
"""

from typing import Final

import torch
from torch import Tensor

from engine.generators.field.colour import LIGHT_RANGE, TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.lattice import Lattice
from engine.generators.field.materials import EYE_ADAPTS, TILE
from engine.generators.field.mixing import VIGNETTE
from engine.generators.field.reference.inputs import Inputs
from engine.generators.field.reference.numbers import Number
from engine.generators.field.reference.raster import Raster

PLANES: Final = 7
"""Lattice planes that are enlarged: phase, light, weight, depth, near, rim, motion."""

_ROWS_PER_LIGHT: Final = (TABLE_LIGHTS - 1) / LIGHT_RANGE


class Head:
    """Owns the full-resolution planes and composes one frame from them."""

    def __init__(self, raster: Raster, lattice: Lattice, inputs: Inputs) -> None:
        plane, device = (lattice.height, lattice.width), raster.device
        self._raster = raster
        self._in = inputs
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

    def read_input(self) -> None:
        """The input's luminance and outlines; an even grey in a dark room."""
        seen = self._in.numbers[Number.SEEN]
        self._raster.ingest(self._in.grey, self.light, self.edge)
        self.light.mul_(seen).add_(self._in.numbers[Number.DARK])
        self.edge.mul_(seen)

    def read_forms(self, planes: Tensor) -> None:
        """Enlarge the lattice planes [PLANES, rows, columns]."""
        self._raster.enlarge(planes, self.features)

    def read_material(self, first: Tensor, second: Tensor) -> None:
        """Read the material twice, at places [2, rows, columns] in tiles (any real number)."""
        for lattice, out in ((first, self._one), (second, self._two)):
            self._raster.enlarge(lattice, self._places)
            self._places.frac_().mul_(float(TILE))
            self._raster.read_tile(self._in.tile, self._places, out)
            out.sub_(EYE_ADAPTS * out.mean())

    def compose(self, out: Tensor) -> None:
        """Write the frame's picture, before feedback and glow, into out [height, width, 4]."""
        self._find_figure()
        self._light_relief()
        self._mix_light()
        self._mix_phase()
        self._raster.read_table(self._in.table, self._phase, self._value, out)

    def _find_figure(self) -> None:
        """Weigh the two layers of material; find the figure, and where it is present."""
        n = self._in.numbers
        weight, near = self.features[2], self.features[4]
        texture, value, height, figure = self._one, self._value, self._height, self._figure
        # Material: the second layer, slower and larger, weighs the first.
        value.copy_(self._two).mul_(0.30).add_(weight, alpha=0.35).add_(0.9)
        texture.mul_(value).mul_(n[Number.ENERGY])
        # Figure: the input's luminance, helped by nearness where depth is known.
        torch.sub(self.light, n[Number.LOW], out=figure).mul_(n[Number.SPREAD]).clamp_(0.0, 1.0)
        torch.mul(figure, 0.65, out=height).add_(0.35).mul_(near).add_(figure, alpha=0.35)
        figure.lerp_(height, n[Number.DEPTH_SHARE])
        torch.mul(near, n[Number.NEARNESS], out=self.presence)
        torch.maximum(self.presence, figure, out=self.presence)
        torch.sub(1.0, self.presence, out=height)
        figure.lerp_(height, n[Number.SHADOW])

    def _light_relief(self) -> None:
        """Light falling from one side on a height made of material, forms and figure."""
        n = self._in.numbers
        height, shade = self._height, self._relief
        torch.mul(self._one, n[Number.HEIGHT_MATERIAL], out=height)
        height.addcmul_(self.features[0], n[Number.HEIGHT_FORM]).addcmul_(self.features[3], n[Number.HEIGHT_DEPTH])
        height.addcmul_(self._figure, n[Number.HEIGHT_FIGURE])
        inner, down = shade[1:-1, 1:-1], n[Number.DOWN]
        torch.sub(height[1:-1, :-2], height[1:-1, 2:], out=inner).mul_(n[Number.ACROSS])
        inner.addcmul_(height[:-2, 1:-1], down).addcmul_(height[2:, 1:-1], down, value=-1.0)
        shade.clamp_(-1.5, 1.5)

    def _mix_light(self) -> None:
        """The rows of the colour table."""
        n = self._in.numbers
        _, light_in, _, _, near, rim, motion = self.features
        texture, value, height, shade, figure = self._one, self._value, self._height, self._relief, self._figure
        torch.mul(light_in, n[Number.LIGHT_FORM], out=value).add_(n[Number.LIGHT_BASE])
        value.addcmul_(texture, n[Number.LIGHT_MATERIAL]).addcmul_(shade, n[Number.LIGHT_RELIEF])
        torch.mul(near, n[Number.HAZE_NEAR], out=height).add_(n[Number.HAZE_BASE])
        value.mul_(n[Number.HAZE_KEEPS]).add_(height)
        torch.mul(shade, n[Number.GLOSS_SLOPE], out=height).sub_(0.35).clamp_(0.0, 1.0).square_()
        value.addcmul_(height, n[Number.GLOSS])
        torch.mul(figure, n[Number.FIGURE_GAIN], out=height).add_(n[Number.GROUND])
        value.mul_(height).addcmul_(figure, n[Number.FIGURE_LIGHT]).sub_(n[Number.FIGURE_LOSS])
        torch.mul(texture, self._two, out=height).sub_(1.1).clamp_(0.0, 0.8)
        value.addcmul_(height, n[Number.SPARKLE])
        value.addcmul_(rim, n[Number.RIM]).addcmul_(self.edge, n[Number.EDGES]).addcmul_(motion, n[Number.MOTION])
        value.mul_(self._vignette).addcmul_(self._in.noise, n[Number.GRAIN])
        value.mul_(n[Number.GAIN]).mul_(_ROWS_PER_LIGHT)

    def _mix_phase(self) -> None:
        """The columns of the colour table."""
        n, phase = self._in.numbers, self._phase
        torch.mul(self.features[0], n[Number.PHASE_FORM], out=phase).add_(n[Number.PHASE_BASE])
        phase.addcmul_(self._one, n[Number.PHASE_MATERIAL]).addcmul_(self._figure, n[Number.PHASE_FIGURE])
        phase.addcmul_(self.features[3], n[Number.PHASE_DEPTH]).addcmul_(self._relief, n[Number.PHASE_RELIEF])
        phase.frac_().mul_(float(TABLE_HUES))
