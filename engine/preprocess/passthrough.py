"""Depth that the source knows itself, and the choice between it and an estimate."""

import cv2
import numpy as np

from engine.errors import EngineError
from engine.events import BackendChoice
from engine.frame import ControlMap, InputFrame
from engine.preprocess.base import DepthEstimator
from engine.preprocess.cues import MAP_EDGE, CueEstimator
from engine.preprocess.motion import MotionTracker, enlarged, work_luma


class TrueDepthEstimator:
    """Hands over the source's own depth, with the motion measured in the picture.

    Args:
        edge: height and width of the maps.
    """

    def __init__(self, edge: int = MAP_EDGE) -> None:
        self._edge = edge
        self._tracker = MotionTracker()

    @property
    def name(self) -> str:
        return "true depth"

    def reset(self) -> None:
        self._tracker.reset()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        """See DepthEstimator.

        Raises:
            EngineError: the frame carries no depth.
        """
        if frame.true_depth is None:
            raise EngineError("The source knows no depth of its own", remedy="Choose the depth estimator auto.")
        # A renderer's empty pixels may be infinitely far or undefined; both are far here.
        depth = np.nan_to_num(frame.true_depth, nan=0.0, posinf=1.0, neginf=0.0)
        if depth.shape != (self._edge, self._edge):
            shrinks = depth.shape[0] > self._edge
            way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            depth = np.asarray(cv2.resize(depth, (self._edge, self._edge), interpolation=way), dtype=np.float32)
        motion = self._tracker.track(work_luma(frame.image), frame.frame_id, frame.capture_ns)
        return ControlMap(
            frame.frame_id, frame.capture_ns, now_ns, np.clip(depth, 0.0, 1.0), enlarged(motion.flow, self._edge)
        )

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        return (
            BackendChoice(
                component="depth",
                chosen="true depth from the source",
                reason="the source knows its depth",
                shapes=f"[{self._edge}, {self._edge}]",
            ),
        )


class AutoEstimator:
    """The source's own depth where a frame carries it, an estimate where not.

    Args:
        estimate: makes the estimate; the built-in image cues by default.
        edge: height and width of the maps of true depth; make it that of the estimate's.
    """

    def __init__(self, estimate: DepthEstimator | None = None, edge: int = MAP_EDGE) -> None:
        self._truth = TrueDepthEstimator(edge)
        self._estimate: DepthEstimator = CueEstimator(edge) if estimate is None else estimate
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

    def backends(self) -> tuple[BackendChoice, ...]:
        choice, *others = self._active.backends()
        if self._active is self._truth:
            rejected = ((self._estimate.name, "an estimate is not needed"),)
        else:
            rejected = ((self._truth.name, "the source knows no depth"),)
        return (
            BackendChoice(
                component=choice.component,
                chosen=choice.chosen,
                reason=choice.reason,
                shapes=choice.shapes,
                rejected=(*choice.rejected, *rejected),
            ),
            *others,
        )
