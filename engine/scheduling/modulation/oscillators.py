"""The oscillators of a set, worked out together: their positions at once, then each shape over those that have it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.messages.modulation import MOST_POINTS, Lfo, LfoShape
from engine.scheduling.modulation.shapes import Columns, Floats, Words, drawn, drawn_levels, smooth

ORDER: Final = (
    LfoShape.SINE,
    LfoShape.TRIANGLE,
    LfoShape.SAW,
    LfoShape.SQUARE,
    LfoShape.DRAWN,
    LfoShape.HOLD,
    LfoShape.SMOOTH,
)
"""The random ones side by side: their levels are drawn in one go."""


@dataclass(frozen=True, slots=True)
class Oscillators:
    """Oscillators in the order of their shapes.

    Attributes:
        places: which of the sources each is.
    """

    places: tuple[int, ...]
    _hertz: Floats = field(repr=False)
    _per_beat: Floats = field(repr=False)
    _phase: Floats = field(repr=False)
    _parts: tuple[tuple[LfoShape, slice], ...] = field(repr=False)
    _random: slice = field(repr=False)
    _smooth: slice = field(repr=False)
    _seeds: Words = field(repr=False)
    _points: Floats = field(repr=False)
    _counts: Columns = field(repr=False)

    @staticmethod
    def of(lfos: Sequence[tuple[int, Lfo]], seeds: Sequence[int]) -> "Oscillators":
        """Compile.

        Args:
            lfos: with the place of each among the sources; seeds: by that place.
        """
        chosen = sorted(lfos, key=lambda one: ORDER.index(one[1].shape))
        shapes = [one.shape for _, one in chosen]
        parts, begin = [], 0
        for shape in ORDER:
            count = shapes.count(shape)
            if count:
                parts.append((shape, slice(begin, begin + count)))
            begin += count
        smooth_count = shapes.count(LfoShape.SMOOTH)
        random = slice(len(chosen) - shapes.count(LfoShape.HOLD) - smooth_count, len(chosen))
        drawn_ones = [one for _, one in chosen if one.shape is LfoShape.DRAWN]
        points = np.zeros((len(drawn_ones), MOST_POINTS))
        for row, one in enumerate(drawn_ones):
            points[row, : len(one.points)] = one.points
        random_seeds = [seeds[place] for place, _ in chosen[random]]
        return Oscillators(
            tuple(place for place, _ in chosen),
            np.array([one.hertz or 0.0 for _, one in chosen]),
            np.array([1.0 / one.beats if one.hertz is None else 0.0 for _, one in chosen]),
            np.array([one.phase for _, one in chosen]),
            tuple(parts),
            random,
            slice(len(chosen) - smooth_count, len(chosen)),
            np.array([*random_seeds, *random_seeds[len(random_seeds) - smooth_count :]], np.uint64),
            points,
            np.array([max(len(one.points), 1) for one in drawn_ones], np.int64),
        )

    def levels(self, seconds: Floats, beats: Floats) -> Floats:
        """Levels 0..1 at instants, float64 [frames, n].

        Args:
            seconds, beats: float64 [frames, 1].
        """
        position = seconds * self._hertz + beats * self._per_beat + self._phase
        whole = np.floor(position)
        share = position - whole
        levels = np.empty_like(share)
        for shape, part in self._parts:
            self._draw(shape, share[:, part], levels[:, part])
        if self._seeds.size:
            self._draw_random(whole, share, levels)
        return levels

    def _draw(self, shape: LfoShape, share: Floats, levels: npt.NDArray[np.float64]) -> None:
        match shape:
            case LfoShape.SINE:
                np.cos(2.0 * np.pi * share, out=levels)
                levels *= -0.5
                levels += 0.5
            case LfoShape.TRIANGLE:
                levels[:] = 1.0 - np.abs(2.0 * share - 1.0)
            case LfoShape.SAW:
                levels[:] = share
            case LfoShape.SQUARE:
                np.greater_equal(share, 0.5, out=levels)
            case LfoShape.DRAWN:
                levels[:] = drawn(share, self._points, self._counts)
            case LfoShape.HOLD | LfoShape.SMOOTH:
                pass  # together, by their seeds

    def _draw_random(self, whole: Floats, share: Floats, levels: npt.NDArray[np.float64]) -> None:
        """Hold, or go smoothly to, what is drawn for each round."""
        rounds = np.concatenate((whole[:, self._random], whole[:, self._smooth] + 1.0), axis=1)
        found = drawn_levels(self._seeds, rounds)
        count = self._random.stop - self._random.start
        levels[:, self._random] = found[:, :count]
        there = found[:, count:]
        if there.size:
            part = levels[:, self._smooth]
            part += (there - part) * smooth(share[:, self._smooth])
