"""The network: a compositional pattern-producing network with seeded weights and moving biases.

CPPN: Stanley, "Compositional pattern producing networks" (2007). Periodic activations as in SIREN
(Sitzmann et al., 2020), here a parabola in place of the sine, which costs a third of one and is
the same on every machine.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

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


class Trunk:
    """The weights of its three layers.

    Attributes:
        first: float32 [WIDTH, INPUTS]; second: [WIDTH, WIDTH]; last: [OUTPUTS, WIDTH].
    """

    def __init__(self) -> None:
        rng = np.random.default_rng(_SEED)

        def draw(rows: int, columns: int, deviation: float) -> npt.NDArray[np.float32]:
            return (rng.standard_normal((rows, columns)) * deviation).astype(np.float32)

        self.first = draw(WIDTH, INPUTS, _INPUT_GAIN)
        self.second = draw(WIDTH, WIDTH, _HIDDEN_GAIN / math.sqrt(WIDTH))
        self.last = draw(OUTPUTS, WIDTH, 1.25 / math.sqrt(WIDTH))
        # Half the units are slow in space: they hold the picture together while the others decorate.
        self.first[: WIDTH // 2] *= np.float32(0.45)
        self._latents = [rng.standard_normal((WIDTH, LATENT_SIZE)) * _LATENT_GAIN for _ in range(2)]
        self._phases = [rng.uniform(0.0, 2.0 * math.pi, WIDTH) for _ in range(2)]
        # Incommensurate clocks: the field never repeats. Radians per second of the field's time.
        self._clocks = [rng.uniform(0.12, 0.75, WIDTH) * rng.choice((-1.0, 1.0), WIDTH) for _ in range(2)]

    def biases(
        self, latent: Vector, time_s: float, travel: npt.NDArray[np.float64] | None = None
    ) -> npt.NDArray[np.float32]:
        """float32 [2, WIDTH], 0 .. 2 pi, of the two hidden layers.

        Args:
            latent: float32 [LATENT_SIZE].
            time_s: the field's own time.
            travel: [2], what is added to the first two inputs everywhere; None: nothing.
        """
        wide = latent.astype(np.float64)
        layers = zip(self._phases, self._clocks, self._latents, strict=True)
        bias = np.stack([phases + clocks * time_s + latents @ wide for phases, clocks, latents in layers])
        if travel is not None:
            # Here, in float64, and not in the inputs: a way of hours stays as fine as one of seconds.
            bias[0] += self.first[:, :2].astype(np.float64) @ travel
        return np.asarray(np.mod(bias, 2.0 * math.pi), np.float32)
