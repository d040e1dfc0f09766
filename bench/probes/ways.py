"""CPU time a frame of the built-in stage and the depth from image cues: as compiled loops, and by OpenCV and numpy.

The ways take turns, so that what else the machine does meets all alike; only the calling thread's time counts,
and OpenCV is kept to it.

Usage: ways TURNS. Its last line is JSON: {way: [ms a frame, one number a turn]}.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import cv2

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.frame import InputFrame
from engine.preprocess.base import DepthEstimator
from engine.preprocess.compiled.estimator import cue_estimator
from engine.preprocess.image_cues import CueEstimator
from engine.sources.stage.layered import LayeredPainter
from engine.sources.stage.render import StageRenderer

FRAMES_A_TURN: Final = 60
PERIOD_NS: Final = NS_PER_SECOND // 30


def taking_turns(makers: Mapping[str, Callable[[int], object]], turns: int) -> dict[str, list[float]]:
    """Milliseconds of this thread that each maker takes for a frame, given its number; the first turn warms up."""
    spent: dict[str, list[float]] = {name: [] for name in makers}
    for turn in range(turns + 1):
        for name, make in makers.items():
            start_ns = time.thread_time_ns()
            for number in range(turn * FRAMES_A_TURN, (turn + 1) * FRAMES_A_TURN):
                make(number)
            if turn:
                spent[name].append((time.thread_time_ns() - start_ns) / NS_PER_MS / FRAMES_A_TURN)
    return spent


def measure_ways(turns: int) -> dict[str, list[float]]:
    """Time "stage", "stage layered", "cues" and "cues plain"; the first of each pair as it is played."""
    cv2.setNumThreads(1)
    best, layered = StageRenderer(), StageRenderer(painter=LayeredPainter())
    images = [best.render(number / 30)[0] for number in range(FRAMES_A_TURN)]

    def estimate(estimator: DepthEstimator) -> Callable[[int], object]:
        frame = InputFrame(frame_id=0, capture_ns=0, source_serial=1, image=images[0])

        def make(number: int) -> object:
            # To and fro through the film, so that nothing jumps.
            place = number % (2 * FRAMES_A_TURN)
            image = images[min(place, 2 * FRAMES_A_TURN - 1 - place)]
            return estimator.push(replace(frame, frame_id=number, capture_ns=number * PERIOD_NS, image=image), 0)

        return make

    return taking_turns(
        {
            "stage": lambda number: best.render(number / 30),
            "stage layered": lambda number: layered.render(number / 30),
            "cues": estimate(cue_estimator()),
            "cues plain": estimate(CueEstimator()),
        },
        turns,
    )


def main() -> int:
    sys.stdout.write(json.dumps(measure_ways(int(sys.argv[1]))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
