"""Drawing for several sinks, and what is let go where it takes too long."""

from collections.abc import Callable

import numpy as np
import pytest

from engine.clock import NS_PER_MS
from engine.messages.placement import Upscale
from engine.output.drawings import SIMPLIFIED, SLOW_FRAMES, Drawings
from engine.output.meters import SlidingWindow
from engine.output.programme import Programme
from engine.output.settings import VideoFormat, WireFormat, WireImage


class SlowClock:
    """Each look at it takes its time."""

    def __init__(self, step_ns: int) -> None:
        self.step_ns = step_ns
        self._now_ns = 0

    def now_ns(self) -> int:
        self._now_ns += self.step_ns
        return self._now_ns


def free(_image: WireImage) -> bool:
    return False


@pytest.fixture
def show() -> Callable[[Drawings, int], None]:
    programme = Programme()
    random = np.random.default_rng(1)

    def play(drawings: Drawings, frames: int) -> None:
        for _ in range(frames):
            programme.put(random.integers(0, 256, (448, 448, 4), np.uint8))
            drawings.draw([WireFormat.UYVY], programme, SlidingWindow(10))

    return play


def test_clean_edges_are_let_go_where_they_endanger_deadlines(show: Callable[[Drawings, int], None]) -> None:
    drawings = Drawings(VideoFormat(width=480, height=480, upscale=Upscale.EDGES), SlowClock(20 * NS_PER_MS), free)
    show(drawings, SLOW_FRAMES - 1)
    assert drawings.remark == ""
    show(drawings, 1)
    assert drawings.remark == SIMPLIFIED
    drawings.start_format(VideoFormat(width=464, height=464, upscale=Upscale.EDGES))  # asked for anew: tried anew
    assert drawings.remark == ""


@pytest.mark.parametrize(("upscale", "step_ms"), [(Upscale.SMOOTH, 20), (Upscale.EDGES, 5)])
def test_nothing_is_let_go_otherwise(show: Callable[[Drawings, int], None], upscale: Upscale, step_ms: int) -> None:
    drawings = Drawings(VideoFormat(width=480, height=480, upscale=upscale), SlowClock(step_ms * NS_PER_MS), free)
    show(drawings, SLOW_FRAMES + 5)
    assert drawings.remark == ""
