"""Motion of the picture from frame to frame, and the moments at which it has no past: cuts and blank frames."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS
from engine.messages.frame import FlowField, RgbImage
from engine.preprocess.filters import FloatImage, blend_weight, box

WORK_EDGE = 112
"""Edge of the picture that motion is measured on. A quarter of the frame: each pixel averages sixteen,
which takes the sensor noise out, and dense flow costs 0.35 ms."""

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
        flow: FlowField [WORK_EDGE, WORK_EDGE, 2], per input frame, at this picture's pixels.
        origin: float32 [WORK_EDGE, WORK_EDGE, 2], where each pixel was in the picture before (pixels x, y).
        novelty: [WORK_EDGE, WORK_EDGE], 0 = explained by the picture before .. 1 = newly seen.
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


def _grid() -> npt.NDArray[np.float32]:
    rows, columns = np.mgrid[0:WORK_EDGE, 0:WORK_EDGE].astype(np.float32)
    return np.ascontiguousarray(np.stack([columns, rows], axis=-1))


def work_luma(image: RgbImage) -> npt.NDArray[np.uint8]:
    """The frame's luma at WORK_EDGE."""
    # By halves, as the cues do: four times as fast, and equal but for rounding.
    half = cv2.resize(image, (2 * WORK_EDGE, 2 * WORK_EDGE), interpolation=cv2.INTER_AREA)
    small = cv2.resize(half, (WORK_EDGE, WORK_EDGE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _sampled(image: FloatImage | npt.NDArray[np.uint8], places: npt.NDArray[np.float32]) -> cv2.typing.MatLike:
    """The image at places [h, w, 2], bilinear, its edge repeated outside."""
    # The second map must be None: an empty array, which the stubs would allow, reads foreign memory in OpenCV 5.0.
    return cv2.remap(image, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload, no-any-return]


class MotionTracker:
    """Dense optical flow between the pictures it is shown, with what it cannot believe taken out."""

    def __init__(self) -> None:
        # DIS (Kroeger et al. 2016). The ultrafast preset stops at a quarter of the size, which at 112
        # pixels loses limbs; one scale finer finds them.
        self._dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._dis.setFinestScale(1)
        self._grid = _grid()
        self._past: _Past | None = None

    def reset(self) -> None:
        """Forget the picture before."""
        self._past = None

    def track(self, luma: npt.NDArray[np.uint8], frame_id: int, capture_ns: int) -> Motion:
        """Take the next picture, uint8 [WORK_EDGE, WORK_EDGE]; frame_id tells how many were left out."""
        past = self._past
        deviation = float(luma.std())
        blank = deviation < BLANK_DEVIATION
        if past is None or frame_id <= past.frame_id:
            # A blank first frame is remembered too: it is all there is to compare with.
            self._past = _Past(luma, deviation, frame_id, capture_ns)
            return self._still(cut=True, blank=blank, elapsed_ns=0)
        elapsed_ns = max(capture_ns - past.capture_ns, 0)
        dimmed = deviation < DIMMED * past.deviation and elapsed_ns < DIMMED_AT_MOST_NS
        if blank or dimmed:
            # The last picture that showed something stays the one to compare with: a strobe's dark
            # half must not look like two cuts.
            return self._still(cut=False, blank=True, elapsed_ns=elapsed_ns)
        self._past = _Past(luma, deviation, frame_id, capture_ns)
        backward = np.zeros_like(self._grid)
        if elapsed_ns <= LONGEST_STEP_NS:
            backward = self._believable(luma, past.luma)
        origin = self._grid + backward
        explained = _sampled(past.luma, origin)
        if past.deviation < BLANK_DEVIATION or _correlation(luma, explained) < CUT_CORRELATION:
            return self._still(cut=True, blank=False, elapsed_ns=0)
        residual = box(cv2.absdiff(luma, explained).astype(np.float32), 5)
        novelty = np.clip((residual - 4 * NOISE_LEVEL) / 32.0, 0.0, 1.0, dtype=np.float32)
        flow = backward * np.float32(-1.0 / (WORK_EDGE * (frame_id - past.frame_id)))
        change = float(novelty.mean())
        return Motion(_clamped(flow), origin, novelty, elapsed_ns, change, cut=False, blank=False)

    def _still(self, *, cut: bool, blank: bool, elapsed_ns: int) -> Motion:
        novelty = np.full((WORK_EDGE, WORK_EDGE), float(cut), np.float32)
        return Motion(np.zeros_like(self._grid), self._grid, novelty, elapsed_ns, float(cut), cut, blank)

    def _believable(self, luma: npt.NDArray[np.uint8], past: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Flow from this picture back to the past one, in pixels: nothing where moving explains no more than staying.

        Where a surface has no texture the flow is unknown; it is filled in from known surroundings.
        """
        raw = np.asarray(self._dis.calc(luma, past, np.zeros_like(self._grid)), dtype=np.float32)
        moved = _sampled(past, self._grid + raw)
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


def enlarged(flow: FlowField, edge: int) -> FlowField:
    """The same flow at another size; it is in fractions of the edge, so its values stay."""
    if flow.shape[0] == edge:
        return flow
    return np.asarray(cv2.resize(flow, (edge, edge), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
