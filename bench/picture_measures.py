"""What can be counted in pictures: steps across chunk boundaries, flicker on a still input, edges of a silhouette."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.sources.stage_sets import StageSet

Grey = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

JUMP: Final = 0.05
"""Of depth 0..1 between neighbours: floor and walls rise by a tenth of it, a solid stands out by more."""

TOLERANCE_PX: Final = 3
"""How far from the silhouette an edge may lie: a depth map of half the size knows no more."""

BUDGET: Final = 1.5
"""Edges of a picture that count, its strongest, for each pixel of the silhouette: texture everywhere finds nothing."""

BLUR_PX: Final = 2.0
"""Standard deviation in front of the gradient: an outline is wider than grain."""

BLOCK_PX: Final = 16
"""Brightness is averaged over such blocks before it is said to flicker: what moves inside one does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How much of a silhouette is found.

    Attributes:
        recall: share of it that lies by one of the picture's strongest edges; chance: of all places.
    """

    recall: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFigures:
    """Measures of one scene on one set.

    Attributes:
        boundary: frame difference across chunk boundaries through that inside chunks, 1 where none can be seen.
        flicker: on a still input, in grey levels; see `flicker`.
        found: how much of the silhouette is found; None on a set without a figure.
    """

    scene: str
    chosen: StageSet
    boundary: float
    flicker: float
    found: Found | None


@dataclass(frozen=True, slots=True)
class PictureMeasures:
    """Measures of every scene on every set, and the sheets that were written."""

    scenes: tuple[SceneFigures, ...]
    sheets: tuple[str, ...]


def grey(image: npt.NDArray[np.uint8]) -> Grey:
    """Return the luminance (BT.601), 0..255, of a picture [H, W, 3 or 4]."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image[..., :3]), cv2.COLOR_RGB2GRAY), np.float32)


def boundary_ratio(frames: Sequence[Grey], chunk_frames: int) -> float:
    """Return the mean difference of neighbours across chunk boundaries, divided by that inside chunks.

    Args:
        frames: from the first of a chunk on.

    Raises:
        ValueError: there are fewer than two chunks, or a chunk is a single frame.
    """
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]
    across = steps[chunk_frames - 1 :: chunk_frames]
    inside = [step for index, step in enumerate(steps) if (index + 1) % chunk_frames]
    if not across or not inside:
        raise ValueError("steps need two chunks of two frames")
    least = 1e-6  # grey levels: pictures that stand still have no boundaries
    return (float(np.mean(across)) + least) / (float(np.mean(inside)) + least)


def flicker(frames: Sequence[Grey]) -> float:
    """Return how much the brightness of blocks alternates, in grey levels: half its mean second difference in time.

    Alternating by 1 is 1; what gets brighter evenly is 0.

    Raises:
        ValueError: there are fewer than three frames.
    """
    if len(frames) < 3:
        raise ValueError("flicker needs three frames")
    size = tuple(length // BLOCK_PX for length in reversed(frames[0].shape))
    blocks = [np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA)) for frame in frames]
    triples = zip(blocks, blocks[1:], blocks[2:], strict=False)
    return float(np.mean([np.abs(c - 2.0 * b + a).mean() / 2.0 for a, b, c in triples]))


def silhouette(depth: npt.NDArray[np.float32], edge: int) -> Mask:
    """Return where a true depth map [h, h], 0..1, jumps, at a picture's size [edge, edge]."""
    behind = cv2.erode(depth, np.ones((3, 3), np.uint8))
    jumps = (depth - behind > JUMP).astype(np.uint8)  # on the nearer side: the solid's own rim
    return np.asarray(cv2.resize(jumps, (edge, edge), interpolation=cv2.INTER_NEAREST) > 0)


def edge_recall(image: npt.NDArray[np.uint8], outline: Mask) -> tuple[float, float]:
    """Return the share of an outline near a strong edge of the picture, and that of the whole picture (chance).

    Raises:
        ValueError: the outline is empty.
    """
    length = int(outline.sum())
    if not length:
        raise ValueError("there is no outline to be found")
    size = 2 * TOLERANCE_PX + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    near = cv2.dilate(strongest_edges(image, round(BUDGET * length)), kernel) > 0
    return float(near[outline].mean()), float(near.mean())


def mean_recall(pairs: Iterable[tuple[npt.NDArray[np.uint8], Mask]]) -> Found:
    """Return how much is found on average over pictures, each with its own outline; see `edge_recall`.

    Raises:
        ValueError: there are none, or an outline is empty.
    """
    each = [edge_recall(image, outline) for image, outline in pairs]
    if not each:
        raise ValueError("there is no picture to look into")
    recall, chance = (float(np.mean(values)) for values in zip(*each, strict=True))
    return Found(recall=recall, chance=chance)


def strongest_edges(image: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint8]:
    """Return a mask [H, W] of at most `count` pixels on the steepest ridges of the gradient in any colour."""
    soft = cv2.GaussianBlur(np.ascontiguousarray(image[..., :3]), (0, 0), BLUR_PX)
    across, down = (np.asarray(cv2.Scharr(soft, cv2.CV_32F, x, y)) for x, y in ((1, 0), (0, 1)))
    steepness = np.hypot(across, down)
    colour = steepness.argmax(axis=2)[..., None]
    steep, x, y = (np.take_along_axis(one, colour, axis=2)[..., 0] for one in (steepness, across, down))
    sides = [np.roll(steep, step, axis) for axis, step in ((1, 1), (1, -1), (0, 1), (0, -1))]
    flat = np.abs(x) >= np.abs(y)
    ridge = np.where(
        np.where(flat, (steep >= sides[0]) & (steep >= sides[1]), (steep >= sides[2]) & (steep >= sides[3])), steep, 0.0
    )
    edges = np.zeros(steep.size, np.uint8)
    chosen = np.argpartition(ridge, -count, axis=None)[-count:] if count < ridge.size else np.arange(ridge.size)
    edges[chosen] = ridge.ravel()[chosen] > 0.0
    return edges.reshape(steep.shape)
