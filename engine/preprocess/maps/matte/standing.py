"""Depth from image cues with a person's matte as prior."""

from dataclasses import replace
from functools import lru_cache
from typing import Final

import numpy as np

from engine.clock import NS_PER_MS
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame
from engine.preprocess.compiled.estimator import cue_estimator, motion_tracker
from engine.preprocess.filters import FloatImage, blend_weight
from engine.preprocess.looker import Looker
from engine.preprocess.maps.matte.follow import PersonFollower
from engine.preprocess.maps.matte.looking import Eye, EyeAside
from engine.preprocess.maps.matte.model import Matte
from engine.preprocess.motion import Motion

EVERY_NS: Final = 90 * NS_PER_MS
"""How often the model looks: at every third frame of a camera; between, the motion carries the matte."""

FEET_NS: Final = 300 * NS_PER_MS
"""Time constant of how near the person stands: a raised foot is no step."""

FLOOR: Final = 0.5
"""How much of the ground's depth is the floor's, that comes nearer downwards; the rest is the cues'. On the stage more
would be nearer to the truth (0.868 at 0.5, 0.880 at 0.7, 0.889 at 1), but not every room is an empty floor."""

RELIEF: Final = 0.1
"""How much of the cues' depth is left on the person, who is flat else."""

PRESENT: Final = 0.01
"""Of the picture's pixels; from here on a person counts fully, and with less the cues do."""


@lru_cache
def floor(height: int) -> FloatImage:
    """Return how near a floor is by the row of the picture, float32 [h, 1]: the cues' own prior of place."""
    rows = (np.arange(height, dtype=np.float32) + np.float32(0.5)) / np.float32(height)
    ramp = np.clip((rows - np.float32(0.35)) / np.float32(0.65), 0.0, 1.0)
    return np.asarray(ramp[:, None], dtype=np.float32)


class Standing:
    """Puts the person of mattes onto the floor of depth maps, as near as the floor is at the feet."""

    def __init__(self) -> None:
        self._feet: float | None = None

    def forget(self) -> None:
        """Forget where the person stood."""
        self._feet = None

    def place(self, depth: DepthImage, matte: Matte, motion: Motion) -> DepthImage:
        """Return depth [h, w] in 0..1 with the person of a matte [h, w] in it; depth itself where there is none."""
        ramp = floor(depth.shape[0])
        rows = np.flatnonzero((matte > 0.5).any(axis=1))
        if not rows.size:
            return depth
        feet = float(ramp[rows[-1], 0])
        before = feet if self._feet is None else self._feet
        self._feet = before + blend_weight(motion.elapsed_ns, FEET_NS) * (feet - before)
        ground = np.float32(1.0 - FLOOR) * depth + np.float32(FLOOR) * ramp
        person = np.float32(self._feet * (1.0 - RELIEF)) + np.float32(RELIEF) * depth
        standing = ground + matte * (person - ground)
        presence = np.float32(min(float(matte.mean()) / PRESENT, 1.0))
        return np.asarray(depth + presence * (standing - depth), dtype=np.float32)


class StandingEstimator:
    """Image cues with a person's matte as prior; without a person, the cues'.

    Args:
        eye: what looks for the person; None: a thread of its own, which close ends.
    """

    def __init__(self, eye: Eye | None = None) -> None:
        self._looker = Looker(motion_tracker())
        self._cues = cue_estimator(looker=self._looker)
        self._follower = PersonFollower(EVERY_NS, eye or EyeAside())
        self._standing = Standing()
        self._depth: DepthImage | None = None

    @property
    def name(self) -> str:
        return "image cues and person"

    def reset(self) -> None:
        self._cues.reset()
        self._follower.forget()
        self._standing.forget()

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        found = self._cues.push(frame, now_ns)
        if found is None:
            return None
        looked = self._looker.look(frame)
        motion = looked.motion
        if motion.cut:
            self._follower.forget()
            self._standing.forget()
        if self._depth is None or motion.cut or not motion.blank:
            matte = self._follower.follow(looked)
            self._depth = self._standing.place(found.depth, matte, motion)
        return replace(found, depth=self._depth)

    def close(self) -> None:
        self._follower.close()

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        cues, *others = self._cues.backends()
        return (replace(cues, chosen=f"{cues.chosen}; a person's matte by OpenCV's dnn"), *others)
