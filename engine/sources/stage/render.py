"""One instant of the stage as a picture with its true depth."""

from engine.frame import DepthImage, RgbImage
from engine.sources.stage.layered import LayeredPainter
from engine.sources.stage.scene import Painter, instant_at
from engine.sources.stage.view import SQUARE, Lens


class StageRenderer:
    """Renders the stage. Deterministic in (seconds, seed, lens, painter); owns scratch buffers, so one thread uses it."""

    def __init__(self, seed: int = 0, *, lens: Lens = SQUARE, painter: Painter | None = None) -> None:
        self._seed = seed
        self._lens = lens
        self._painter = painter or LayeredPainter(lens)

    def render(self, seconds: float) -> tuple[RgbImage, DepthImage]:
        """A new RgbImage and a new DepthImage of half its size at a time in seconds (>= 0)."""
        return self._painter.paint(instant_at(seconds, self._seed, self._lens))
