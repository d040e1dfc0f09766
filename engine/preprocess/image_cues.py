"""Depth from image cues: no weights, about a millisecond a frame on one CPU core.

Each cue is weak; together they put figures before their ground, which is what the generator needs:
a relative, steady, sharp-edged map, not metres.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame
from engine.preprocess.base import DEPTH
from engine.preprocess.filters import FloatImage, SmoothedRange, blend_weight, box, guided_upsample
from engine.preprocess.motion import WORK_EDGE, Motion, MotionTracker, enlarged

MAP_EDGE = 224
"""Edge of the delivered maps: twice the working size, sharpened along the picture's own edges."""


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
"""Speed that counts as fully moving when nothing is faster, in fractions of the edge per frame (half a work pixel)."""

COLOUR_TOLERANCE = 6.0
"""Standard deviation in Lab units that any ground is granted: the eye's tolerance of uneven light."""


LAB_UNITS = np.array([[100 / 255, 0, 0, 0], [0, 1, 0, -128], [0, 0, 1, -128]], np.float32)
"""Affine map from OpenCV's 8-bit Lab to L in 0..100, a and b about 0."""


def _border_patches() -> tuple[tuple[slice, slice], ...]:
    """Where the ground shows: the top, and both sides, wall and floor apart. Not the bottom: figures stand there."""
    thick, middle = WORK_EDGE // 14, WORK_EDGE * 5 // 8
    # The top is cut thicker: beams of light begin there and spread downwards.
    top, upper, lower = slice(0, 2 * thick), slice(0, middle), slice(middle, WORK_EDGE)
    left, right = slice(0, thick), slice(WORK_EDGE - thick, WORK_EDGE)
    return (top, slice(0, WORK_EDGE)), (upper, left), (lower, left), (upper, right), (lower, right)


BORDER_PATCHES = _border_patches()


def _covariance(deviations: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rows = deviations.reshape(-1, 3)
    return np.asarray(rows.T @ rows / np.float32(len(rows)), dtype=np.float32)


class GroundColours:
    """Colours of the ground as Gaussians in Lab, one per border patch, followed slowly."""

    def __init__(self) -> None:
        self._means: npt.NDArray[np.float32] | None = None
        self._spreads = np.zeros((len(BORDER_PATCHES), 3, 3), np.float32)

    def reset(self) -> None:
        """Forget the ground."""
        self._means = None

    def distance_squared(self, lab: npt.NDArray[np.float32], weight: float) -> FloatImage:
        """Follow the ground of lab [h, w, 3] by weight (0..1); each pixel's squared distance from it, in deviations.

        A pixel whose colour any one patch explains is ground.
        """
        # cv2.mean: NumPy's over the long axis of [n, 3] takes thirty times as long.
        means = np.array([cv2.mean(lab[patch])[:3] for patch in BORDER_PATCHES], np.float32)
        spreads = np.stack([_covariance(lab[patch] - mean) for patch, mean in zip(BORDER_PATCHES, means, strict=True)])
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


def _standing_prior() -> FloatImage:
    """How far a strange colour speaks for a figure: less near the top, where lights and beams are."""
    rows = (np.arange(WORK_EDGE, dtype=np.float32) + 0.5) / WORK_EDGE
    ramp = np.clip(rows / 0.4, 0.0, 1.0)
    return np.broadcast_to((0.5 + 0.5 * ramp * ramp * (3.0 - 2.0 * ramp))[:, None], (WORK_EDGE, WORK_EDGE))


class CueEstimator:
    """Built-in depth: motion, colour against the ground, focus, place and saturation, smoothed in space and time.

    Args:
        edge: height and width of the maps.
    """

    def __init__(self, edge: int = MAP_EDGE, weights: CueWeights | None = None) -> None:
        self._edge = edge
        self._weights = weights or CueWeights()
        self._tracker = MotionTracker()
        self._ground = GroundColours()
        self._range = SmoothedRange(low=2.0, high=98.5, least_span=0.5)
        self._moved = np.zeros((WORK_EDGE, WORK_EDGE), np.float32)
        self._nearness = np.zeros((WORK_EDGE, WORK_EDGE), np.float32)
        self._depth = np.zeros((edge, edge), np.float32)
        self._pace = SLOWEST_MOTION
        self._detail = 0.0
        self._place = self._place_prior()
        self._standing = _standing_prior()

    @property
    def name(self) -> str:
        return "image cues"

    def reset(self) -> None:
        self._tracker.reset()
        self._forget_scene()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        # By halves: OpenCV averages two by two twenty times faster than four by four.
        half = cv2.resize(frame.image, (MAP_EDGE, MAP_EDGE), interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.resize(half, (WORK_EDGE, WORK_EDGE), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        fine = np.asarray(cv2.cvtColor(half, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        motion = self._tracker.track(luma, frame.frame_id, frame.capture_ns)
        if motion.cut:
            self._forget_scene()
        if motion.cut or not motion.blank:
            self._settle(self._cues(small, fine, motion), motion)
            self._depth = self._sharpened(luma, fine, motion)
        flow = enlarged(motion.flow, self._edge)
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, self._depth, flow)

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        return (
            BackendChoice(
                component=DEPTH,
                chosen="image cues, OpenCV on CPU",
                reason="built in, needs no weights",
                shapes=f"[{WORK_EDGE}, {WORK_EDGE}] -> [{self._edge}, {self._edge}]",
            ),
        )

    def _forget_scene(self) -> None:
        self._ground.reset()
        self._range.reset()
        self._moved = np.zeros_like(self._moved)
        self._pace = SLOWEST_MOTION
        self._detail = 0.0

    def _place_prior(self) -> FloatImage:
        """What is likely before the picture is looked at: the floor comes near, the subject is in the middle."""
        rows, columns = (np.mgrid[0:WORK_EDGE, 0:WORK_EDGE] + 0.5) / WORK_EDGE
        low = np.clip((rows - 0.35) / 0.65, 0.0, 1.0)
        centre = np.exp(-np.square((columns - 0.5) / 0.28) - np.square((rows - 0.55) / 0.45))
        return np.asarray(self._weights.low * low + self._weights.centre * centre, dtype=np.float32)

    def _cues(self, small: npt.NDArray[np.uint8], fine: npt.NDArray[np.uint8], motion: Motion) -> FloatImage:
        """Nearness by this picture alone, [WORK_EDGE, WORK_EDGE], in units of the weights."""
        # OpenCV's 8-bit Lab stretches L to 255 and moves a and b up by 128; its float path is 50 times slower.
        stretched = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
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
            + weights.focus * self._focus_cue(fine, motion)
            + weights.vivid * vivid,
            dtype=np.float32,
        )

    def _motion_cue(self, motion: Motion) -> FloatImage:
        """0..1: speed against the ground, remembered along the motion."""
        flow = motion.flow
        border = np.concatenate([flow[patch][::4, ::4].reshape(-1, 2) for patch in BORDER_PATCHES])
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
        energy = box(cv2.resize(edges, (WORK_EDGE, WORK_EDGE), interpolation=cv2.INTER_AREA).astype(np.float32), 9)
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

    def _sharpened(self, luma: npt.NDArray[np.uint8], fine: npt.NDArray[np.uint8], motion: Motion) -> DepthImage:
        """The map at its delivered size, on the smoothed range."""
        guide = luma.astype(np.float32) / np.float32(255)
        fine_guide = fine.astype(np.float32) / np.float32(255)
        nearness = guided_upsample(self._nearness, guide, fine_guide, diameter=9, eps=0.0015)
        depth = self._range.normalise(nearness, motion.weight(RANGE_NS))
        if depth.shape[0] == self._edge:
            return depth
        return np.asarray(cv2.resize(depth, (self._edge, self._edge), interpolation=cv2.INTER_AREA), dtype=np.float32)
