"""Pictures between generated pictures on the stage, rendered at 60 a second with every second frame left out.

Usage: interpolation PAIRS. Its last line is JSON: for blend and motion the mean PSNR against the frames left out, in
dB; the CPU milliseconds of this thread for a flow both ways, for a moved picture, and for a blended one, one a pair.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, TypeVar

import cv2
import numpy as np

from engine.clock import NS_PER_MS
from engine.messages.frame import RgbxImage
from engine.output.interpolation.flow import FlowEstimator
from engine.output.interpolation.synthesis import MotionSynthesis, blend
from engine.sources.stage.render import StageRenderer

FRAMES_PER_SECOND: Final = 60
WARM_UP: Final = 5

T = TypeVar("T")


def triples(count: int) -> Iterator[tuple[RgbxImage, RgbxImage, RgbxImage]]:
    """Return consecutive frames of the stage by threes, each beginning where the last ended."""
    renderer = StageRenderer()

    def frame(number: int) -> RgbxImage:
        picture = renderer.render(number / FRAMES_PER_SECOND)[0]
        return np.ascontiguousarray(np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)]))

    before = frame(0)
    for number in range(1, 2 * count, 2):
        middle, after = frame(number), frame(number + 1)
        yield before, middle, after
        before = after


def decibels(picture: RgbxImage, truth: RgbxImage) -> float:
    """Return the peak signal to noise ratio of R G B."""
    error = np.mean((picture[..., :3].astype(np.float32) - truth[..., :3]) ** 2)
    return float(10 * np.log10(255**2 / error))


def timed(times: list[float], call: Callable[[], T]) -> T:
    """Call, and note the milliseconds of this thread."""
    start_ns = time.thread_time_ns()
    result = call()
    times.append((time.thread_time_ns() - start_ns) / NS_PER_MS)
    return result


def main(pairs: int) -> None:
    cv2.setNumThreads(1)
    estimator, synthesis = FlowEstimator(), MotionSynthesis()
    quality: dict[str, list[float]] = {"blend": [], "motion": []}
    times: dict[str, list[float]] = {"flow": [], "picture": [], "blend": []}
    for before, truth, after in triples(pairs + WARM_UP):
        first, second = estimator.gray(before), estimator.gray(after)
        motion = timed(times["flow"], partial(estimator.between, first, second))
        moved = timed(times["picture"], partial(synthesis.picture, before, after, motion, 0.5))
        mixed = timed(times["blend"], partial(blend, before, after, 0.5))
        quality["motion"].append(decibels(moved, truth))
        quality["blend"].append(decibels(mixed, truth))
    measured = {
        "decibels": {name: float(np.mean(values)) for name, values in quality.items()},
        "times": {name: values[WARM_UP:] for name, values in times.items()},
    }
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
