"""From one ring of colours to another along the hue circle, so that colours on the way are as rich as the ends.

A straight line between unlike hues runs by grey: half-way from gold to teal it is an olive mud.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Ring = npt.NDArray[np.float32]

_NEUTRAL: Final = 0.03
"""OKLab chroma below which a colour has no hue of its own, and takes that of the other end."""

_TORN: Final = 0.35
"""Radians from where neighbours in the ring would turn opposite ways: there, colours go by grey after all."""


def mixed(one: Ring, other: Ring, share: float) -> Ring:
    """The ring that lies a share of the way, 0..1, from one to another; continuous in all three.

    Lightness and chroma are mixed evenly. Hues turn by the shorter way that suits the ring as a whole, so that
    neighbours stay neighbours.

    Args:
        one, other: float32 [n, 3], OKLab.
    """
    part = np.float32(share)
    straight = one + part * (other - one)
    a, b = one[:, 1] + 1j * one[:, 2], other[:, 1] + 1j * other[:, 2]
    chroma_a, chroma_b = np.abs(a), np.abs(b)
    turns = b * np.conj(a)
    common = math.atan2(float(turns.sum().imag), float(turns.sum().real))
    beside = np.angle(turns * np.exp(-1j * common))
    turn = common + beside
    chroma = chroma_a + share * (chroma_b - chroma_a)
    arc = chroma * np.exp(1j * (np.angle(a) + share * turn))
    hued = _smoothstep(np.minimum(chroma_a, chroma_b) / _NEUTRAL)
    kept = hued * _smoothstep((math.pi - np.abs(beside)) / _TORN)
    out = np.empty_like(straight)
    out[:, 0] = straight[:, 0]
    out[:, 1] = straight[:, 1] + kept * (arc.real - straight[:, 1])
    out[:, 2] = straight[:, 2] + kept * (arc.imag - straight[:, 2])
    return out


def _smoothstep(value: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    t = np.clip(value.astype(np.float64), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))
