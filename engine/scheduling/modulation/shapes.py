"""Signals of oscillators and step sequences: levels 0..1 at positions counted in rounds. Vectorised, without state."""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.modulation import STEPS

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Columns = npt.NDArray[np.int64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)


def drawn_levels(seeds: Words, rounds: Floats) -> Floats:
    """Level 0..1 drawn for each whole round from a seed: SplitMix64 (Steele et al., OOPSLA 2014) of seed and round.

    Args:
        seeds: uint64 [n]; rounds: whole numbers [frames, n].
    """
    word = seeds + rounds.astype(np.int64).astype(np.uint64) * _GOLDEN
    word = (word ^ (word >> np.uint64(30))) * _MIX_1
    word = (word ^ (word >> np.uint64(27))) * _MIX_2
    word ^= word >> np.uint64(31)
    level: Floats = (word >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return level


def smooth(share: Floats) -> Floats:
    """3t² - 2t³ (smoothstep)."""
    return share * share * (3.0 - 2.0 * share)


def drawn(share: Floats, points: Floats, counts: Columns) -> Floats:
    """Levels 0..1 of drawn shapes: straight from point to point, and from the last to the first.

    Args:
        share: of the round, float64 [frames, n].
        points: float64 [n, most]; counts: how many of them count, [n].
    """
    place = share * counts
    first = np.minimum(place.astype(np.int64), counts - 1)
    flat, begin = points.ravel(), np.arange(0, points.size, points.shape[1])
    here, there = flat[begin + first], flat[begin + (first + 1) % counts]
    levels: Floats = here + (there - here) * (place - first)
    return levels


def stepped(position: Floats, levels: Floats, slide: Floats) -> Floats:
    """Levels 0..1 of step sequences.

    Args:
        position: float64 [frames, n], in steps.
        levels: float64 [n, STEPS].
        slide: share of a step that the way from the level before takes, [n].
    """
    whole = np.floor(position)
    step = whole.astype(np.int64) % STEPS
    flat, begin = levels.ravel(), np.arange(0, levels.size, STEPS)
    here: Floats = flat[begin + step]
    if not slide.any():
        return here
    before = flat[begin + (step - 1) % STEPS]
    way = np.where(slide > 0.0, np.minimum((position - whole) / np.maximum(slide, 1e-9), 1.0), 1.0)
    slid: Floats = before + (here - before) * smooth(way)
    return slid
