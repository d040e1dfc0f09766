"""Depth that the source knows itself."""

import cv2
import numpy as np

from engine.errors import EngineError
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, InputFrame
from engine.preprocess.base import DEPTH
from engine.preprocess.image_cues import map_shape
from engine.preprocess.looker import Looker
from engine.preprocess.motion import PLAIN_FLOW, Enlarge, MotionTracker, enlarged


class TrueDepthEstimator:
    """Hands over the source's own depth, with the motion measured in the picture.

    Args:
        edge: as for CueEstimator.
        looker, enlarge: what measures motion, and brings flow to the size of the maps; by default with OpenCV and
            numpy.
        flow_choice: what is told about how those compute.
    """

    def __init__(
        self,
        edge: int | None = None,
        *,
        looker: Looker | None = None,
        enlarge: Enlarge = enlarged,
        flow_choice: BackendChoice = PLAIN_FLOW,
    ) -> None:
        self._edge = edge
        self._looker = looker or Looker(MotionTracker())
        self._enlarge = enlarge
        self._flow_choice = flow_choice
        self._shape = (0, 0)

    @property
    def name(self) -> str:
        return "true depth"

    def reset(self) -> None:
        self._looker.reset()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        """See DepthEstimator.

        Raises:
            EngineError: the frame carries no depth.
        """
        if frame.true_depth is None:
            raise EngineError("The source knows no depth of its own", remedy="Let the depth be chosen automatically.")
        # A renderer's empty pixels may be infinitely far or undefined; both are far here. Not maximum: it keeps NaN.
        depth = np.fmin(np.fmax(frame.true_depth, np.float32(0.0)), np.float32(1.0))
        looked = self._looker.look(frame)
        shape = self._shape = map_shape(looked.luma.shape, self._edge)
        if depth.shape != shape:
            shrinks = depth.shape[0] > shape[0]
            way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            depth = np.asarray(cv2.resize(depth, shape[::-1], interpolation=way), dtype=np.float32)
        flow = self._enlarge(looked.motion.flow, shape)
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, depth, flow)

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        return (
            BackendChoice(
                component=DEPTH,
                chosen="true depth from the source",
                reason="the source knows its depth",
                shapes=str(list(self._shape)),
            ),
            self._flow_choice,
        )
