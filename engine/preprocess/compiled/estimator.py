"""The built-in depth estimator on compiled loops, where they can be had."""

from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.jit import NotCompiledError
from engine.messages.events import BackendChoice
from engine.messages.frame import DepthImage, FlowField
from engine.preprocess.base import DEPTH, FLOW
from engine.preprocess.compiled import cue_loops as places
from engine.preprocess.compiled.cue_loops import enlarge_flow, read_cues
from engine.preprocess.compiled.library import LIBRARY
from engine.preprocess.compiled.motion_loops import explain_motion
from engine.preprocess.filters import blend_weight
from engine.preprocess.image_cues import (
    COLOUR_TOLERANCE,
    EDGE_VARIANCE,
    GROUND_NS,
    HIGHEST,
    LEAST_SPAN,
    LOWEST,
    MOTION_MEMORY_NS,
    PLAIN_CHOICE,
    RANGE_NS,
    SETTLE_NS,
    SLOWEST_MOTION,
    CueEstimator,
    CueWeights,
    Sight,
    border_patches,
    place_prior,
    standing_prior,
)
from engine.preprocess.looker import Looker
from engine.preprocess.motion import (
    MAX_FLOW,
    NOISE_LEVEL,
    PLAIN_FLOW,
    Enlarge,
    Explained,
    Motion,
    MotionTracker,
    enlarged,
)

_LINES: Final = 9


class CompiledExplain:
    """What `explained` in motion does, compiled. Owns scratch, so one thread uses it."""

    def __init__(self) -> None:
        self._planes = np.zeros((6, 0, 0), np.float32)
        self._lines = np.zeros((_LINES, 0), np.float32)
        self._padded = np.zeros(0, np.float32)
        self._told = np.zeros(2)

    def __call__(
        self, luma: npt.NDArray[np.uint8], past: npt.NDArray[np.uint8], raw: npt.NDArray[np.float32], steps: int
    ) -> Explained:
        height, width = luma.shape
        if self._planes.shape[1:] != luma.shape:
            self._planes = np.zeros((6, height, width), np.float32)
            self._lines = scratch_lines(width)
            self._padded = np.zeros((height + 1) * (width + 1), np.float32)
        flow, origin = np.empty((height, 2 * width), np.float32), np.empty((height, 2 * width), np.float32)
        novelty = np.empty((height, width), np.float32)
        explain_motion(
            luma, past, flow, origin, novelty, self._planes, self._lines, self._padded, _in_rows(raw), self._told,
            NOISE_LEVEL, MAX_FLOW, -1.0 / (width * steps), -1.0 / (height * steps),
        )  # fmt: skip
        shape = (height, width, 2)
        return Explained(
            origin.reshape(shape), flow.reshape(shape), novelty, float(self._told[0]), float(self._told[1])
        )


class CompiledReading:
    """The cues, compiled; see Reading and PlainReading."""

    def __init__(self, height: int, width: int, weights: CueWeights) -> None:
        self._height, self._width = height, width
        self._place = np.concatenate((place_prior(height, width, weights), standing_prior(height, width)))
        self._known = np.zeros((2, height, width), np.float32)
        self._padded = np.zeros((2, (height + 1) * (width + 1)), np.float32)
        patches = border_patches(height, width)
        self._patches = np.array([(rows.start, rows.stop, columns.start, columns.stop) for rows, columns in patches])
        self._ground = np.zeros((len(patches), 9))
        self._memory = np.zeros(places.MEMORIES)
        self._counts = np.zeros(places.COUNTS)
        self._constants = np.zeros(places.CONSTANTS + 9)
        for place, value in (
            (places.MOTION, weights.motion),
            (places.FIGURE, weights.figure),
            (places.FOCUS, weights.focus),
            (places.VIVID, weights.vivid),
            (places.SLOWEST, SLOWEST_MOTION),
            (places.TOLERANCE, COLOUR_TOLERANCE),
            (places.LOWEST, LOWEST),
            (places.HIGHEST, HIGHEST),
            (places.LEAST_SPAN, LEAST_SPAN),
            (places.EPS, EDGE_VARIANCE),
        ):
            self._constants[place] = value
        self._planes = np.zeros((8, height, width), np.float32)
        self._lines = scratch_lines(width)
        self._values = np.zeros((height // 2 + 1) * (width // 2 + 1), np.float32)
        self.forget()

    def forget(self) -> None:
        self._fresh = True
        # Whatever then counts in full is added to nothing, and so exact.
        self._known[:] = 0.0
        self._ground[:] = 0.0
        self._memory[:] = 0.0
        self._memory[places.PACE] = SLOWEST_MOTION

    def read(self, sight: Sight, motion: Motion) -> DepthImage:
        counts = self._counts
        counts[places.GROUND_WEIGHT] = 1.0 if self._fresh else motion.weight(GROUND_NS)
        counts[places.ENDS_WEIGHT] = 1.0 if self._fresh else motion.weight(RANGE_NS)
        counts[places.RANGE_WEIGHT] = motion.weight(RANGE_NS)
        counts[places.MOVED_WEIGHT] = 1.0 - blend_weight(motion.elapsed_ns, MOTION_MEMORY_NS)
        counts[places.SETTLE_WEIGHT] = 1.0 if motion.cut else blend_weight(motion.elapsed_ns, SETTLE_NS)
        self._fresh = False
        lab = np.asarray(cv2.cvtColor(sight.small, cv2.COLOR_RGB2LAB), dtype=np.uint8)
        depth = np.empty((2 * self._height, 2 * self._width), np.float32)
        read_cues(
            _in_rows(lab), sight.luma, sight.fine, _in_rows(motion.flow), _in_rows(motion.origin), motion.novelty,
            self._place, self._known, self._padded, self._ground, self._patches, self._memory, counts,
            self._constants, self._planes, self._lines, self._values, depth,
        )  # fmt: skip
        return depth


class CompiledEnlarge:
    """What `enlarged` in motion does, compiled for twice the size. Owns scratch, so one thread uses it."""

    def __init__(self) -> None:
        self._lines = np.zeros((_LINES, 0), np.float32)

    def __call__(self, flow: FlowField, shape: tuple[int, int]) -> FlowField:
        height, width, _ = flow.shape
        if shape != (2 * height, 2 * width):
            return enlarged(flow, shape)
        if self._lines.shape[1] < 2 * width + 64:
            self._lines = scratch_lines(width)
        larger = np.empty((2 * height, 4 * width), np.float32)
        enlarge_flow(_in_rows(flow), self._lines, larger)
        return larger.reshape(2 * height, 2 * width, 2)


def _in_rows(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """[h, w, n] as [h, n w]."""
    return image.reshape(len(image), -1)


def scratch_lines(width: int) -> npt.NDArray[np.float32]:
    """What the loops over pictures of that width need."""
    return np.zeros((_LINES, 2 * width + 64), np.float32)


COMPILED_CHOICE: Final = BackendChoice(
    component=DEPTH,
    chosen="image cues, compiled loops on one core, flow by OpenCV",
    reason="compiled for this processor",
)


COMPILED_FLOW: Final = BackendChoice(
    component=FLOW, chosen="OpenCV, then compiled loops on one core", reason="compiled for this processor"
)


def compiled_estimator(edge: int | None = None, looker: Looker | None = None) -> CueEstimator:
    """One on compiled loops, which must be loaded."""
    return CueEstimator(
        edge,
        looker=looker or Looker(MotionTracker(CompiledExplain())),
        enlarge=CompiledEnlarge(),
        make_reading=CompiledReading,
        choice=COMPILED_CHOICE,
    )


def missing_loops() -> str:
    """Why the loops cannot be called, or ""."""
    try:
        LIBRARY.load()
    except NotCompiledError as error:
        return str(error)
    return ""


def motion_tracker() -> MotionTracker:
    """One on compiled loops, or where there are none, on OpenCV and numpy."""
    return MotionTracker() if missing_loops() else MotionTracker(CompiledExplain())


def flow_enlarger() -> Enlarge:
    """One on compiled loops, or where there are none, on OpenCV."""
    return enlarged if missing_loops() else CompiledEnlarge()


def flow_choice() -> BackendChoice:
    """How those two compute, and why."""
    reason = missing_loops()
    return replace(PLAIN_FLOW, rejected=((COMPILED_FLOW.chosen, reason),)) if reason else COMPILED_FLOW


def cue_estimator(edge: int | None = None, looker: Looker | None = None) -> CueEstimator:
    """One on compiled loops, or where there are none, on OpenCV and numpy; backends() tells which and why."""
    reason = missing_loops()
    if reason:
        choice = replace(PLAIN_CHOICE, rejected=((COMPILED_CHOICE.chosen, reason),))
        return CueEstimator(edge, looker=looker, choice=choice)
    return compiled_estimator(edge, looker)
