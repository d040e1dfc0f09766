"""The network evaluated by torch: three layers over a lattice of points, channels first."""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.generators.field.trunk import WIDTH, Trunk


def wave(x: Tensor, facet: float, scratch: Tensor) -> Tensor:
    """A sine-like wave of period 2π in place: parabolic arcs (facet 0) to triangles (facet 1)."""
    x.mul_(1.0 / math.pi)
    torch.mul(x, 0.5, out=scratch).round_()
    x.sub_(scratch, alpha=2.0)
    torch.abs(x, out=scratch)
    # m = min(|x|, 1 - |x|): a parabola is 4 m (1 - m), a triangle 2 m.
    scratch.sub_(0.5).abs_().neg_().add_(0.5)
    x.sign_().mul_(scratch)
    scratch.mul_(-4.0 * (1.0 - facet)).add_(4.0 - 2.0 * facet)
    return x.mul_(scratch)


class Network:
    """Each layer is one matrix product."""

    def __init__(self, trunk: Trunk, points: int, device: torch.device) -> None:
        self._device = device
        layers = (trunk.first, trunk.second, trunk.last)
        self._first, self._second, self._last = (torch.from_numpy(layer).to(device) for layer in layers)
        self._hidden = [torch.empty((WIDTH, points), device=device) for _ in range(2)]
        self._scratch = torch.empty((WIDTH, points), device=device)

    def evaluate(self, inputs: Tensor, biases: npt.NDArray[np.float32], facet: float) -> Tensor:
        """The network at every point.

        Args:
            inputs: float32 [INPUTS, points], positions in view units, the rest 0..1.
            biases: float32 [2, WIDTH].
            facet: 0 smooth .. 1 folded planes.

        Returns:
            float32 [OUTPUTS, points], each in about -1..1; new memory.
        """
        one, two = self._hidden
        bias = torch.from_numpy(biases).to(self._device)
        torch.addmm(bias[0][:, None], self._first, inputs, out=one)
        wave(one, facet, self._scratch)
        torch.addmm(bias[1][:, None], self._second, one, out=two)
        wave(two, facet, self._scratch)
        return torch.tanh(self._last @ two)
