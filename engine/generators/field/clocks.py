"""The field's own time: rates from parameters and look, integrated frame by frame."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from engine.generators.field import parameters as p
from engine.generators.field.carrying import ZOOM_STEP, zoom_of
from engine.generators.field.places import TUNNEL_LENGTH
from engine.generators.field.shaping import turns_of
from engine.generators.field.state import Clocks
from engine.generators.field.traits import Look, Trait

_DRIFT_TILES_PER_S: Final = 0.22
_TURN_PER_S: Final = 0.55
_BEATS_PER_S: Final = 2.0
"""120 beats a minute until a tempo reaches the generator."""

_PALETTE_RINGS_PER_S: Final = 0.012
_ZOOM_STEPS_PER_S: Final = 30.0


def started(form_s: float) -> Clocks:
    """The clocks of a fresh field."""
    return Clocks(
        form_s=form_s,
        angle=0.0,
        pulse=0.0,
        drift=np.zeros(2),
        shear=np.zeros(2),
        palette=0.0,
        flicker_s=0.0,
        travel=np.zeros(2),
    )


def advanced(clocks: Clocks, values: Mapping[str, float], look: Look, seconds: float) -> Clocks:
    """The clocks one frame of `seconds` later."""
    speed = values[p.SPEED]
    step = seconds * speed * 2.0 ** look[Trait.PACE]
    lively = 0.25 + 0.75 * min(values[p.ENERGY] / 0.55, 1.6)
    drift = np.array([-look[Trait.DRIFT_X], look[Trait.DRIFT_Y]]) * _DRIFT_TILES_PER_S
    # A tunnel passes as fast as the carried picture widens, or its walls would tear loose from their trails.
    zoom = seconds * speed * _ZOOM_STEPS_PER_S * ZOOM_STEP * zoom_of(values, look)
    flight = -look[Trait.TUNNEL] * TUNNEL_LENGTH * math.log1p(-min(zoom, 0.9))
    ways = [-flight * np.array([turn.xy, turn.yy]) for turn in turns_of(values, look, clocks.angle)]
    # The layers creep against each other even where no word sets them in motion: the material lives.
    return Clocks(
        form_s=clocks.form_s + step * lively,
        angle=clocks.angle + step * _TURN_PER_S * (values[p.SPIN] + look[Trait.SPIN]),
        pulse=math.fmod(clocks.pulse + seconds * speed * _BEATS_PER_S * 2.0 ** (0.5 * look[Trait.PACE]), 1.0),
        drift=clocks.drift + step * (drift + np.array([0.010, 0.006])) + ways[1],
        shear=clocks.shear + step * (0.6 * drift - np.array([0.016, 0.011])) + ways[2],
        palette=math.fmod(clocks.palette + step * _PALETTE_RINGS_PER_S * (0.5 + look[Trait.BANDS]), 1.0),
        flicker_s=clocks.flicker_s + seconds * speed,
        travel=clocks.travel + ways[0],
    )
