"""Depth with the picture's edges drawn over it."""

from dataclasses import replace

import cv2
import numpy as np

from engine.messages.control_map import MapSettings
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame
from engine.preprocess.auto import AutoEstimator
from engine.preprocess.compiled.estimator import motion_tracker
from engine.preprocess.looker import Looker
from engine.preprocess.maps.drawn import DrawnEstimator
from engine.preprocess.maps.edges import SoftEdgeDrawing
from engine.preprocess.maps.format import COMPOSITE_FORMAT


def soft_maximum(first: DepthImage, second: DepthImage, sharpness: float) -> DepthImage:
    """Return the Boltzmann operator of two maps [h, w]: their mean at 0, towards the greater as sharpness grows.

    Never outside the two, so a map in 0..1 it stays.
    """
    difference = first - second
    share = cv2.exp(np.clip(difference * np.float32(-sharpness), -60.0, 60.0))
    return np.asarray(second + difference / (np.float32(1.0) + share), dtype=np.float32)


class CompositeEstimator:
    """The soft maximum of depth, the source's own or from image cues, and of soft edges."""

    def __init__(self) -> None:
        looker = Looker(motion_tracker())
        self._depth = AutoEstimator(looker=looker)
        self._edges = DrawnEstimator(SoftEdgeDrawing(), looker)
        self._sharpness = MapSettings().sharpness

    @property
    def name(self) -> str:
        return COMPOSITE_FORMAT.name.lower()

    def adjust(self, settings: MapSettings) -> None:
        self._sharpness = settings.sharpness

    def reset(self) -> None:
        self._depth.reset()
        self._edges.reset()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        edges, depth = self._edges.push(frame, now_ns), self._depth.push(frame, now_ns)
        if edges is None or depth is None:
            return depth
        drawn = edges.depth
        if drawn.shape != depth.depth.shape:
            height, width = depth.depth.shape
            drawn = np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_AREA), dtype=np.float32)
        return replace(depth, depth=soft_maximum(depth.depth, drawn, self._sharpness))

    def flush(self) -> ControlMap | None:
        return self._depth.flush()

    def backends(self) -> tuple[BackendChoice, ...]:
        depth, *others = self._depth.backends()
        return (replace(depth, chosen=f"{depth.chosen}, with edges", reason=str(COMPOSITE_FORMAT)), *others)
