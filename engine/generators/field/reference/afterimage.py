"""What comes after the head: the carried picture mixed in, and the glow laid over."""

import torch
from torch import Tensor

from engine.generators.field.carrying import Carry
from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.reference.raster import Raster
from engine.messages.frame import RgbxImage


class Afterimage:
    """Owns the full-resolution pictures that feedback and glow need in between."""

    def __init__(self, raster: Raster, lattice: Lattice) -> None:
        plane, device = (lattice.height, lattice.width), raster.device
        self._raster = raster
        self._places = torch.zeros((2, *plane), device=device)
        self._keep = torch.zeros(plane, device=device)
        self._one = torch.zeros((*plane, 4), device=device)
        self._two = torch.zeros((*plane, 4), device=device)
        self._three = torch.zeros((*plane, 4), device=device)

    def mix_in(self, last: Tensor, picture: Tensor, presence: Tensor, places: Plane, carry: Carry) -> None:
        """Carry the last picture along the currents and mix it into the new one, in place.

        Args:
            presence: [height, width], where the input's figure is.
            places: see carry_places.
        """
        device = self._raster.device
        self._raster.enlarge(torch.from_numpy(places).to(device), self._places)
        self._raster.carry(last, self._places, self._one)
        self._raster.recolour(self._one, torch.from_numpy(carry.matrix).to(device), self._two)
        carried, gate = self._two, self._one
        torch.mul(presence, -carry.persist * carry.yielding, out=self._keep).add_(carry.persist)
        self._raster.spread(self._keep, gate)
        torch.lerp(picture, carried, gate, out=gate)
        carried.mul_(carry.trail).sub_(carry.loss)
        if carry.shadow > 0.0:
            # A cut-out stays dark: no trail shines through it.
            torch.mul(presence, -carry.shadow, out=self._keep).add_(1.0)
            self._raster.spread(self._keep, self._three)
            carried.mul_(self._three)
        torch.maximum(gate, carried, out=picture)

    def finish(self, picture: Tensor, glow: float) -> RgbxImage:
        """The picture with its glow, as bytes; the picture itself stays as it is."""
        if glow <= 0.0:
            return self._raster.to_bytes(picture)
        halo, out = self._one, self._two
        self._raster.halo(picture, halo)
        # Screen, not sum: light on light never burns out.
        torch.sub(1.0, picture, out=out)
        out.mul_(halo.mul_(glow).clamp_(0.0, 1.0)).add_(picture)
        return self._raster.to_bytes(out)
