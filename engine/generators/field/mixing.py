"""From parameters, look, senses and clocks to the head's read-out weights."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.generators.field import parameters as p
from engine.generators.field.noise import Draw
from engine.generators.field.state import Clocks, Senses
from engine.generators.field.traits import Look, Trait

_DESIGN_ENERGY: Final = 0.55
"""The default energy: looks are designed at this setting, and the knob goes both ways from it."""


_SOFT_FLICKER: Final = 0.5
_SLOW_FLICKER: Final = 2.0 * math.pi * 0.7
_FAST_FLICKER: Final = 2.0 * math.pi * 1.2
"""Radians a second: light that jumps from frame to frame looks like a fault, and some cannot bear it."""

EDGE_FLOOR: Final = 10.0 / 255.0
"""Luminance steps below this are camera noise, not outlines."""

EDGE_FULL: Final = 90.0 / 255.0
"""Luminance step at which an outline has its full light."""

VIGNETTE: Final = 0.30
"""Share of the light that the corners lose."""


@dataclass(frozen=True, slots=True)
class Mix:
    """The read-out weights of one frame."""

    energy: float  # 0 still .. 1 as designed .. 1.4
    detail: float  # material against broad forms
    relief: float
    gloss: float
    relief_angle: float
    bands: float
    palette: float  # offset along the ring
    iridescence: float
    structure: float
    depth: float  # already weighed with trust
    shadow: float
    low: float
    high: float
    rim: float
    edges: float
    motion: float
    haze: float
    sparkle: float
    gain: float  # pulse and flicker
    grain: float


def energy_of(values: Mapping[str, float]) -> float:
    """0 still, 1 as designed, up to 1.5."""
    return float(min((values[p.ENERGY] / _DESIGN_ENERGY) ** 0.8, 1.5))


def contrast_of(values: Mapping[str, float], look: Look) -> float:
    """Contrast in octaves of the response's slope, from parameter and look."""
    return min(max(2.4 * (values[p.CONTRAST] - 0.5) + 0.6 * look[Trait.CONTRAST], -1.4), 1.8)


def _smoothstep(low: float, high: float, value: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def shadow_of(look: Look) -> float:
    """0 a lit figure, 1 a cut-out. Half-way a figure would vanish, so morphs cross that point quickly."""
    return _smoothstep(0.2, 0.7, look[Trait.SHADOW])


def flicker_of(amount: float, seconds: float, luck: Draw) -> float:
    """How far the light is down, 0..amount: like a candle's, and what goes beyond _SOFT_FLICKER like a strobe's."""
    wave = 0.5 + 0.25 * math.sin(_SLOW_FLICKER * seconds) + 0.25 * math.sin(_FAST_FLICKER * seconds + 1.7)
    return min(amount, _SOFT_FLICKER) * wave**2 + max(amount - _SOFT_FLICKER, 0.0) * luck.uniform**3


def mix_of(values: Mapping[str, float], look: Look, senses: Senses, clocks: Clocks, luck: Draw) -> Mix:
    """The weights of one frame."""
    energy = energy_of(values)
    calm = min(energy, 1.0)
    trusted = values[p.DEPTH] * senses.trust
    beat = 0.5 + 0.5 * math.cos(2.0 * math.pi * clocks.pulse)
    gain = 1.0 + look[Trait.PULSE] * energy * 0.28 * (beat**3 - 0.3)
    gain *= 1.0 - 0.45 * calm * flicker_of(look[Trait.FLICKER], clocks.flicker_s, luck)
    return Mix(
        energy=energy,
        detail=look[Trait.DETAIL],
        relief=look[Trait.RELIEF] * min(energy, 1.2),
        gloss=look[Trait.GLOSS],
        relief_angle=0.8 + 0.35 * math.sin(0.21 * clocks.form_s),
        bands=look[Trait.BANDS],
        palette=clocks.palette,
        iridescence=look[Trait.IRIDESCENCE] * calm,
        structure=values[p.STRUCTURE],
        depth=trusted,
        shadow=shadow_of(look),
        low=senses.low,
        high=senses.high,
        rim=trusted * (0.06 + 1.0 * look[Trait.RIM]),
        edges=values[p.EDGES] * (0.9 + 1.1 * look[Trait.EDGE]),
        motion=0.5 * values[p.ENERGY] * values[p.FLOW],
        haze=look[Trait.HAZE],
        sparkle=look[Trait.SPARKLE] * calm,
        gain=gain,
        grain=0.22 * values[p.GRAIN],
    )
