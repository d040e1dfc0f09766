"""How the last picture lives on: where it is carried, what its colours turn into, and how much of it stays."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field import parameters as p
from engine.generators.field.mixing import shadow_of
from engine.generators.field.state import Senses
from engine.generators.field.traits import Look, Trait

MAX_PERSIST: Final = 0.965
"""Share of the last picture that may stay in a thirtieth of a second: a second until it has gone."""

MAX_TRAIL: Final = 0.975
_TRAIL_LOSS: Final = 0.004
"""Taken off trails in a thirtieth of a second, so that the faintest end too."""

ZOOM_STEP: Final = 0.045
"""Of its distance from the middle that a place of the picture moves in a thirtieth of a second, at zoom 1."""

_STRONGEST: Final = 1.5
"""Zoom and spin of parameter and words together, at most."""


@dataclass(frozen=True, slots=True)
class Carry:
    """The feedback of one frame.

    Attributes:
        swirl, zoom, spin: per frame, in view units; drift_x rightwards, drift_y downwards, likewise.
        follow: how much of the input's motion is taken.
        matrix: float32 [4, 4], what becomes of a carried colour, for colours as columns.
        persist: share of the carried picture in the new one; yielding: how much less where the figure is, 0..1.
        trail: what a trail is multiplied by; loss: what is taken off it then.
        shadow: 0 a lit figure, 1 a cut-out that no trail shines through.
    """

    swirl: float
    follow: float
    zoom: float
    spin: float
    drift_x: float
    drift_y: float
    matrix: npt.NDArray[np.float32]
    persist: float
    yielding: float
    trail: float
    loss: float
    shadow: float


def carry_of(values: Mapping[str, float], look: Look, senses: Senses, rate: float) -> Carry | None:
    """The feedback of one frame; None: nothing of the last picture stays.

    Args:
        rate: the frame's length in thirtieths of a second.
    """
    amount = values[p.FEEDBACK]
    if amount <= 0.0:
        return None
    flow, pace = values[p.FLOW], rate * values[p.SPEED]
    return Carry(
        swirl=pace * flow * 0.022 * (0.1 + 0.9 * look[Trait.SWIRL]),
        follow=flow * 1.8 * senses.trust,
        zoom=pace * ZOOM_STEP * zoom_of(values, look),
        spin=pace * 0.04 * _limited(values[p.SPIN] + look[Trait.SPIN]),
        drift_x=pace * flow * 0.016 * look[Trait.DRIFT_X],
        drift_y=-pace * flow * 0.016 * look[Trait.DRIFT_Y],
        matrix=carry_matrix(turn=rate * 0.10 * look[Trait.TURN], warmth=look[Trait.WARMTH]),
        persist=min(amount**0.8 * (0.45 + 0.75 * look[Trait.PERSIST]), MAX_PERSIST) ** rate,
        # What lies on the figure gives way to the new frame, or the silhouette would smear.
        yielding=0.75 * values[p.STRUCTURE] * (1.0 - 0.5 * amount),
        trail=min(amount**0.5 * (0.62 + 0.36 * look[Trait.TRAIL]), MAX_TRAIL) ** rate,
        loss=_TRAIL_LOSS * rate,
        shadow=shadow_of(look),
    )


def zoom_of(values: Mapping[str, float], look: Look) -> float:
    """How strongly the picture is pulled inwards (< 0) or flung outwards (> 0), by knob and words together."""
    return _limited(values[p.ZOOM] + look[Trait.ZOOM])


def glow_of(values: Mapping[str, float], look: Look) -> float:
    """How much of the halo is laid over the picture."""
    return 1.3 * values[p.GLOW] * (0.35 + 1.3 * look[Trait.GLOW])


def carry_matrix(*, turn: float, warmth: float) -> npt.NDArray[np.float32]:
    """What one frame does to a carried colour, float32 [4, 4], for colours as columns.

    A rotation about the grey axis by `turn` radians, then a tint that lets blue fade first (warmth > 0:
    embers) or red (warmth < 0: ice).
    """
    cos, sin = math.cos(turn), math.sin(turn) / math.sqrt(3.0)
    third = (1.0 - cos) / 3.0
    rotation = np.full((3, 3), third) + np.eye(3) * cos
    rotation += sin * np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
    warm, cold = max(warmth, 0.0), max(-warmth, 0.0)
    tint = np.array([1.0 - 0.14 * cold, 1.0 - 0.05 * warm - 0.03 * cold, 1.0 - 0.14 * warm])
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = tint[:, None] * rotation
    return matrix


def _limited(value: float) -> float:
    return min(max(value, -_STRONGEST), _STRONGEST)
