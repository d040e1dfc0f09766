"""One instant of the stage as a picture with its true depth."""

from dataclasses import replace
from typing import Final

from engine.jit import NotCompiledError
from engine.messages.events import BackendChoice, Component
from engine.messages.frame import DepthImage, RgbImage, Skeletons
from engine.sources.stage.compiled.painter import CompiledPainter
from engine.sources.stage.decor import Decor, decor_of
from engine.sources.stage.layered import LayeredPainter
from engine.sources.stage.pose import skeletons_at
from engine.sources.stage.scene import Painter, instant_at, lens_of
from engine.sources.stage.view import SQUARE, Lens
from engine.sources.stage_sets import StageSet

STAGE: Final = Component("stage")
COMPILED: Final = BackendChoice(
    component=STAGE, chosen="one compiled loop on one core", reason="compiled for this processor"
)
LAYERED: Final = BackendChoice(
    component=STAGE, chosen="layer by layer, OpenCV and numpy", reason="nothing is compiled for this processor"
)


def best_painter(lens: Lens, decor: Decor) -> tuple[Painter, BackendChoice]:
    """The compiled painter where there is one, else the layered; and why."""
    shapes = f"[{lens.height}, {lens.width}, 3]"
    try:
        return CompiledPainter(lens, decor), replace(COMPILED, shapes=shapes)
    except NotCompiledError as error:
        rejected = ((COMPILED.chosen, str(error)),)
        return LayeredPainter(lens, decor), replace(LAYERED, shapes=shapes, rejected=rejected)


class StageRenderer:
    """Renders a set. Deterministic in (seconds, seed, lens, set, painter); owns scratch buffers, so one thread uses it.

    Args:
        chosen: the set.
        painter: who paints, through the set's lens; the best one there is by default.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        lens: Lens = SQUARE,
        chosen: StageSet = StageSet.STAGE,
        painter: Painter | None = None,
    ) -> None:
        self._seed = seed
        self._chosen = chosen
        self._lens = lens = lens_of(chosen, lens)
        self._backends: tuple[BackendChoice, ...] = ()
        if painter is None:
            painter, choice = best_painter(lens, decor_of(chosen, lens))
            self._backends = (choice,)
        self._painter = painter

    def render(self, seconds: float) -> tuple[RgbImage, DepthImage]:
        """A new RgbImage and a new DepthImage of half its size at a time in seconds (>= 0)."""
        return self._painter.paint(instant_at(seconds, self._seed, self._lens, self._chosen))

    def skeletons(self, seconds: float) -> Skeletons:
        """Return the dancers in the picture at a time in seconds (>= 0); [0, 18, 3] on a set without any.

        Any thread may call it: it paints nothing.
        """
        return skeletons_at(seconds, self._seed, self._lens, self._chosen)

    def backends(self) -> tuple[BackendChoice, ...]:
        """How it computes; empty where the painter was given."""
        return self._backends
