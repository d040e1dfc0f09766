"""Depth from image cues: no weights, about a millisecond a frame on one CPU core.

Each cue is weak; together they put figures before their ground, which is what the generator needs:
a relative, steady, sharp-edged map, not metres.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame, RgbImage
from engine.preprocess.base import DEPTH
from engine.preprocess.filters import FloatImage, SmoothedRange, blend_weight, box, guided_upsample
from engine.preprocess.looker import Looker
from engine.preprocess.motion import WORK_EDGE, Enlarge, Motion, MotionTracker, enlarged

MAP_EDGE = 224
"""Edge of the maps of a square frame: twice the working size, sharpened along the picture's own edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CueWeights:
    """How much each cue, itself 0..1, adds to nearness. Chosen by eye on figures before a ground.

    Attributes:
        motion: moves against the ground, now or within the last seconds.
        figure: its colour does not occur at the picture's sides and top (the boundary prior of Wei et al. 2012).
        focus: fine detail: what the lens is set to.
        low: low in the picture, where the floor comes near.
        centre: where cameras are pointed.
        vivid: saturated; air and distance pale colours.
    """

    motion: float = 0.8
    figure: float = 0.9
    focus: float = 0.2
    low: float = 0.35
    centre: float = 0.25
    vivid: float = 0.1


MOTION_MEMORY_NS = 1 * NS_PER_SECOND
"""Time constant: a dancer who stops stays in front for a while; longer leaves trails."""

SETTLE_NS = 120 * NS_PER_MS
"""Time constant of the map along the motion: hides the cues' noise, follows within four frames."""

RANGE_NS = 1500 * NS_PER_MS
"""Time constant of the range: slower than a gesture, faster than a change of light is tolerated."""

GROUND_NS = 1000 * NS_PER_MS
"""Time constant of the ground's colours."""

SLOWEST_MOTION = 0.004
"""Speed that counts as fully moving when nothing is faster, in pictures per frame (half a work pixel)."""

COLOUR_TOLERANCE = 6.0
"""Standard deviation in Lab units that any ground is granted: the eye's tolerance of uneven light."""


LAB_UNITS = np.array([[100 / 255, 0, 0, 0], [0, 1, 0, -128], [0, 0, 1, -128]], np.float32)
"""Affine map from OpenCV's 8-bit Lab to L in 0..100, a and b about 0."""


@lru_cache
def border_patches(height: int, width: int) -> tuple[tuple[slice, slice], ...]:
    """Where the ground shows: the top, and both sides, wall and floor apart. Not the bottom: figures stand there."""
    thick, middle = min(height, width) // 14, height * 5 // 8
    # The top is cut thicker: beams of light begin there and spread downwards.
    top, upper, lower = slice(0, 2 * thick), slice(0, middle), slice(middle, height)
    left, right = slice(0, thick), slice(width - thick, width)
    return (top, slice(0, width)), (upper, left), (lower, left), (upper, right), (lower, right)


PATCHES = 5
"""How many those are."""


def _covariance(deviations: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rows = deviations.reshape(-1, 3)
    return np.asarray(rows.T @ rows / np.float32(len(rows)), dtype=np.float32)


class GroundColours:
    """Colours of the ground as Gaussians in Lab, one per border patch, followed slowly."""

    def __init__(self) -> None:
        self._means: npt.NDArray[np.float32] | None = None
        self._spreads = np.zeros((PATCHES, 3, 3), np.float32)

    def reset(self) -> None:
        """Forget the ground."""
        self._means = None

    def distance_squared(self, lab: npt.NDArray[np.float32], weight: float) -> FloatImage:
        """Follow the ground of lab [h, w, 3] by weight (0..1); each pixel's squared distance from it, in deviations.

        A pixel whose colour any one patch explains is ground.
        """
        patches = border_patches(*lab.shape[:2])
        # cv2.mean: NumPy's over the long axis of [n, 3] takes thirty times as long.
        means = np.array([cv2.mean(lab[patch])[:3] for patch in patches], np.float32)
        spreads = np.stack([_covariance(lab[patch] - mean) for patch, mean in zip(patches, means, strict=True)])
        if self._means is None:
            self._means, self._spreads = means, spreads
        else:
            self._means = self._means + np.float32(weight) * (means - self._means)
            self._spreads = self._spreads + np.float32(weight) * (spreads - self._spreads)
        granted = np.eye(3, dtype=np.float32) * np.float32(COLOUR_TOLERANCE**2)
        # With S^-1 = L L^T the squared distance is |L^T (x - mean)|^2: one affine map of the picture per patch.
        factors = np.linalg.cholesky(np.linalg.inv(self._spreads + granted)).transpose(0, 2, 1)
        nearest = np.full(lab.shape[:2], np.inf, np.float32)
        for mean, factor in zip(self._means, factors, strict=True):
            away = cv2.transform(lab, np.column_stack([factor, -factor @ mean]))
            nearest = np.minimum(nearest, cv2.transform(cv2.multiply(away, away), np.ones((1, 3), np.float32)))
        return nearest


def place_prior(height: int, width: int, weights: CueWeights) -> FloatImage:
    """What is likely before the picture is looked at: the floor comes near, the subject is in the middle. [h, w]."""
    rows, columns = (np.arange(height)[:, None] + 0.5) / height, (np.arange(width)[None] + 0.5) / width
    low = np.clip((rows - 0.35) / 0.65, 0.0, 1.0)
    centre = np.exp(-np.square((columns - 0.5) / 0.28) - np.square((rows - 0.55) / 0.45))
    return np.asarray(weights.low * low + weights.centre * centre, dtype=np.float32)


def standing_prior(height: int, width: int) -> FloatImage:
    """How far a strange colour speaks for a figure: less near the top, where lights and beams are. [h, w]."""
    rows = (np.arange(height, dtype=np.float32) + 0.5) / height
    ramp = np.clip(rows / 0.4, 0.0, 1.0)
    return np.broadcast_to((0.5 + 0.5 * ramp * ramp * (3.0 - 2.0 * ramp))[:, None], (height, width))


LOWEST, HIGHEST = 2.0, 98.5
"""Percentiles of nearness that become depth 0 and 1."""

LEAST_SPAN = 0.5
"""A narrower range of nearness is not stretched further: noise is not blown up."""

EDGE_VARIANCE = 0.0015
"""Variance of luma in 0..1 below which the filter that sharpens the map sees no edge."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One frame as the cues look at it, uint8 arrays.

    Attributes:
        small: RGB at the working size [h, w, 3].
        luma: [h, w]; fine: luma at twice the size [2 h, 2 w].
    """

    small: RgbImage
    luma: npt.NDArray[np.uint8]
    fine: npt.NDArray[np.uint8]


class Reading(Protocol):
    """Makes depth of pictures of one size, and remembers what it knows of the scene."""

    def forget(self) -> None:
        """The next picture is of another scene."""
        ...

    def read(self, sight: Sight, motion: Motion) -> DepthImage:
        """The depth of a picture that shows something: float32 [2 h, 2 w]."""
        ...


MakeReading = Callable[[int, int, CueWeights], Reading]
"""From height, width and weights."""


class CueEstimator:
    """Built-in depth: motion, colour against the ground, focus, place and saturation, smoothed in space and time.

    Args:
        edge: of the maps of square frames, those of other formats in the same scale; None for twice the working size.
        looker, enlarge, make_reading: what measures motion, brings flow to the size of the maps, and reads pictures
            of one size; by default with OpenCV and numpy.
        choice: what is told about how that computes.
    """

    def __init__(
        self,
        edge: int | None = None,
        weights: CueWeights | None = None,
        *,
        looker: Looker | None = None,
        enlarge: Enlarge = enlarged,
        make_reading: MakeReading | None = None,
        choice: BackendChoice | None = None,
    ) -> None:
        self._edge = edge
        self._weights = weights or CueWeights()
        self._looker = looker or Looker(MotionTracker())
        self._enlarge = enlarge
        self._make_reading: MakeReading = make_reading or PlainReading
        self._choice = choice or PLAIN_CHOICE
        self._size = (0, 0)
        self._reading: Reading | None = None
        self._depth = np.zeros((0, 0), np.float32)

    @property
    def name(self) -> str:
        return "image cues"

    def reset(self) -> None:
        self._looker.reset()
        if self._reading is not None:
            self._reading.forget()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        looked = self._looker.look(frame)
        motion = looked.motion
        sight = Sight(looked.small, looked.luma, looked.fine)
        reading = self._reading
        if reading is None or sight.luma.shape != self._size:
            self._size = sight.luma.shape
            self._depth = np.zeros(self._map_shape(), np.float32)
            reading = self._reading = self._make_reading(*self._size, self._weights)
        if motion.cut:
            reading.forget()
        if motion.cut or not motion.blank:
            self._depth = self._delivered(reading.read(sight, motion))
        flow = self._enlarge(motion.flow, self._map_shape())
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, self._depth, flow)

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        work, delivered = list(self._size), list(self._map_shape())
        return (replace(self._choice, shapes=f"{work} -> {delivered}"),)

    def _map_shape(self) -> tuple[int, int]:
        return map_shape(self._size, self._edge)

    def _delivered(self, depth: DepthImage) -> DepthImage:
        shape = self._map_shape()
        if depth.shape == shape:
            return depth
        return np.asarray(cv2.resize(depth, shape[::-1], interpolation=cv2.INTER_AREA), dtype=np.float32)


def map_shape(work: tuple[int, int], edge: int | None) -> tuple[int, int]:
    """Height and width of the maps of pictures of a working size; edge as for CueEstimator."""
    height, width = work
    if edge is None:
        return 2 * height, 2 * width
    return round(height * edge / WORK_EDGE), round(width * edge / WORK_EDGE)


PLAIN_CHOICE = BackendChoice(
    component=DEPTH, chosen="image cues, OpenCV and numpy", reason="built in, needs no weights"
)


class PlainReading:
    """The cues with OpenCV and numpy: what compiled ones are held against; see Reading.

    Args:
        height, width: of the pictures.
    """

    def __init__(self, height: int, width: int, weights: CueWeights) -> None:
        self._shape = (height, width)
        self._weights = weights
        self._ground = GroundColours()
        self._range = SmoothedRange(low=LOWEST, high=HIGHEST, least_span=LEAST_SPAN)
        self._moved = np.zeros(self._shape, np.float32)
        self._nearness = np.zeros(self._shape, np.float32)
        self._pace = SLOWEST_MOTION
        self._detail = 0.0
        self._place = place_prior(height, width, weights)
        self._standing = standing_prior(height, width)

    def forget(self) -> None:
        self._ground.reset()
        self._range.reset()
        self._moved = np.zeros_like(self._moved)
        self._pace = SLOWEST_MOTION
        self._detail = 0.0

    def read(self, sight: Sight, motion: Motion) -> DepthImage:
        self._settle(self._cues(sight, motion), motion)
        return self._sharpened(sight, motion)

    def _cues(self, sight: Sight, motion: Motion) -> FloatImage:
        """Nearness by this picture alone, [h, w], in units of the weights."""
        # OpenCV's 8-bit Lab stretches L to 255 and moves a and b up by 128; its float path is 50 times slower.
        stretched = cv2.cvtColor(sight.small, cv2.COLOR_RGB2LAB).astype(np.float32)
        lab = np.asarray(cv2.transform(stretched, LAB_UNITS), dtype=np.float32)
        strangeness = self._ground.distance_squared(lab, motion.weight(GROUND_NS))
        figure = self._standing * (1.0 - np.exp(strangeness / np.float32(-(2.5**2))))
        vivid = np.minimum(cv2.magnitude(lab[..., 1], lab[..., 2]) / 60.0, 1.0)
        # Flow is blunt at outlines and leaves a trail; where the colour is the ground's it counts for little.
        moves = self._motion_cue(motion) * (0.3 + 0.7 * figure)
        weights = self._weights
        return np.asarray(
            self._place
            + weights.motion * moves
            + weights.figure * figure
            + weights.focus * self._focus_cue(sight.fine, motion)
            + weights.vivid * vivid,
            dtype=np.float32,
        )

    def _motion_cue(self, motion: Motion) -> FloatImage:
        """0..1: speed against the ground, remembered along the motion."""
        flow = motion.flow
        border = np.concatenate([flow[patch][::4, ::4].reshape(-1, 2) for patch in border_patches(*self._shape)])
        away = flow - np.median(border, axis=0)
        speed = cv2.magnitude(away[..., 0], away[..., 1])
        fastest = max(float(np.percentile(speed[::2, ::2], 98)), SLOWEST_MOTION)
        self._pace += motion.weight(RANGE_NS) * (fastest - self._pace)
        now = np.clip(speed / self._pace, 0.0, 1.0)
        fading = 1.0 - blend_weight(motion.elapsed_ns, MOTION_MEMORY_NS)
        self._moved = np.maximum(motion.carry(self._moved) * (fading * (1.0 - motion.novelty)), now).astype(np.float32)
        return self._moved

    def _focus_cue(self, fine: npt.NDArray[np.uint8], motion: Motion) -> FloatImage:
        """0..1: local energy of the Laplacian against the picture's usual energy."""
        edges = np.abs(cv2.Laplacian(fine, cv2.CV_16S)).astype(np.float32)
        energy = box(cv2.resize(edges, self._shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32), 9)
        usual = float(energy.mean())
        self._detail += motion.weight(RANGE_NS) * (usual - self._detail)
        return np.asarray(energy / (energy + np.float32(2.0 * self._detail + 1.0)), dtype=np.float32)

    def _settle(self, cues: FloatImage, motion: Motion) -> None:
        """Blend the new cues into what was known, carried along the motion; the newly seen counts at once."""
        if motion.cut:
            self._nearness = cues
            return
        weight = blend_weight(motion.elapsed_ns, SETTLE_NS)
        weights = np.float32(weight) + np.float32(1.0 - weight) * motion.novelty
        known = motion.carry(self._nearness)
        self._nearness = known + weights * (cues - known)

    def _sharpened(self, sight: Sight, motion: Motion) -> DepthImage:
        """Depth at twice the working size, on the smoothed range."""
        guide = sight.luma.astype(np.float32) / np.float32(255)
        fine_guide = sight.fine.astype(np.float32) / np.float32(255)
        nearness = guided_upsample(self._nearness, guide, fine_guide, diameter=9, eps=EDGE_VARIANCE)
        return self._range.normalise(nearness, motion.weight(RANGE_NS))
