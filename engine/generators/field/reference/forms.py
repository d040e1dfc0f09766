"""The lattice stage: the network's inputs, its outputs, and where the material and the last picture are read."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.generators.field.carrying import Carry
from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.materials import EYE_ADAPTS
from engine.generators.field.places import Turn, folded
from engine.generators.field.reference.head import PLANES
from engine.generators.field.reference.network import Network
from engine.generators.field.shaping import FULL_RIM, Shape
from engine.generators.field.state import Senses
from engine.generators.field.trunk import INPUTS, OUTPUTS, Trunk


@dataclass(frozen=True, slots=True)
class Forms:
    """What the lattice stage hands on.

    Attributes:
        planes: [PLANES, rows, columns], for the head.
        first, second: [2, rows, columns], places in tiles of the two layers of material.
        potential: [rows, columns], whose curl moves the carried picture; on the CPU.
    """

    planes: Tensor
    first: Tensor
    second: Tensor
    potential: Plane


class FormStage:
    """Owns the network and its lattice."""

    def __init__(self, trunk: Trunk, lattice: Lattice, device: torch.device) -> None:
        self._lattice = lattice
        self._device = device
        points = lattice.rows * lattice.columns
        self._network = Network(trunk, points, device)
        self._inputs = torch.zeros((INPUTS, points), device=device)
        self._planes = torch.zeros((PLANES, *lattice.shape), device=device)

    def shape(self, shape: Shape, senses: Senses, light: Plane) -> Forms:
        """Evaluate the network for one frame; light: the input's luminance on the lattice."""
        x, y = folded(self._lattice, shape.fold)
        depth = self._on_device(senses.depth)
        speed = np.sqrt(np.square(senses.flow).sum(-1))
        motion = self._on_device(np.minimum(speed * np.float32(shape.full_motion), np.float32(1.0)))

        inputs = self._inputs.view(INPUTS, *self._lattice.shape)
        for place, plane in zip(inputs, shape.view.apply(x, y), strict=False):
            place.copy_(torch.from_numpy(plane))
        torch.sub(depth, 0.5, out=inputs[2]).mul_(shape.depth)
        torch.sub(self._on_device(light), 0.35, out=inputs[3]).mul_(shape.light)
        torch.mul(motion, shape.motion, out=inputs[4])
        out = self._network.evaluate(self._inputs, shape.biases, shape.facet)
        out = out.view(OUTPUTS, *self._lattice.shape)

        planes = self._planes
        planes[:3].copy_(out[:3])
        planes[1].sub_(EYE_ADAPTS * planes[1].mean())
        planes[3].copy_(depth)
        planes[4].copy_(self._on_device(senses.near))
        down, across = torch.gradient(depth)
        torch.sqrt(down * down + across * across, out=planes[5]).mul_(FULL_RIM).clamp_(0.0, 1.0)
        planes[6].copy_(motion)

        warp = shape.warp * out[4:6].cpu().numpy()
        relief = (senses.depth - np.float32(0.5)) * np.float32(shape.relief)
        return Forms(
            planes=planes,
            first=self._places(shape.first, x + warp[0] - relief * x, y + warp[1] - relief * y),
            second=self._places(
                shape.second,
                x - np.float32(0.8) * warp[1] - relief * x,
                y + np.float32(0.8) * warp[0] - relief * y,
            ),
            potential=out[3].cpu().numpy(),
        )

    def _on_device(self, plane: Plane) -> Tensor:
        return torch.from_numpy(plane).to(self._device)

    def _places(self, turn: Turn, x: Plane, y: Plane) -> Tensor:
        return self._on_device(np.stack(turn.apply(x, y)))


def carry_places(lattice: Lattice, carry: Carry, potential: Plane, flow: Plane) -> Plane:
    """Backward lookup places in pixels, float32 [2, rows, columns] (x, y).

    Args:
        potential: [rows, columns]; its curl is a divergence-free current (Bridson et al., "Curl-noise", 2007).
        flow: [rows, columns, 2], the input's motion in fractions of width and height.
    """
    down, across = np.gradient(potential)
    x, y = lattice.view_x, lattice.view_y
    unit, width, height = lattice.unit, lattice.width, lattice.height
    curl_x, curl_y = (
        carry.swirl * unit * lattice.rows / height / 2.0,
        carry.swirl * unit * lattice.columns / width / 2.0,
    )
    shift_x = (
        down * curl_x + carry.zoom * x - carry.spin * y + carry.drift_x + flow[..., 0] * (carry.follow * width / unit)
    )
    shift_y = (
        -across * curl_y
        + carry.zoom * y
        + carry.spin * x
        + carry.drift_y
        + flow[..., 1] * (carry.follow * height / unit)
    )
    out = np.empty((2, *lattice.shape), np.float32)
    out[0] = (x - shift_x) * unit + (width / 2.0 - 0.5)
    out[1] = (y - shift_y) * unit + (height / 2.0 - 0.5)
    return out
