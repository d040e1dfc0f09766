"""The stage's loop as a library."""

from typing import Final

import numpy as np

from engine.jit import Library
from engine.sources.stage.compiled.picture import paint_stage


def check() -> None:
    """Hold it against the layered painter at a few instants.

    Raises:
        AssertionError: it paints something else.
    """
    from engine.sources.stage.compiled.painter import CompiledPainter
    from engine.sources.stage.layered import LayeredPainter
    from engine.sources.stage.scene import instant_at

    layered, compiled = LayeredPainter(), CompiledPainter()
    for seconds in (0.0, 11.1, 33.3):
        instant = instant_at(seconds, 0)
        picture, depth = layered.paint(instant)
        other, other_depth = compiled.paint(instant)
        assert np.abs(picture.astype(np.int16) - other).mean() < MEAN_LEVELS, "the stage's picture"
        assert np.abs(depth - other_depth).mean() < MEAN_DEPTH, "the stage's depth"


MEAN_LEVELS: Final = 0.6
"""How far the loop's picture may lie from the layers', mean of a picture, in levels of 255: outlines and shadows are
smoothed in another way."""

MEAN_DEPTH: Final = 5e-4
"""The same for depth in 0..1: at outlines, where one sees the solid and the other what is behind."""

LIBRARY: Final = Library("stage", __name__, [paint_stage], check)
