"""Depth from image cues with a person's matte as prior."""

from dataclasses import replace
from typing import Final

from engine.clock import NS_PER_MS
from engine.messages.events import BackendChoice
from engine.messages.frame import ControlMap, DepthImage, InputFrame
from engine.preprocess.compiled.estimator import cue_estimator, motion_tracker
from engine.preprocess.compiled.person import person_work
from engine.preprocess.filters import blend_weight
from engine.preprocess.looker import Looker
from engine.preprocess.maps.matte.follow import EVERY_NS, PersonFollower
from engine.preprocess.maps.matte.looking import Eye, EyeAside
from engine.preprocess.maps.matte.model import Matte
from engine.preprocess.maps.matte.plain import floor
from engine.preprocess.motion import Motion

FEET_NS: Final = 300 * NS_PER_MS
"""Time constant of how near the person stands: a raised foot is no step."""

PRESENT: Final = 0.01
"""Of the picture's pixels; from here on a person counts fully, and with less the cues do."""


class Standing:
    """Puts the person of mattes onto the floor of depth maps, as near as the floor is at the feet."""

    def __init__(self) -> None:
        self._work = person_work()
        self._feet: float | None = None

    def forget(self) -> None:
        """Forget where the person stood."""
        self._feet = None

    def place(self, depth: DepthImage, matte: Matte, motion: Motion) -> DepthImage:
        """Return depth [h, w] in 0..1 with the person of a matte [h, w] in it; depth itself where there is none."""
        mean, lowest = self._work.footing(matte)
        if lowest < 0:
            return depth
        feet = float(floor(depth.shape[0])[lowest, 0])
        before = feet if self._feet is None else self._feet
        self._feet = before + blend_weight(motion.elapsed_ns, FEET_NS) * (feet - before)
        return self._work.standing(depth, matte, self._feet, min(mean / PRESENT, 1.0))


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
