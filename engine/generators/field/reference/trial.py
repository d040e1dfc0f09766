"""Made-up frames that go through everything, to try a graph with."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.base import ChunkKey
from engine.generators.field import clocks as field_clocks
from engine.generators.field import parameters as p
from engine.generators.field.carrying import carry_of, glow_of
from engine.generators.field.colour import TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.materials import TILE
from engine.generators.field.mixing import mix_of
from engine.generators.field.noise import draw
from engine.generators.field.painter import Scheme
from engine.generators.field.shaping import shape_of
from engine.generators.field.state import Senses
from engine.generators.field.traits import HIGHEST, LATENT_SIZE, NEUTRAL, RAMP_STEPS, Look
from engine.generators.field.trunk import Trunk
from engine.messages.frame import RgbImage

_SEED: Final = 0x7472_6961


@dataclass(frozen=True, slots=True)
class Tried:
    """What is painted in a trial.

    Attributes:
        schemes: the first to record with, the others to compare; no two have a table or a tile in common, and one
            of the others carries nothing.
        image: of the input; picture: float32 [height, width, 4], in 0..1, the last one where there is one.
    """

    schemes: tuple[Scheme, ...]
    image: RgbImage
    picture: npt.NDArray[np.float32]


def make_trial(lattice: Lattice, trunk: Trunk) -> Tried:
    """Frames of random senses and materials, each with other parameters and traits."""
    rng = np.random.default_rng(_SEED)
    defaults = p.PARAMETERS.defaults()
    lively = {**defaults, p.FEEDBACK: 0.9, p.FLOW: 1.0, p.GLOW: 1.0, p.GRAIN: 1.0, p.EDGES: 1.0, p.ZOOM: 0.5}
    schemes = (
        _scheme(lattice, trunk, rng, defaults, 0.0),
        _scheme(lattice, trunk, rng, {**lively, p.SYMMETRY: 5.0}, 0.5),
        _scheme(lattice, trunk, rng, {**defaults, p.FEEDBACK: 0.0, p.SYMMETRY: 0.5}, 0.2),
        _scheme(lattice, trunk, rng, lively, 0.1),
    )
    return Tried(
        schemes=schemes,
        image=rng.integers(0, 256, (lattice.height, lattice.width, 3), np.uint8),
        picture=rng.random((lattice.height, lattice.width, 4), np.float32),
    )


def _scheme(
    lattice: Lattice, trunk: Trunk, rng: np.random.Generator, values: dict[str, float], strength: float
) -> Scheme:
    """A frame of a look whose traits lie `strength` of the way from neutral to their highest."""

    def plane(*shape: int) -> Plane:
        return rng.random(shape, np.float32)

    look = Look(
        traits=NEUTRAL + np.float32(strength) * (HIGHEST - NEUTRAL),
        ramp=plane(RAMP_STEPS, 3),
        latent=plane(LATENT_SIZE),
    )
    senses = Senses(
        depth=plane(*lattice.shape),
        near=plane(*lattice.shape),
        flow=(plane(*lattice.shape, 2) - np.float32(0.5)) * np.float32(0.05),
        trust=1.0,
        low=0.06,
        high=0.72,
        last_frame_id=0,
        advance=1.0,
    )
    luck = draw(ChunkKey(_SEED, 0, int(rng.integers(1 << 30))), 0)
    clocks = field_clocks.advanced(field_clocks.started(100.0), values, look, 1.0 / 30.0)
    return Scheme(
        senses=senses,
        light=plane(*lattice.shape),
        shape=shape_of(trunk, values, look, senses, clocks),
        mix=mix_of(values, look, senses, clocks, luck),
        carry=carry_of(values, look, senses, 1.0),
        glow=glow_of(values, look),
        luck=luck,
        tile=(plane(TILE + 1, TILE + 1) - np.float32(0.5)) * np.float32(4.0),
        table=plane(TABLE_LIGHTS, TABLE_HUES + 1, 4),
    )
