"""Maps that are drawn from the picture: what all of them share is the motion beside the map, and the cuts."""

from dataclasses import replace
from typing import Protocol

from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame
from engine.preprocess.base import DEPTH
from engine.preprocess.compiled.estimator import flow_choice, flow_enlarger, motion_tracker
from engine.preprocess.looker import Looked, Looker, shrunk_in_grey
from engine.preprocess.maps.format import MapFormat
from engine.preprocess.motion import enlarged


class Drawing(Protocol):
    """Draws maps of consecutive pictures."""

    @property
    def format(self) -> MapFormat:
        """What the grey of its maps means."""
        ...

    def forget(self) -> None:
        """Forget the scene: the next picture is of another."""
        ...

    def draw(self, picture: Looked) -> DepthImage:
        """Return a new map, float32 [h, w] in 0..1, of the picture's size or less."""
        ...


class DrawnEstimator:
    """A DepthEstimator whose maps a drawing makes. A blank frame keeps the last map.

    Args:
        drawing: belongs to it from now on.
        looker: what measures motion, shared with who owns this; None: one of its own.
    """

    def __init__(self, drawing: Drawing, looker: Looker | None = None) -> None:
        self._drawing = drawing
        self._looker = looker or Looker(motion_tracker(), shrunk_in_grey)
        self._enlarge = flow_enlarger()
        self._flow_choice = flow_choice()
        self._map: DepthImage | None = None

    @property
    def name(self) -> str:
        return self._drawing.format.name.lower()

    def reset(self) -> None:
        self._looker.reset()
        self._drawing.forget()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        looked = self._looker.look(frame)
        motion = looked.motion
        if motion.cut:
            self._drawing.forget()
        if self._map is None or motion.cut or not motion.blank:
            self._map = self._drawing.draw(looked)
        shape = (self._map.shape[0], self._map.shape[1])
        doubled = shape == looked.fine.shape
        flow = self._enlarge(motion.flow, shape) if doubled else enlarged(motion.flow, shape)
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, self._map, flow)

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        shapes = str(list(self._map.shape)) if self._map is not None else ""
        choice = BackendChoice(component=DEPTH, chosen=self.name, reason=str(self._drawing.format))
        return (replace(choice, shapes=shapes), self._flow_choice)
