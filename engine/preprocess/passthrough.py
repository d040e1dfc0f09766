"""Depth that the source knows itself."""

import cv2
import numpy as np

from engine.errors import EngineError
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, InputFrame
from engine.preprocess.base import DEPTH
from engine.preprocess.image_cues import MAP_EDGE
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
            raise EngineError("The source knows no depth of its own", remedy="Let the depth be chosen automatically.")
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
                component=DEPTH,
                chosen="true depth from the source",
                reason="the source knows its depth",
                shapes=f"[{self._edge}, {self._edge}]",
            ),
        )
