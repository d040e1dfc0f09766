"""Estimators that are no help: one sleeps a second over each frame, one never gives a map. For measuring alone."""

import threading

from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, InputFrame
from engine.preprocess.base import DEPTH, DepthEstimator
from engine.preprocess.image_cues import MAP_EDGE, CueEstimator
from engine.preprocess.maps.format import EXTERNAL_FORMAT
from engine.preprocess.registry import DepthEntry


class Sleeper:
    """Image cues, a second late."""

    name = "sleeper"

    def __init__(self) -> None:
        self._cues = CueEstimator()
        self._never = threading.Event()

    def reset(self) -> None:
        self._cues.reset()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        self._never.wait(1.0)
        return self._cues.push(frame, now_ns)

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._cues.backends()


class Nothing:
    """No map at all."""

    name = "nothing"

    def reset(self) -> None:
        """Remembers nothing."""

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        del frame, now_ns
        return None

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        return (BackendChoice(component=DEPTH, chosen=self.name, reason="for measuring"),)


def _sleeper() -> DepthEstimator:
    return Sleeper()


def _nothing() -> DepthEstimator:
    return Nothing()


SLEEPER = DepthEntry(id="sleeper", label="Sleeper", edge=MAP_EDGE, build=_sleeper, format=EXTERNAL_FORMAT)
NOTHING = DepthEntry(id="nothing", label="Nothing", edge=MAP_EDGE, build=_nothing, format=EXTERNAL_FORMAT)
