"""Pictures to look at: a figure before a ground, as frames of a source."""

import cv2
import numpy as np
import numpy.typing as npt

from engine.messages.frame import FRAME_SIZE, DepthImage, InputFrame

PERIOD_NS = 33_333_333


def frame(index: int, image: npt.NDArray[np.uint8], *, serial: int = 1, depth: DepthImage | None = None) -> InputFrame:
    """The index-th frame of a source at 30 a second."""
    return InputFrame(index, index * PERIOD_NS, serial, image, depth)


def flat(level: int) -> npt.NDArray[np.uint8]:
    """One grey."""
    return np.full((FRAME_SIZE, FRAME_SIZE, 3), level, np.uint8)


def noise(seed: int) -> npt.NDArray[np.uint8]:
    """White noise."""
    return np.random.default_rng(seed).integers(0, 256, (FRAME_SIZE, FRAME_SIZE, 3), dtype=np.uint8)


def clouds(seed: int, tint: tuple[float, float, float], blur: float = 8.0) -> npt.NDArray[np.uint8]:
    """A soft texture of one tint."""
    grain = np.random.default_rng(seed).random((FRAME_SIZE, FRAME_SIZE)).astype(np.float32)
    soft = cv2.normalize(cv2.GaussianBlur(grain, (0, 0), blur), None, 0.3, 1.0, cv2.NORM_MINMAX)
    return np.asarray(soft[..., None] * np.array(tint, np.float32), dtype=np.uint8)


def figure_mask(x: int, swing: float = 0.0) -> npt.NDArray[np.bool_]:
    """Where a standing figure is, its middle at column x, its arms raised by swing pixels."""
    mask = np.zeros((FRAME_SIZE, FRAME_SIZE), np.uint8)
    cv2.circle(mask, (x, 130), 28, 255, -1)
    cv2.line(mask, (x, 150), (x, 280), 255, 50)
    for side in (-1, 1):
        cv2.line(mask, (x + 15 * side, 170), (x + 90 * side, int(190 - side * swing)), 255, 22)
        cv2.line(mask, (x + 10 * side, 280), (x + 35 * side, 400), 255, 26)
    return mask > 0


def dancer(index: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """The index-th picture of a dancer who sways before a still room, with sensor noise; and where the dancer is."""
    seconds = index / 30
    mask = figure_mask(int(224 + 80 * np.sin(1.3 * seconds)), 60 * float(np.sin(5 * seconds)))
    image = clouds(1, (70, 80, 110), blur=20.0)
    image[320:] = clouds(2, (130, 100, 80))[320:]
    image[mask] = clouds(3, (250, 150, 110))[mask]
    grain = np.random.default_rng(index).normal(0.0, 3.0, image.shape)
    return np.clip(image + grain, 0, 255).astype(np.uint8), mask


def reduced(mask: npt.NDArray[np.bool_], edge: int, margin: int) -> npt.NDArray[np.bool_]:
    """The inside of a mask at another size, margin pixels of it away from its outline."""
    small = cv2.resize(mask.astype(np.uint8), (edge, edge), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.erode(small, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)) > 0)
