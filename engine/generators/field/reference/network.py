"""The network evaluated by torch: three layers over a lattice of points, channels first."""

import math

import torch
from torch import Tensor

from engine.generators.field.trunk import WIDTH, Trunk


def wave(x: Tensor, facet: Tensor, scratch: Tensor) -> Tensor:
    """A sine-like wave of period 2π in place: parabolic arcs (facet 0) to triangles (facet 1).

    Args:
        facet: of no dimension; scratch: as large as x.
    """
    x.mul_(1.0 / math.pi)
    torch.mul(x, 0.5, out=scratch).round_()
    x.sub_(scratch, alpha=2.0)
    torch.abs(x, out=scratch)
    # m = min(|x|, 1 - |x|): a parabola is 4 m (1 - m), a triangle 2 m.
    scratch.sub_(0.5).abs_().neg_().add_(0.5)
    x.sign_().mul_(scratch)
    scratch.mul_(facet * 4.0 - 4.0).add_(4.0 - facet * 2.0)
    return x.mul_(scratch)


class Network:
    """Each layer is one matrix product."""

    def __init__(self, trunk: Trunk, points: int, device: torch.device) -> None:
        layers = (trunk.first, trunk.second, trunk.last)
        self._first, self._second, self._last = (torch.from_numpy(layer).to(device) for layer in layers)
        self._hidden = [torch.empty((WIDTH, points), device=device) for _ in range(2)]
        self._scratch = torch.empty((WIDTH, points), device=device)

    def evaluate(self, inputs: Tensor, biases: Tensor, facet: Tensor) -> Tensor:
        """The network at every point.

        Args:
            inputs: float32 [INPUTS, points], positions in view units, the rest 0..1.
            biases: float32 [2, WIDTH].
            facet: of no dimension, 0 smooth .. 1 folded planes.

        Returns:
            float32 [OUTPUTS, points], each in about -1..1; new memory.
        """
        one, two = self._hidden
        torch.addmm(biases[0][:, None], self._first, inputs, out=one)
        wave(one, facet, self._scratch)
        torch.addmm(biases[1][:, None], self._second, one, out=two)
        wave(two, facet, self._scratch)
        return torch.tanh(self._last @ two)
