"""Materials and lights of the stage."""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.sources.stage.scenery import KEY_DIRECTION
from engine.sources.stage.view import View

PALETTE: Final = np.array(
    [
        (236, 178, 148),  # skin
        (226, 226, 238),  # suit
        (92, 52, 46),  # hair
        (250, 190, 84),  # gold
        (214, 226, 240),  # pearl
        (238, 92, 82),  # coral
        (150, 98, 70),  # bronze
        (246, 150, 62),  # saffron
        (90, 214, 236),  # cyan
        (232, 74, 178),  # magenta
        (244, 246, 250),  # white
    ],
    np.float32,
)
"""Colour of each material under white light, R G B 0..255: float32 [materials, 3]."""

_LIGHTS: Final = (
    # direction towards the light in the world, colour, wrap (how far light reaches round the edge)
    (KEY_DIRECTION, (1.00, 0.90, 0.76), 0.15),
    (np.array([-0.75, 0.25, -0.75]), (0.15, 0.62, 0.95), 0.0),  # rim, blue, behind on the left
    (np.array([0.85, 0.15, -0.65]), (0.98, 0.22, 0.62), 0.0),  # rim, magenta, behind on the right
)
_AMBIENT: Final = (0.20, 0.16, 0.27)

_DIRECTIONS: Final = np.stack([direction / np.sqrt(direction @ direction) for direction, _, _ in _LIGHTS])
_WRAPS: Final = np.array([wrap for _, _, wrap in _LIGHTS])

LIGHT_COLOURS: Final = np.array([*(colour for _, colour, _ in _LIGHTS), _AMBIENT], np.float32).T.copy()
"""Colour of each light, the ambient light last: float32 [3, 4], rows R G B."""


def light_weights(view: View, turn: float = 0.0) -> npt.NDArray[Any]:
    """How much of each light a surface receives: weights of its normal (right, down, viewer) and 1; float32 [3, 4].

    What comes out below 0 is no light.

    Args:
        turn: of the two rim lights around the stage, radians; the key light stays where the shadows are cast from.
    """
    weights = np.empty((len(_LIGHTS), 4), np.float32)
    directions = _DIRECTIONS.copy()
    cos, sin = math.cos(turn), math.sin(turn)
    directions[1:, 0], directions[1:, 2] = (
        cos * _DIRECTIONS[1:, 0] + sin * _DIRECTIONS[1:, 2],
        cos * _DIRECTIONS[1:, 2] - sin * _DIRECTIONS[1:, 0],
    )
    weights[:, :3] = directions @ view.axes.T * (1.0, 1.0, -1.0)
    weights[:, 3] = _WRAPS
    weights /= (1.0 + _WRAPS)[:, None]
    return weights
