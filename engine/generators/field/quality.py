"""How the field's chunks are made cheaper: steps, and what they leave of lattice and picture. Told without torch.

A painter of fewer pixels takes the input at its own size, and its frames are enlarged when they are finished. What a
frame looks like is told per pixel and lattice point of full quality, so that forms, relief and halo keep their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.generators.field.lattice import SMALLEST, STEP, Lattice
from engine.messages.quality import QualityStep

SOFT: Final = QualityStep(id="field.soft", label="the picture is a little softer", saving=0.27, group="field.size")
COARSE: Final = QualityStep(id="field.lattice", label="outlines and forms are broader", saving=0.18)
SOFTER: Final = QualityStep(id="field.softer", label="the picture is much softer", saving=0.33, group="field.size")

STEPS: Final = (SOFT, COARSE, SOFTER)
"""Savings as measured in compiled loops on one core, at 448×448 pixels."""

_COARSER: Final = 2
_SIZES: Final = (Fraction(1), Fraction(5, 7), Fraction(1, 2))
_GRAIN: Final = 2 * STEP
"""Edges of smaller pictures are multiples of it, so that each lattice point has as many pixels around it."""


@dataclass(frozen=True, slots=True)
class Level:
    """What is left of full quality.

    Attributes:
        coarse: the lattice has half the points across; size: of a picture's edge, 0..1.
    """

    coarse: bool = False
    size: Fraction = _SIZES[0]

    def lattice(self, width: int, height: int) -> Lattice:
        """The lattice for pictures of a size at full quality."""
        step = STEP * (_COARSER if self.coarse else 1)
        if self.size == 1:
            return Lattice(width, height, step=step)
        return Lattice(_shrunk(width, self.size), _shrunk(height, self.size), step=step, full=(width, height))


def level_of(taken: Sequence[str]) -> Level:
    """The level of a request's steps; those of others are left alone."""
    size = 2 if SOFTER.id in taken else 1 if SOFT.id in taken else 0
    return Level(COARSE.id in taken, _SIZES[size])


def _shrunk(edge: int, size: Fraction) -> int:
    return min(max(round(edge * size / _GRAIN) * _GRAIN, SMALLEST), edge)
