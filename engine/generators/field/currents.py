"""How the last picture is carried: where each pixel comes from, and what its colour turns into."""

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.generators.field.senses import LATTICE, Lattice
from engine.messages.frame import FRAME_SIZE

Plane = npt.NDArray[np.float32]


def carry_places(
    lattice: Lattice,
    *,
    potential: Plane,
    flow: npt.NDArray[np.float32],
    swirl: float,
    follow: float,
    zoom: float,
    spin: float,
    drift: tuple[float, float],
) -> Plane:
    """Backward lookup places in pixels, float32 [2, g, g] (x, y).

    Args:
        potential: [g, g]; its curl is a divergence-free current (Bridson et al., "Curl-noise", 2007).
        flow: [g, g, 2], the input's motion in fractions of the edge; follow: how much of it is taken.
        swirl, zoom, spin: per frame, in view units (half the edge); drift: x right, y down, likewise.
    """
    down, across = np.gradient(potential)
    half = FRAME_SIZE / 2.0
    out = np.empty((2, LATTICE, LATTICE), np.float32)
    curl = np.float32(swirl * LATTICE / 4.0)
    x, y = lattice.view_x, lattice.view_y
    shift_x = down * curl + zoom * x - spin * y + drift[0] + flow[..., 0] * (2.0 * follow)
    shift_y = -across * curl + zoom * y + spin * x + drift[1] + flow[..., 1] * (2.0 * follow)
    out[0] = (x + 1.0 - shift_x) * half - 0.5
    out[1] = (y + 1.0 - shift_y) * half - 0.5
    return out


def carry_matrix(*, turn: float, warmth: float, device: torch.device) -> Tensor:
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
    return torch.from_numpy(matrix).to(device)
