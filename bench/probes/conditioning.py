"""Times every control map on the stage's pictures, and holds depth and matte against the stage's truth.

Usage: conditioning FRAMES. Its last line is JSON: {"times": {id: [ms of this thread, ...]}, "truth": {id: {"whole":
Spearman, "inside": Spearman inside the dancer's outline}}, "overlap": intersection over union of the matte}.
"""

import json
import sys
import time
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.frame import InputFrame
from engine.preprocess.registry import DEPTH, build_depth
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.silhouette import silhouette_at

WARM_UP: Final = 20
SAMPLED: Final = 10
"""Every how-manyeth frame is held against the truth."""
SECONDS_PER_FRAME: Final = 1 / 30
DEPTHS: Final = ("cues", "person-depth")

Numbers = npt.NDArray[np.float32]


def rank_correlation(first: Numbers, second: Numbers) -> float:
    """Return Spearman's coefficient; equal numbers share their mean rank."""
    ranks = []
    for one in (first, second):
        _, place, count = np.unique(one.ravel(), return_inverse=True, return_counts=True)
        ranks.append((np.cumsum(count) - (count - 1) / 2)[place])
    first_rank, second_rank = ((one - one.mean()) / one.std() for one in ranks)
    return float((first_rank * second_rank).mean())


def main(frames: int) -> None:
    cv2.setNumThreads(1)
    renderer = StageRenderer()
    names = [one.entry.id for one in DEPTH.entries() if not one.origin]
    makers = {name: build_depth(name) for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    whole: dict[str, list[float]] = {name: [] for name in DEPTHS}
    inside: dict[str, list[float]] = {name: [] for name in DEPTHS}
    overlap: list[float] = []
    for number in range(frames + WARM_UP):
        seconds = 1.0 + number * SECONDS_PER_FRAME
        image, truth = renderer.render(seconds)
        frame = InputFrame(number, round(number * SECONDS_PER_FRAME * NS_PER_SECOND), 1, image)
        maps = {}
        for name, maker in makers.items():
            start_ns = time.thread_time_ns()
            maps[name] = maker.push(frame, 0)
            times[name].append((time.thread_time_ns() - start_ns) / NS_PER_MS)
        if number < WARM_UP or number % SAMPLED:
            continue
        body = silhouette_at(seconds)
        for name in DEPTHS:
            found = maps[name]
            assert found is not None
            whole[name].append(rank_correlation(found.depth[::2, ::2], truth[::2, ::2]))
            inside[name].append(rank_correlation(found.depth[body], truth[body]))
        matte = maps["matte"]
        assert matte is not None
        seen = matte.depth > 0.5
        overlap.append(float((seen & body).sum() / (seen | body).sum()))
    measured = {
        "times": {name: found[WARM_UP:] for name, found in times.items()},
        "truth": {name: {"whole": np.mean(whole[name]), "inside": np.mean(inside[name])} for name in DEPTHS},
        "overlap": np.mean(overlap),
    }
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
