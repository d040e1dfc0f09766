"""What comes after the head: the carried picture mixed in, and the glow laid over."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.generators.field import parameters as p
from engine.generators.field.currents import carry_matrix, carry_places
from engine.generators.field.mixing import shadow_of
from engine.generators.field.raster import Raster
from engine.generators.field.senses import Lattice
from engine.generators.field.state import Senses
from engine.generators.field.traits import Look, Trait
from engine.messages.frame import FRAME_SIZE, RgbxImage

MAX_PERSIST: Final = 0.965
"""Share of the last picture that may stay in a thirtieth of a second: a second until it has gone."""

MAX_TRAIL: Final = 0.975
_TRAIL_LOSS: Final = 0.004
"""Taken off trails in a thirtieth of a second, so that the faintest end too."""

_STRONGEST: Final = 1.5
"""Zoom and spin of parameter and words together, at most."""


class Afterimage:
    """Owns the full-resolution pictures that feedback and glow need in between."""

    def __init__(self, raster: Raster, lattice: Lattice) -> None:
        side, device = FRAME_SIZE, raster.device
        self._raster = raster
        self._lattice = lattice
        self._places = torch.zeros((2, side, side), device=device)
        self._keep = torch.zeros((side, side), device=device)
        self._one = torch.zeros((side, side, 4), device=device)
        self._two = torch.zeros((side, side, 4), device=device)
        self._three = torch.zeros((side, side, 4), device=device)

    def mix_in(
        self,
        last: Tensor,
        picture: Tensor,
        presence: Tensor,
        potential: npt.NDArray[np.float32],
        values: Mapping[str, float],
        look: Look,
        senses: Senses,
        rate: float,
    ) -> None:
        """Carry the last picture along the currents and mix it into the new one, in place.

        Args:
            presence: [N, N], where the input's figure is.
            rate: the frame's length in thirtieths of a second.
        """
        amount = values[p.FEEDBACK]
        if amount <= 0.0:
            return
        self._carry(last, potential, values, look, senses, rate)
        carried, gate = self._two, self._one
        # What lies on the figure gives way to the new frame, or the silhouette would smear.
        persist = min(amount**0.8 * (0.45 + 0.75 * look[Trait.PERSIST]), MAX_PERSIST) ** rate
        yielding = 0.75 * values[p.STRUCTURE] * (1.0 - 0.5 * amount)
        torch.mul(presence, -persist * yielding, out=self._keep).add_(persist)
        self._raster.spread(self._keep, gate)
        torch.lerp(picture, carried, gate, out=gate)
        trail = min(amount**0.5 * (0.62 + 0.36 * look[Trait.TRAIL]), MAX_TRAIL) ** rate
        carried.mul_(trail).sub_(_TRAIL_LOSS * rate)
        shadow = shadow_of(look)
        if shadow > 0.0:
            # A cut-out stays dark: no trail shines through it.
            torch.mul(presence, -shadow, out=self._keep).add_(1.0)
            self._raster.spread(self._keep, self._three)
            carried.mul_(self._three)
        torch.maximum(gate, carried, out=picture)

    def _carry(
        self,
        last: Tensor,
        potential: npt.NDArray[np.float32],
        values: Mapping[str, float],
        look: Look,
        senses: Senses,
        rate: float,
    ) -> None:
        """Leave the last picture, moved and recoloured, in the second picture."""
        flow = values[p.FLOW]
        pace = rate * values[p.SPEED]
        places = carry_places(
            self._lattice,
            potential=potential,
            flow=senses.flow.numpy(),
            swirl=pace * flow * 0.022 * (0.1 + 0.9 * look[Trait.SWIRL]),
            follow=flow * 1.8 * senses.trust,
            zoom=pace * 0.045 * _limited(values[p.ZOOM] + look[Trait.ZOOM]),
            spin=pace * 0.04 * _limited(values[p.SPIN] + look[Trait.SPIN]),
            drift=(pace * flow * 0.016 * look[Trait.DRIFT_X], -pace * flow * 0.016 * look[Trait.DRIFT_Y]),
        )
        device = self._raster.device
        self._raster.enlarge(torch.from_numpy(places).to(device), self._places)
        self._raster.carry(last, self._places, self._one)
        matrix = carry_matrix(turn=rate * 0.10 * look[Trait.TURN], warmth=look[Trait.WARMTH], device=device)
        self._raster.recolour(self._one, matrix, self._two)

    def finish(self, picture: Tensor, values: Mapping[str, float], look: Look) -> RgbxImage:
        """The picture with its glow, as bytes; the picture itself stays as it is."""
        glow = 1.3 * values[p.GLOW] * (0.35 + 1.3 * look[Trait.GLOW])
        if glow <= 0.0:
            return self._raster.to_bytes(picture)
        halo, out = self._one, self._two
        self._raster.halo(picture, halo)
        # Screen, not sum: light on light never burns out.
        torch.sub(1.0, picture, out=out)
        out.mul_(halo.mul_(glow).clamp_(0.0, 1.0)).add_(picture)
        return self._raster.to_bytes(out)


def _limited(value: float) -> float:
    return min(max(value, -_STRONGEST), _STRONGEST)
