"""Signals of oscillators and step sequences: levels 0..1 at positions counted in rounds. Vectorised, without state."""

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.modulation import STEPS, LfoShape

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

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


def oscillator(
    shape: LfoShape, position: Floats, seeds: Words, points: Floats, counts: npt.NDArray[np.int64]
) -> Floats:
    """Levels 0..1 of oscillators of one shape.

    Args:
        position: float64 [frames, n], in rounds.
        seeds: uint64 [n].
        points: float64 [n, most], the levels of drawn shapes; counts: how many of them count, [n].
    """
    whole = np.floor(position)
    share = position - whole
    match shape:
        case LfoShape.SINE:
            return 0.5 - 0.5 * np.cos(2.0 * np.pi * share)
        case LfoShape.TRIANGLE:
            return 1.0 - np.abs(2.0 * share - 1.0)
        case LfoShape.SAW:
            return share
        case LfoShape.SQUARE:
            return (share >= 0.5).astype(np.float64)
        case LfoShape.HOLD:
            return drawn_levels(seeds, whole)
        case LfoShape.SMOOTH:
            here, there = drawn_levels(seeds, whole), drawn_levels(seeds, whole + 1.0)
            return here + (there - here) * smooth(share)
        case LfoShape.DRAWN:
            place = share * counts
            first = np.minimum(place.astype(np.int64), counts - 1)
            columns = np.arange(len(counts))
            here, there = points[columns, first], points[columns, (first + 1) % counts]
            return here + (there - here) * (place - first)


def stepped(position: Floats, levels: Floats, slide: Floats) -> Floats:
    """Levels 0..1 of step sequences.

    Args:
        position: float64 [frames, n], in steps.
        levels: float64 [n, STEPS].
        slide: share of a step that the way from the level before takes, [n].
    """
    whole = np.floor(position)
    step = whole.astype(np.int64) % STEPS
    columns = np.arange(levels.shape[0])
    here, before = levels[columns, step], levels[columns, (step - 1) % STEPS]
    way = np.where(slide > 0.0, np.minimum((position - whole) / np.maximum(slide, 1e-9), 1.0), 1.0)
    return before + (here - before) * smooth(way)
