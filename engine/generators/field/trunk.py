"""The network: a compositional pattern-producing network with seeded weights and moving biases.

CPPN: Stanley, "Compositional pattern producing networks" (2007). Periodic activations as in SIREN
(Sitzmann et al., 2020), here a parabola in place of the sine, which costs a third of one and is
the same on every machine.
"""

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.generators.field.traits import LATENT_SIZE, Vector

INPUTS: Final = 5
"""x, y, depth, luminance, motion."""

WIDTH: Final = 24
"""Hidden units: below 16 the forms repeat, above 32 nothing is gained that the eye sees."""

OUTPUTS: Final = 6
"""Palette phase, light, material weight, current potential, warp x, warp y."""

_SEED: Final = 20070611
_INPUT_GAIN: Final = 1.35
_HIDDEN_GAIN: Final = 1.9
_LATENT_GAIN: Final = 0.9


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


class Trunk:
    """Three layers over a lattice of points, channels first, so that each layer is one matrix product."""

    def __init__(self, points: int, device: torch.device) -> None:
        rng = np.random.default_rng(_SEED)

        def draw(rows: int, columns: int, deviation: float) -> Tensor:
            return torch.from_numpy((rng.standard_normal((rows, columns)) * deviation).astype(np.float32)).to(device)

        self._first = draw(WIDTH, INPUTS, _INPUT_GAIN)
        self._second = draw(WIDTH, WIDTH, _HIDDEN_GAIN / math.sqrt(WIDTH))
        self._last = draw(OUTPUTS, WIDTH, 1.25 / math.sqrt(WIDTH))
        # Half the units are slow in space: they hold the picture together while the others decorate.
        self._first[: WIDTH // 2] *= 0.45
        self._latents = [rng.standard_normal((WIDTH, LATENT_SIZE)) * _LATENT_GAIN for _ in range(2)]
        self._phases = [rng.uniform(0.0, 2.0 * math.pi, WIDTH) for _ in range(2)]
        # Incommensurate clocks: the field never repeats. Radians per second of the field's time.
        self._clocks = [rng.uniform(0.12, 0.75, WIDTH) * rng.choice((-1.0, 1.0), WIDTH) for _ in range(2)]
        self._hidden = [torch.empty((WIDTH, points), device=device) for _ in range(2)]
        self._scratch = torch.empty((WIDTH, points), device=device)
        self._device = device

    def _bias(self, layer: int, latent: Vector, time_s: float) -> Tensor:
        bias = self._phases[layer] + self._clocks[layer] * time_s + self._latents[layer] @ latent.astype(np.float64)
        return torch.from_numpy(np.mod(bias, 2.0 * math.pi).astype(np.float32)).to(self._device)[:, None]

    def evaluate(self, inputs: Tensor, latent: Vector, time_s: float, facet: float) -> Tensor:
        """The network at every point.

        Args:
            inputs: float32 [INPUTS, points], positions in view units, the rest 0..1.
            latent: float32 [LATENT_SIZE].
            time_s: the field's own time.
            facet: 0 smooth .. 1 folded planes.

        Returns:
            float32 [OUTPUTS, points], each in about -1..1; new memory.
        """
        one, two = self._hidden
        torch.addmm(self._bias(0, latent, time_s), self._first, inputs, out=one)
        wave(one, facet, self._scratch)
        torch.addmm(self._bias(1, latent, time_s), self._second, one, out=two)
        wave(two, facet, self._scratch)
        return torch.tanh(self._last @ two)
