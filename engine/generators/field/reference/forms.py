"""The lattice stage: the network's inputs, its outputs, and where the material and the last picture are read."""

import numpy as np
import torch
from torch import Tensor

from engine.generators.field.lattice import Lattice
from engine.generators.field.materials import EYE_ADAPTS
from engine.generators.field.reference.head import PLANES
from engine.generators.field.reference.inputs import Inputs
from engine.generators.field.reference.network import Network
from engine.generators.field.reference.numbers import Number
from engine.generators.field.trunk import INPUTS, OUTPUTS, Trunk


class FormStage:
    """Owns the network and its lattice.

    Attributes:
        planes: [PLANES, rows, columns], for the head.
        first, second: [2, rows, columns], places in tiles of the two layers of material.
        places: [2, rows, columns] (x, y), in pixels, where the last picture is read.
    """

    def __init__(self, trunk: Trunk, lattice: Lattice, inputs: Inputs, device: torch.device) -> None:
        self._lattice = lattice
        self._in = inputs
        points = lattice.rows * lattice.columns
        self._network = Network(trunk, points, device)
        self._inputs = torch.zeros((INPUTS, points), device=device)
        x, y = lattice.view_x, lattice.view_y
        upright = np.abs(x)
        self._view = torch.from_numpy(np.stack((x, y))).to(device)
        self._mirrored = torch.from_numpy(np.stack((upright, y))).to(device)
        self._radius = torch.from_numpy(np.sqrt(x * x + y * y)).to(device)
        # From the upright axis, after the left-right mirror: see `folded`.
        self._angle = torch.from_numpy(np.arctan2(upright, -y)).to(device)
        middle = (lattice.width / 2.0 - 0.5, lattice.height / 2.0 - 0.5)
        self._middle = torch.tensor(middle, device=device)[:, None, None]
        self.planes = torch.zeros((PLANES, *lattice.shape), device=device)
        self.first, self.second, self.places = (torch.zeros((2, *lattice.shape), device=device) for _ in range(3))

    def shape(self) -> None:
        """Evaluate the network and find all places, for the inputs as they are."""
        given, n, planes = self._in, self._in.numbers, self.planes
        folded = self._folded()
        motion = planes[6]
        speed = torch.sqrt(torch.square(given.flow).sum(-1))
        torch.mul(speed, n[Number.FULL_MOTION], out=motion).clamp_(max=1.0)

        inputs = self._inputs.view(INPUTS, *self._lattice.shape)
        inputs[:2].copy_(self._turned(0, folded))
        torch.sub(given.depth, 0.5, out=inputs[2]).mul_(n[Number.DEPTH_IN])
        torch.sub(given.light, 0.35, out=inputs[3]).mul_(n[Number.LIGHT_IN])
        torch.mul(motion, n[Number.MOTION_IN], out=inputs[4])
        out = self._network.evaluate(self._inputs, given.biases, n[Number.FACET])
        out = out.view(OUTPUTS, *self._lattice.shape)

        planes[:3].copy_(out[:3])
        planes[1].sub_(EYE_ADAPTS * planes[1].mean())
        planes[3].copy_(given.depth)
        planes[4].copy_(given.near)
        down, across = _slopes(given.depth)
        torch.sqrt(down * down + across * across, out=planes[5]).mul_(n[Number.FULL_RIM]).clamp_(0.0, 1.0)

        warp = out[4:6] * n[Number.WARP]
        bent = torch.addcmul(folded, folded, (given.depth - 0.5) * n[Number.BEND], value=-1.0)
        self.first.copy_(self._turned(1, bent + warp))
        bent[0].sub_(warp[1], alpha=0.8)
        bent[1].add_(warp[0], alpha=0.8)
        self.second.copy_(self._turned(2, bent))
        self._carry(out[3])

    def _folded(self) -> Tensor:
        """View coordinates [2, rows, columns] seen through the mirrors; see `folded` in places."""
        n = self._in.numbers
        mirrored = torch.lerp(self._view, self._mirrored, n[Number.MIRROR])
        turns = self._angle * n[Number.WEDGES]
        wrapped = (turns - torch.round(turns)).abs_().mul_(n[Number.WEDGE])
        wedged = torch.stack((self._radius * torch.sin(wrapped), -self._radius * torch.cos(wrapped)))
        return torch.where(n[Number.WEDGED] > 0.0, wedged, mirrored)

    def _turned(self, turn: int, places: Tensor) -> Tensor:
        by_x, by_y, offset = self._in.turns[turn]
        return torch.mul(by_x, places[0]).addcmul_(by_y, places[1]).add_(offset)

    def _carry(self, potential: Tensor) -> None:
        """Where the carried picture is read (backward lookup).

        Args:
            potential: [rows, columns]; its curl is a divergence-free current (Bridson et al., "Curl-noise", 2007).
        """
        n, out, flow = self._in.numbers, self.places, self._in.flow
        x, y = self._view
        down, across = _slopes(potential)
        out.copy_(self._view)
        out.addcmul_(self._view, n[Number.ZOOM], value=-1.0)
        out[0].addcmul_(down, n[Number.CURL_X], value=-1.0).addcmul_(y, n[Number.SPIN]).sub_(n[Number.DRIFT_X])
        out[0].addcmul_(flow[..., 0], n[Number.FOLLOW_X], value=-1.0)
        out[1].addcmul_(across, n[Number.CURL_Y]).addcmul_(x, n[Number.SPIN], value=-1.0).sub_(n[Number.DRIFT_Y])
        out[1].addcmul_(flow[..., 1], n[Number.FOLLOW_Y], value=-1.0)
        out.mul_(self._lattice.unit).add_(self._middle)


def _slopes(plane: Tensor) -> tuple[Tensor, Tensor]:
    """Differences per point, downwards and across, as torch.gradient has them, in half as many launches."""
    down, across = torch.empty_like(plane), torch.empty_like(plane)
    for values, out in ((plane, down), (plane.T, across.T)):
        torch.sub(values[2:], values[:-2], out=out[1:-1]).mul_(0.5)
        torch.sub(values[1], values[0], out=out[0])
        torch.sub(values[-1], values[-2], out=out[-1])
    return down, across
