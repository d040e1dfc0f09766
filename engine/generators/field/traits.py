"""What a look is made of: the traits that words push and pull, and their ranges."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field.hues import mixed

Vector = npt.NDArray[np.float32]

RAMP_STEPS: Final = 256
"""Entries of a palette ring; linear interpolation between them is finer than 8 bits."""

LATENT_SIZE: Final = 16
"""Numbers in the latent that moves the network's biases: enough that two prompts never look alike."""


class Trait(IntEnum):
    """Indices into the trait vector. The first TEXTURES of them weigh the material tiles."""

    LIQUID = 0
    FOG = 1
    CELLS = 2
    CRYSTAL = 3
    LINES = 4
    WEAVE = 5
    SPARKS = 6
    VEINS = 7
    HEX = 8
    BRISTLE = 9
    RINGS = 10
    CIRCUIT = 11
    WISPS = 12
    # form
    FACET = 13  # 0: sine waves, 1: triangle waves in the network: flat planes and sharp folds
    FREQUENCY = 14  # octaves added to the network's spatial frequency
    DETAIL = 15  # 0: the network's broad forms alone, 1: the material covers everything
    FINE = 16  # octaves added to the material's spatial frequency
    BANDS = 17  # how many times the palette is run through across the field
    CUT = 18  # 0: smooth colour, 1: flat paper-cut steps
    STRETCH = 19  # -1: drawn out upright, 1: drawn out level
    FOLD = 20  # added to the symmetry parameter
    TUNNEL = 21  # 0: a plane, 1: a tunnel that is flown through as fast as the picture is pulled inwards
    # light
    GLOW = 22
    GLOSS = 23  # sharp highlights on the relief
    RELIEF = 24  # how deeply the material is embossed
    RIM = 25  # light on depth edges
    EDGE = 26  # light on luminance edges
    DARK = 27  # -1: high key, 1: low key
    CONTRAST = 28
    HAZE = 29  # far things dissolve in the palette's mean colour
    SPARKLE = 30  # twinkling points on bright places
    IRIDESCENCE = 31  # colour turns with the angle of the relief
    SHADOW = 32  # 0: the figure is lit, 1: the figure is a dark cut-out before a lit field
    CHROMA = 33  # -1: grey, 0: as named, 1: saturated
    # motion
    DRIFT_X = 34
    DRIFT_Y = 35  # positive: upwards
    SWIRL = 36
    ZOOM = 37
    SPIN = 38
    TURBULENCE = 39
    PULSE = 40
    PACE = 41  # octaves of speed
    FLICKER = 42
    # what feedback does
    PERSIST = 43  # mixes the last picture in: smear and melt
    TRAIL = 44  # keeps what was brighter: light trails
    WARMTH = 45  # trails turn to embers (+) or to ice (-)
    TURN = 46  # hue rotation of what is carried


TEXTURES: Final = 13
"""How many of the traits, from 0, weigh material tiles."""

_RANGES: Final[Mapping[Trait, tuple[float, float, float]]] = {
    # trait: (lowest, highest, value when no word speaks)
    **{Trait(index): (0.0, 3.0, 0.0) for index in range(TEXTURES)},
    Trait.FACET: (0.0, 1.0, 0.0),
    Trait.FREQUENCY: (-1.5, 1.5, 0.0),
    Trait.DETAIL: (0.0, 1.0, 0.5),
    Trait.FINE: (-1.5, 1.7, 0.0),
    Trait.BANDS: (0.15, 3.0, 0.6),
    Trait.CUT: (0.0, 1.0, 0.0),
    Trait.STRETCH: (-1.0, 1.0, 0.0),
    Trait.FOLD: (0.0, 12.0, 0.0),
    Trait.TUNNEL: (0.0, 1.0, 0.0),
    Trait.GLOW: (0.0, 1.0, 0.25),
    Trait.GLOSS: (0.0, 1.0, 0.15),
    Trait.RELIEF: (0.0, 1.0, 0.3),
    Trait.RIM: (0.0, 1.0, 0.2),
    Trait.EDGE: (0.0, 1.0, 0.05),
    Trait.DARK: (-1.0, 1.0, 0.0),
    Trait.CONTRAST: (-1.0, 1.0, 0.0),
    Trait.HAZE: (0.0, 1.0, 0.1),
    Trait.SPARKLE: (0.0, 1.0, 0.0),
    Trait.IRIDESCENCE: (0.0, 1.0, 0.0),
    Trait.SHADOW: (0.0, 1.0, 0.0),
    Trait.CHROMA: (-1.0, 1.0, 0.0),
    Trait.DRIFT_X: (-1.0, 1.0, 0.0),
    Trait.DRIFT_Y: (-1.0, 1.0, 0.05),
    Trait.SWIRL: (0.0, 1.0, 0.15),
    Trait.ZOOM: (-1.0, 1.0, 0.0),
    Trait.SPIN: (-1.0, 1.0, 0.0),
    Trait.TURBULENCE: (0.0, 1.0, 0.2),
    Trait.PULSE: (0.0, 1.0, 0.1),
    Trait.PACE: (-2.0, 2.0, 0.0),
    Trait.FLICKER: (0.0, 1.0, 0.0),
    Trait.PERSIST: (0.0, 1.0, 0.4),
    Trait.TRAIL: (0.0, 1.0, 0.4),
    Trait.WARMTH: (-1.0, 1.0, 0.0),
    Trait.TURN: (-1.0, 1.0, 0.0),
}

LOWEST: Final[Vector] = np.array([_RANGES[trait][0] for trait in Trait], np.float32)
HIGHEST: Final[Vector] = np.array([_RANGES[trait][1] for trait in Trait], np.float32)
NEUTRAL: Final[Vector] = np.array([_RANGES[trait][2] for trait in Trait], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A point in the space of looks. Looks blend evenly, colours past grey, which is what makes morphs smooth.

    Attributes:
        traits: float32 [len(Trait)].
        ramp: float32 [RAMP_STEPS, 3], a closed ring of colours in OKLab (Ottosson, 2020).
        latent: float32 [LATENT_SIZE], about unit variance.
    """

    traits: Vector
    ramp: Vector
    latent: Vector

    def __getitem__(self, trait: Trait) -> float:
        return float(self.traits[trait])

    def toward(self, other: "Look", amount: float) -> "Look":
        """The look that lies amount (0..1) of the way to another."""
        if other is self or amount <= 0.0:
            return self
        if amount >= 1.0:
            return other
        return Look(
            traits=self.traits + np.float32(amount) * (other.traits - self.traits),
            ramp=mixed(self.ramp, other.ramp, amount),
            latent=self.latent + np.float32(amount) * (other.latent - self.latent),
        )
