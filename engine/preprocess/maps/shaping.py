"""Contrast, clip, inversion and smoothing of maps, whoever makes them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol, runtime_checkable

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND
from engine.errors import DepthError
from engine.messages.control_map import MapSettings
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, FlowField, InputFrame, RgbImage
from engine.preprocess.base import DepthEstimator, close_estimator
from engine.preprocess.filters import blend_weight
from engine.preprocess.motion import CUT_CORRELATION

GREY: Final = 1.0 / 255.0
"""One level: the narrowest range that is stretched."""

_THUMB: Final = 28
"""Edge of the picture by which cuts are noticed: motion of a frame moves it by less than two pixels."""


@runtime_checkable
class Adjustable(Protocol):
    """An estimator that settings reach."""

    def adjust(self, settings: MapSettings) -> None:
        """Take the settings of the maps that follow. Called on the estimator's thread, before each push."""
        ...


def shaped(depth: DepthImage, settings: MapSettings) -> DepthImage:
    """Return the map [h, w] with its clip, contrast and inversion; itself where they change nothing."""
    found = depth
    if settings.near != 1.0 or settings.far != 0.0:
        span = max(settings.near - settings.far, GREY)
        found = np.clip((found - np.float32(settings.far)) / np.float32(span), 0.0, 1.0)
    if settings.contrast != 1.0:
        found = np.asarray(cv2.pow(found, settings.contrast), dtype=np.float32)
    if settings.invert:
        found = np.float32(1.0) - found
    return np.asarray(found, dtype=np.float32)


class _Smoother:
    """Exponential smoothing along the motion. A cut, or a map of another size, begins anew."""

    def __init__(self) -> None:
        self._last: ControlMap | None = None
        self._thumb: npt.NDArray[np.float32] | None = None

    def forget(self) -> None:
        self._last = self._thumb = None

    def smooth(self, control: ControlMap, image: RgbImage, seconds: float) -> ControlMap:
        before, thumb = self._last, _thumb(image)
        seen, self._thumb = self._thumb, thumb
        found = control
        if before is not None and seen is not None and before.depth.shape == control.depth.shape:
            frames = control.frame_id - before.frame_id
            if frames > 0 and float((thumb * seen).mean()) > CUT_CORRELATION:
                elapsed_ns = max(control.capture_ns - before.capture_ns, 0)
                weight = np.float32(blend_weight(elapsed_ns, round(seconds * NS_PER_SECOND)))
                known = _carried(before.depth, control.flow, frames)
                found = replace(control, depth=known + weight * (control.depth - known))
        self._last = found
        return found


def _thumb(image: RgbImage) -> npt.NDArray[np.float32]:
    """The picture's luma, small, with mean 0 and deviation 1; 0 where it shows nothing."""
    small = cv2.cvtColor(cv2.resize(image, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    luma = small.astype(np.float32)
    return np.asarray((luma - luma.mean()) / max(float(luma.std()), 1e-3), dtype=np.float32)


def _carried(depth: DepthImage, flow: FlowField, frames: int) -> DepthImage:
    """The map moved by the flow of so many frames."""
    height, width = depth.shape
    columns, rows = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    x = columns[None] - flow[..., 0] * np.float32(width * frames)
    y = rows[:, None] - flow[..., 1] * np.float32(height * frames)
    return np.asarray(cv2.remap(depth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32)


def _sum(array: npt.NDArray[np.float32]) -> float:
    if array.dtype != np.float32:  # not as it should be; OpenCV leaves some types out
        return float(array.sum())
    return sum(cv2.sumElems(array))


class ShapedEstimator:
    """An estimator whose maps are checked and shaped.

    Args:
        estimator: belongs to it from now on.
        settings: what holds now; called on the estimator's thread, once a frame.
    """

    def __init__(self, estimator: DepthEstimator, settings: Callable[[], MapSettings]) -> None:
        self._estimator = estimator
        self._settings = settings
        self._smoother = _Smoother()
        self._adjustable = estimator if isinstance(estimator, Adjustable) else None  # the question takes 0.01 ms

    @property
    def name(self) -> str:
        return self._estimator.name

    def reset(self) -> None:
        self._estimator.reset()
        self._smoother.forget()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        """See DepthEstimator.

        Raises:
            DepthError: the estimator's map is not finite.
        """
        settings = self._settings()
        if self._adjustable is not None:
            self._adjustable.adjust(settings)
        found = self._checked(self._estimator.push(frame, now_ns))
        if found is None:
            return None
        if settings.smoothing_s > 0.0:
            found = self._smoother.smooth(found, frame.image, settings.smoothing_s)
        else:
            self._smoother.forget()
        depth = shaped(found.depth, settings)
        return found if depth is found.depth else replace(found, depth=depth)

    def flush(self) -> ControlMap | None:
        found = self._checked(self._estimator.flush())
        return None if found is None else replace(found, depth=shaped(found.depth, self._settings()))

    def close(self) -> None:
        close_estimator(self._estimator)

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._estimator.backends()

    def _checked(self, found: ControlMap | None) -> ControlMap | None:
        # The sum is not finite where one number is not; it takes a tenth of the time of looking at each. The flow was
        # written last: it is still near.
        if found is not None and not np.isfinite(_sum(found.flow) + _sum(found.depth)):
            name = self.name  # may hold a name of another's, whose capitals stay
            raise DepthError(f"{name[:1].upper()}{name[1:]} gave a map with numbers that are none")
        return found
