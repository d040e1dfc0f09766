"""What comes after the head: the carried picture mixed in, and the glow laid over."""

import torch
from torch import Tensor

from engine.generators.field.lattice import Lattice
from engine.generators.field.reference.inputs import Inputs
from engine.generators.field.reference.numbers import Number
from engine.generators.field.reference.raster import Raster


class Afterimage:
    """Owns the full-resolution pictures that feedback and glow need in between."""

    def __init__(self, raster: Raster, lattice: Lattice, inputs: Inputs) -> None:
        plane, device = (lattice.height, lattice.width), raster.device
        self._raster = raster
        self._in = inputs
        self._places = torch.zeros((2, *plane), device=device)
        self._keep = torch.zeros(plane, device=device)
        self._one = torch.zeros((*plane, 4), device=device)
        self._two = torch.zeros((*plane, 4), device=device)
        self._three = torch.zeros((*plane, 4), device=device)

    def mix_in(self, last: Tensor, picture: Tensor, presence: Tensor, places: Tensor) -> None:
        """Carry the last picture along the currents and mix it into the new one, in place.

        Args:
            last: not touched; zeros where there is none.
            presence: [height, width], where the input's figure is.
            places: [2, rows, columns] (x, y), in pixels, where the last picture is read.
        """
        n = self._in.numbers
        self._raster.enlarge(places, self._places)
        self._raster.carry(last, self._places, self._one)
        self._raster.recolour(self._one, self._in.matrix, self._two)
        carried, gate = self._two, self._one
        self._keep.copy_(n[Number.PERSIST]).addcmul_(presence, n[Number.YIELDS], value=-1.0)
        self._raster.spread(self._keep, gate)
        torch.lerp(picture, carried, gate, out=gate)
        carried.mul_(n[Number.TRAIL]).sub_(n[Number.LOSS])
        # A cut-out stays dark: no trail shines through it.
        self._keep.fill_(1.0).addcmul_(presence, n[Number.CUT_OUT], value=-1.0)
        self._raster.spread(self._keep, self._three)
        carried.mul_(self._three)
        torch.maximum(gate, carried, out=picture)

    def finish(self, picture: Tensor, image: Tensor) -> None:
        """Write the picture with its glow, as bytes, into image; the picture itself stays as it is."""
        halo, out = self._one, self._two
        self._raster.halo(picture, halo)
        # Screen, not sum: light on light never burns out.
        torch.sub(1.0, picture, out=out)
        out.mul_(halo.mul_(self._in.numbers[Number.GLOW]).clamp_(0.0, 1.0)).add_(picture)
        self._raster.to_bytes(out, image)
