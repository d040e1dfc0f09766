"""The interface of a depth estimator, streaming: reset / push / flush."""

from typing import Final, Protocol, runtime_checkable

from engine.messages.events import BackendChoice, Component
from engine.messages.frame import ControlMap, InputFrame

DEPTH: Final = Component("depth")
FLOW: Final = Component("flow")


class DepthEstimator(Protocol):
    """Turns a stream of frames into control maps. One thread owns it."""

    @property
    def name(self) -> str:
        """A short name for the screen, e.g. "image cues"."""
        ...

    def reset(self) -> None:
        """Forget the stream: the next frame belongs to another source."""
        ...

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        """Take the next frame; the map that became ready, if any.

        Frames may be missing in between (the worker takes the newest); frame_id tells how many.
        """
        ...

    def flush(self) -> ControlMap | None:
        """What is still inside a model with lookahead, else None."""
        ...

    def backends(self) -> tuple[BackendChoice, ...]:
        """How it computes."""
        ...


@runtime_checkable
class Closable(Protocol):
    """An estimator that keeps something running beside its thread."""

    def close(self) -> None:
        """End it. Called on the estimator's thread, when the worker ends; push may begin it anew."""
        ...


def close_estimator(estimator: DepthEstimator) -> None:
    """Close an estimator that keeps something running; others have nothing to close."""
    if isinstance(estimator, Closable):
        estimator.close()
