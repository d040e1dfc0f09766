"""Moving cameras that cut on the music: each shot glides for eight beats, then another one takes over."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from engine.sources.stage.skeleton import BEATS_PER_SECOND, Point
from engine.sources.stage.view import Lens, View, seen_from

BEATS_PER_SHOT: Final = 8

Glide = tuple[float, float]
"""From the shot's first beat to its last."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One camera move.

    Attributes:
        yaw: angle around the stage's middle, radians, at most 0.42: beyond it the wall ends.
        distance, height: of the camera, metres; look: height that it looks at, above the camera by 0.09 of the distance
            at most: the wall ends there too.
    """

    yaw: Glide
    distance: Glide
    height: Glide
    look: Glide


CLOSE: Final = (
    Shot((-0.10, 0.12), (3.5, 3.3), (1.30, 1.38), (1.22, 1.26)),
    Shot((0.34, 0.16), (3.3, 3.3), (0.95, 1.05), (1.22, 1.20)),
    Shot((-0.38, -0.20), (3.2, 3.5), (1.62, 1.50), (1.26, 1.18)),
    Shot((0.05, -0.02), (3.0, 3.4), (1.25, 1.25), (1.36, 1.14)),
    Shot((0.28, 0.40), (3.5, 3.2), (1.80, 1.60), (1.20, 1.28)),
)
DUO: Final = (
    Shot((-0.08, 0.08), (4.3, 4.1), (1.20, 1.25), (0.98, 0.98)),
    Shot((0.40, 0.22), (4.2, 4.2), (0.70, 0.80), (1.02, 1.00)),
    Shot((-0.24, -0.40), (4.0, 4.3), (1.90, 1.70), (0.92, 0.95)),
    Shot((0.12, 0.02), (3.8, 4.4), (1.30, 1.20), (1.02, 0.96)),
)
SOLIDS: Final = (
    Shot((-0.30, 0.30), (4.2, 4.2), (1.30, 1.50), (0.95, 0.95)),
    Shot((0.36, 0.20), (3.6, 4.2), (0.62, 0.68), (0.92, 0.94)),
    Shot((-0.10, -0.36), (4.4, 3.9), (2.30, 1.90), (0.80, 0.85)),
    Shot((0.00, 0.10), (4.7, 3.7), (1.10, 1.10), (0.95, 0.95)),
)


def shot_number(seconds: float) -> int:
    """Which shot a time (>= 0) lies in, from 0."""
    return int(seconds * BEATS_PER_SECOND / BEATS_PER_SHOT)


@lru_cache(maxsize=64)
def _place(seed: int, number: int, count: int) -> int:
    """Never the one before: a step of 1 .. count - 1 on from it, counted from the round's beginning."""
    first = number - number % 8
    place = first % count
    for step in range(first + 1, number + 1):
        place = (place + 1 + int(np.random.default_rng([seed, step]).integers(count - 1))) % count
    return place


def shot_view(shots: Sequence[Shot], seconds: float, seed: int, follow: Point, lens: Lens) -> View:
    """The camera at a time (>= 0).

    Args:
        follow: where on the floor the one in the picture is; the camera pans along.
    """
    number = shot_number(seconds)
    shot = shots[_place(seed, number, len(shots))]
    share = seconds * BEATS_PER_SECOND / BEATS_PER_SHOT - number
    yaw, distance, height, look = (
        start + share * (end - start) for start, end in (shot.yaw, shot.distance, shot.height, shot.look)
    )
    return seen_from(yaw, distance, height, np.array([follow[0], look, follow[2]]), lens)
