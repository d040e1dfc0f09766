"""The choice of depth, frame by frame: what the source knows, else an estimate."""

from dataclasses import replace

from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, InputFrame
from engine.preprocess.base import DepthEstimator, close_estimator
from engine.preprocess.compiled.estimator import cue_estimator, flow_choice, flow_enlarger, motion_tracker
from engine.preprocess.looker import Looker
from engine.preprocess.passthrough import TrueDepthEstimator


class AutoEstimator:
    """The source's own depth where a frame carries it, an estimate where not.

    Args:
        estimate: makes the estimate; the built-in image cues by default, compiled where they can be.
        edge: of the maps of true depth, as for CueEstimator; make it that of the estimate's. None: twice the working
            size.
        looker: what measures motion, shared with who owns this.
    """

    def __init__(
        self, estimate: DepthEstimator | None = None, edge: int | None = None, looker: Looker | None = None
    ) -> None:
        self._truth = TrueDepthEstimator(
            edge, looker=looker or Looker(motion_tracker()), enlarge=flow_enlarger(), flow_choice=flow_choice()
        )
        self._estimate: DepthEstimator = cue_estimator(edge, looker) if estimate is None else estimate
        self._active: DepthEstimator = self._estimate

    @property
    def name(self) -> str:
        """The name of what made the newest map."""
        return self._active.name

    def reset(self) -> None:
        self._truth.reset()
        self._estimate.reset()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        chosen: DepthEstimator = self._estimate if frame.true_depth is None else self._truth
        if chosen is not self._active:
            # What it remembers is from before the other took over.
            chosen.reset()
            self._active = chosen
        return chosen.push(frame, now_ns)

    def flush(self) -> ControlMap | None:
        return self._active.flush()

    def close(self) -> None:
        close_estimator(self._estimate)

    def backends(self) -> tuple[BackendChoice, ...]:
        choice, *others = self._active.backends()
        if self._active is self._truth:
            rejected = ((self._estimate.name, "an estimate is not needed"),)
        else:
            rejected = ((self._truth.name, "the source knows no depth"),)
        return (replace(choice, rejected=(*choice.rejected, *rejected)), *others)
