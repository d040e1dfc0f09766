"""Times every control map on the stage's pictures, and holds depth and matte against the stage's truth.

Each map is made in a pass of its own, as the program makes it; a person's matte is found on the same thread here, so
that its time is counted.

Usage: conditioning FRAMES SECONDS, of the two parts. Its last line is JSON: {"times": {id: [ms of this thread, ...]},
"truth": {id: {"whole": Spearman, "inside": Spearman inside the dancer's outline}}, "overlap": intersection over union
of the matte}.
"""

import json
import sys
import time
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.control_map import MapSettings
from engine.messages.frame import InputFrame
from engine.preprocess.auto import AutoEstimator
from engine.preprocess.base import DepthEstimator
from engine.preprocess.maps.matte.looking import EyeHere
from engine.preprocess.maps.matte.standing import StandingEstimator
from engine.preprocess.maps.shaping import ShapedEstimator
from engine.preprocess.registry import DEPTH, build_depth
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.silhouette import silhouette_at

WARM_UP: Final = 20
BEGIN_S: Final = 1.0
SAMPLED: Final = 15
"""Every how-manyeth frame is held against the truth."""
SECONDS_PER_FRAME: Final = 1 / 30
WITH_PERSON: Final = "person-depth"
DEPTHS: Final = ("cues", WITH_PERSON)
POSE: Final = "pose"
MATTE: Final = "matte"

Numbers = npt.NDArray[np.float32]


def rank_correlation(first: Numbers, second: Numbers) -> float:
    """Return Spearman's coefficient; equal numbers share their mean rank."""
    ranks = []
    for one in (first, second):
        _, place, count = np.unique(one.ravel(), return_inverse=True, return_counts=True)
        ranks.append((np.cumsum(count) - (count - 1) / 2)[place])
    first_rank, second_rank = ((one - one.mean()) / one.std() for one in ranks)
    return float((first_rank * second_rank).mean())


def makers() -> dict[str, DepthEstimator]:
    """Return every estimator that is built in and has what it needs."""
    names = [one.entry.id for one in DEPTH.entries() if not one.origin and not one.entry.needs and one.entry.id != POSE]
    found = {name: build_depth(name) for name in names}
    found[WITH_PERSON] = ShapedEstimator(AutoEstimator(StandingEstimator(EyeHere())), MapSettings)
    return found


def frame_at(renderer: StageRenderer, number: int) -> tuple[InputFrame, Numbers]:
    """Return a frame of the stage without its depth, and that depth."""
    image, truth = renderer.render(BEGIN_S + number * SECONDS_PER_FRAME)
    return InputFrame(number, round(number * SECONDS_PER_FRAME * NS_PER_SECOND), 1, image), truth


def costs(frames: int) -> dict[str, list[float]]:
    """Return the milliseconds of this thread that each map of each frame takes."""
    renderer = StageRenderer()
    pictures = [frame_at(renderer, number)[0] for number in range(frames + WARM_UP)]
    times: dict[str, list[float]] = {}
    for name, maker in makers().items():
        spent = times[name] = []
        for frame in pictures:
            start_ns = time.thread_time_ns()
            maker.push(frame, 0)
            spent.append((time.thread_time_ns() - start_ns) / NS_PER_MS)
    return {name: spent[WARM_UP:] for name, spent in times.items()}


def accuracy(seconds: float) -> tuple[dict[str, dict[str, float]], float]:
    """Return how near the maps of so many seconds come to the truth, and the matte to the dancer's outline."""
    renderer, found = StageRenderer(), makers()
    kept = {name: found[name] for name in (*DEPTHS, MATTE)}
    scores: dict[str, dict[str, list[float]]] = {name: {"whole": [], "inside": []} for name in DEPTHS}
    overlap: list[float] = []
    for number in range(WARM_UP + round(seconds / SECONDS_PER_FRAME)):
        frame, truth = frame_at(renderer, number)
        maps = {name: maker.push(frame, 0) for name, maker in kept.items()}
        if number < WARM_UP or number % SAMPLED:
            continue
        body = silhouette_at(BEGIN_S + number * SECONDS_PER_FRAME)
        for name, score in scores.items():
            made = maps[name]
            assert made is not None
            score["whole"].append(rank_correlation(made.depth[::2, ::2], truth[::2, ::2]))
            score["inside"].append(rank_correlation(made.depth[body], truth[body]))
        matte = maps[MATTE]
        assert matte is not None
        seen = matte.depth > 0.5
        overlap.append(float((seen & body).sum() / (seen | body).sum()))
    means = {name: {part: float(np.mean(one)) for part, one in score.items()} for name, score in scores.items()}
    return means, float(np.mean(overlap))


def main(frames: int, seconds: float) -> None:
    cv2.setNumThreads(1)
    truth, overlap = accuracy(seconds)
    sys.stdout.write(json.dumps({"times": costs(frames), "truth": truth, "overlap": overlap}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
