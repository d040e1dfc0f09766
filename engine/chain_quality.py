"""The steps of quality before the generator: how often the stage draws, and how often depth is estimated."""

from typing import Final

from engine.messages.quality import QualityStep
from engine.preprocess.supply import ControlMaps
from engine.sources.manager import SourceManager

DEPTH_RATE: Final = QualityStep(id="depth.rate", label="depth follows every second frame", saving=0.04, indirect=True)
STAGE_RATE: Final = QualityStep(id="stage.rate", label="the dancer moves at half the rate", saving=0.06, indirect=True)
"""Half of what each takes of a frame's CPU time, 1 to 2 ms beside the generator's 8; felt where no core is free."""

_EVERY: Final = 2


class ChainSteps:
    """Turns source and depth worker down; see ChainQuality. Called on the engine thread."""

    def __init__(self, source: SourceManager, depth: ControlMaps) -> None:
        self._source = source
        self._depth = depth
        self._taken: frozenset[str] = frozenset()

    def steps(self) -> tuple[QualityStep, ...]:
        return (DEPTH_RATE, STAGE_RATE) if self._source.thinnable else (DEPTH_RATE,)

    def take(self, steps: tuple[str, ...]) -> None:
        own = frozenset(steps) & {DEPTH_RATE.id, STAGE_RATE.id}
        if own == self._taken:
            return
        self._taken = own
        self._depth.take_every(_EVERY if DEPTH_RATE.id in own else 1)
        self._source.deliver_every(_EVERY if STAGE_RATE.id in own else 1)
