"""Motion of the picture from frame to frame, and the moments at which it has no past: cuts and blank frames."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS
from engine.messages.events import BackendChoice
from engine.messages.frame import FlowField, RgbImage
from engine.preprocess.base import FLOW
from engine.preprocess.filters import FloatImage, blend_weight, box

WORK_EDGE = 112
"""Edge of the picture that motion is measured on, of a square frame. A quarter of its 448: each pixel averages
sixteen, which takes the sensor noise out, and dense flow costs 0.3 ms."""


def shrink_of(height: int, width: int) -> int:
    """By how much a frame is shrunk, so that about WORK_EDGE squared pixels are left: a multiple of 4."""
    return 4 * max(1, round(math.sqrt(height * width) / (4 * WORK_EDGE)))


MAX_FLOW = 0.08
"""Fastest motion believed, in fractions of the edge per input frame: across the picture in 12 frames."""

CUT_CORRELATION = 0.35
"""Below this correlation between the picture and its motion-compensated past the scene has changed.
Correlation ignores gain and offset, so a strobe or a fade is not a cut."""

BLANK_DEVIATION = 1.5
"""Standard deviation of luma (levels of 255) below which a frame shows nothing: black, white, lens cap."""

DIMMED = 0.15
"""A sudden drop to this share of the last picture's deviation is a light going off, and shows nothing either ..."""

DIMMED_AT_MOST_NS = 1000 * NS_PER_MS
"""... until it has lasted this long: then the scene is simply dark."""

LONGEST_STEP_NS = 500 * NS_PER_MS
"""Over a longer gap motion is not tracked: what moved has moved too far."""

NOISE_LEVEL = 1.0
"""Residual in luma levels that noise leaves on a still picture at WORK_EDGE."""


@dataclass(frozen=True, slots=True)
class Motion:
    """How one picture came from the one before.

    Attributes:
        flow: FlowField [h, w, 2], per input frame, at this picture's pixels.
        origin: float32 [h, w, 2], where each pixel was in the picture before (pixels x, y).
        novelty: [h, w], 0 = explained by the picture before .. 1 = newly seen.
        elapsed_ns: time since the picture before; 0 where there is none.
        change: 0..1, how much of the whole picture is new; near 1 when the light changes.
        cut: nothing carries over: the first picture, or another scene.
        blank: the frame shows nothing; whatever is known of the scene still holds.
    """

    flow: FlowField
    origin: npt.NDArray[np.float32]
    novelty: FloatImage
    elapsed_ns: int
    change: float
    cut: bool
    blank: bool

    def weight(self, tau_ns: int) -> float:
        """Weight of this picture in what is followed with time constant tau_ns; a changed picture counts at once."""
        return 1.0 - (1.0 - blend_weight(self.elapsed_ns, tau_ns)) * (1.0 - self.change)

    def carry(self, image: FloatImage) -> FloatImage:
        """Bring something known of the picture before to where it is now."""
        return np.asarray(_sampled(image, self.origin), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Past:
    luma: npt.NDArray[np.uint8]
    deviation: float
    frame_id: int
    capture_ns: int


class Explained(NamedTuple):
    """What of a picture is the one before, moved.

    Attributes:
        origin, novelty: as in Motion.
        flow: as in Motion, no vector longer than MAX_FLOW.
        correlation: with the picture before after the motion, -1..1; 0 where one of them is flat.
        change: the mean of novelty.
    """

    origin: npt.NDArray[np.float32]
    flow: FlowField
    novelty: FloatImage
    correlation: float
    change: float


Explain = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.float32], int], Explained]
"""From luma uint8 [h, w], that of the picture before, raw flow back to it float32 [h, w, 2] in pixels, and the
input frames between the two."""


_PATCH_STRIDE = 5
"""Distance of the patches that are followed, in pixels of half WORK_EDGE: two fifths fewer than at the preset's 4."""


Enlarge = Callable[[FlowField, tuple[int, int]], FlowField]
"""From flow to the same flow at a greater height and width, or itself where it has them already."""


def _grid(shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return np.ascontiguousarray(np.stack([columns, rows], axis=-1))


def halved(image: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """A frame or its luma, uint8 [h, w, ...], at twice the working size, and at the working size."""
    height, width = image.shape[:2]
    shrink = shrink_of(height, width)
    height, width = height // shrink, width // shrink
    # By halves: OpenCV averages two by two twenty times faster than four by four.
    half = cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_AREA)
    return _bytes(half), _bytes(cv2.resize(half, (width, height), interpolation=cv2.INTER_AREA))


def luma_of(image: RgbImage) -> npt.NDArray[np.uint8]:
    """uint8 [h, w]."""
    return _bytes(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))


def work_luma(image: RgbImage) -> npt.NDArray[np.uint8]:
    """The frame's luma at the working size."""
    return luma_of(halved(image)[1])


def _bytes(image: cv2.typing.MatLike) -> npt.NDArray[np.uint8]:
    return np.asarray(image, dtype=np.uint8)


def _sampled(image: FloatImage | npt.NDArray[np.uint8], places: npt.NDArray[np.float32]) -> cv2.typing.MatLike:
    """The image at places [h, w, 2], bilinear, its edge repeated outside."""
    # The second map must be None: an empty array, which the stubs would allow, reads foreign memory in OpenCV 5.0.
    return cv2.remap(image, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload, no-any-return]


PLAIN_FLOW = BackendChoice(component=FLOW, chosen="OpenCV and numpy", reason="built in")


class MotionTracker:
    """Dense optical flow between the pictures it is shown, with what it cannot believe taken out.

    Args:
        explain: what believes and fills in.
    """

    def __init__(self, explain: Explain | None = None) -> None:
        # DIS (Kroeger et al. 2016). The ultrafast preset stops at a quarter of the size, which at 112
        # pixels loses limbs; one scale finer finds them. Its patches of 8 may lie further apart then.
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._dis.setFinestScale(1)
        self._dis.setPatchStride(_PATCH_STRIDE)
        self._explain = explain or explained
        self._grid = _grid((WORK_EDGE, WORK_EDGE))
        self._past: _Past | None = None

    def reset(self) -> None:
        """Forget the picture before."""
        self._past = None

    def track(self, luma: npt.NDArray[np.uint8], frame_id: int, capture_ns: int) -> Motion:
        """Take the next picture, uint8 [h, w]; frame_id tells how many were left out."""
        past = self._past
        deviation = float(cv2.meanStdDev(luma)[1][0, 0])
        blank = deviation < BLANK_DEVIATION
        if past is None or frame_id <= past.frame_id or luma.shape != past.luma.shape:
            # A blank first frame is remembered too: it is all there is to compare with.
            self._past = _Past(luma, deviation, frame_id, capture_ns)
            if luma.shape != self._grid.shape[:2]:
                self._grid = _grid(luma.shape)
            return self._still(cut=True, blank=blank, elapsed_ns=0)
        elapsed_ns = max(capture_ns - past.capture_ns, 0)
        dimmed = deviation < DIMMED * past.deviation and elapsed_ns < DIMMED_AT_MOST_NS
        if blank or dimmed:
            # The last picture that showed something stays the one to compare with: a strobe's dark
            # half must not look like two cuts.
            return self._still(cut=False, blank=True, elapsed_ns=elapsed_ns)
        self._past = _Past(luma, deviation, frame_id, capture_ns)
        raw = np.zeros_like(self._grid)
        if elapsed_ns <= LONGEST_STEP_NS:
            raw = np.asarray(self._dis.calc(luma, past.luma, raw), dtype=np.float32)
        found = self._explain(luma, past.luma, raw, frame_id - past.frame_id)
        if past.deviation < BLANK_DEVIATION or found.correlation < CUT_CORRELATION:
            return self._still(cut=True, blank=False, elapsed_ns=0)
        return Motion(found.flow, found.origin, found.novelty, elapsed_ns, found.change, cut=False, blank=False)

    def _still(self, *, cut: bool, blank: bool, elapsed_ns: int) -> Motion:
        novelty = np.full(self._grid.shape[:2], float(cut), np.float32)
        return Motion(np.zeros_like(self._grid), self._grid, novelty, elapsed_ns, float(cut), cut, blank)


def explained(
    luma: npt.NDArray[np.uint8], past: npt.NDArray[np.uint8], raw: npt.NDArray[np.float32], steps: int
) -> Explained:
    """See Explain; with OpenCV and numpy."""
    height, width = luma.shape
    grid = _grid((height, width))
    backward = _believable(luma, past, raw, grid) if raw.any() else raw
    origin = grid + backward
    moved = _sampled(past, origin)
    residual = box(cv2.absdiff(luma, moved).astype(np.float32), 5)
    novelty = np.clip((residual - 4 * NOISE_LEVEL) / 32.0, 0.0, 1.0, dtype=np.float32)
    flow = backward * np.array((-1.0 / (width * steps), -1.0 / (height * steps)), np.float32)
    return Explained(origin, _clamped(flow), novelty, _correlation(luma, moved), float(novelty.mean()))


def _believable(
    luma: npt.NDArray[np.uint8],
    past: npt.NDArray[np.uint8],
    raw: npt.NDArray[np.float32],
    grid: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Flow from this picture back to the past one, in pixels: nothing where moving explains no more than staying.

    Where a surface has no texture the flow is unknown; it is filled in from known surroundings.
    """
    moved = _sampled(past, grid + raw)
    if_still = box(cv2.absdiff(luma, past).astype(np.float32), 9)
    if_moved = box(cv2.absdiff(luma, moved).astype(np.float32), 9)
    gain = (if_still - if_moved) / (if_still + NOISE_LEVEL)
    # Fitted to noise, flow still explains a tenth or so of it; true motion explains most.
    believed = np.clip((gain - 0.15) / 0.35, 0.0, 1.0)
    # Plane by plane: broadcasting over the last axis takes four times as long.
    x, y = raw[..., 0] * believed, raw[..., 1] * believed
    # A Sobel kernel's weights of one sign sum to 4 over a step of 2: scale to levels per pixel.
    slopes = np.abs(cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=1 / 8))
    slopes += np.abs(cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=1 / 8))
    texture = np.square(box(slopes.astype(np.float32), 5))
    known = texture / (texture + 2.0) / (1.0 + np.square(if_moved / 12.0))
    share = box(known, 21) + np.float32(0.02)
    near_x, near_y = box(x * known, 21) / share, box(y * known, 21) / share
    planes = [near_x + known * (x - near_x), near_y + known * (y - near_y)]
    return np.asarray(cv2.merge(planes), dtype=np.float32)


def _correlation(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8] | cv2.typing.MatLike) -> float:
    """Pearson's correlation of two pictures; 0 where one of them is flat."""
    a = first[::2, ::2].astype(np.float32).ravel()
    b = second[::2, ::2].astype(np.float32).ravel()
    a -= a.mean()
    b -= b.mean()
    norm = float(np.sqrt(np.dot(a, a) * np.dot(b, b)))
    return float(np.dot(a, b)) / norm if norm > 0.0 else 0.0


def _clamped(flow: FlowField) -> FlowField:
    """Flow with every vector at most MAX_FLOW long."""
    length = np.hypot(flow[..., 0], flow[..., 1])
    if length.max() <= MAX_FLOW:
        return flow
    return np.asarray(flow * np.minimum(1.0, MAX_FLOW / np.maximum(length, 1e-9))[..., None], dtype=np.float32)


def enlarged(flow: FlowField, shape: tuple[int, int]) -> FlowField:
    """The same flow at another height and width; it is in fractions of the picture, so its values stay."""
    if flow.shape[:2] == shape:
        return flow
    return np.asarray(cv2.resize(flow, shape[::-1], interpolation=cv2.INTER_LINEAR), dtype=np.float32)
