"""The built-in stage: a dancer, a pearl, a cube and a ring on a lit floor, with true depth."""

from engine.sources.stage.render import StageRenderer
from engine.sources.stage.source import StageSource

__all__ = ["StageRenderer", "StageSource"]
