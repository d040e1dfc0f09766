"""The thread that makes moved pictures ahead of their deadlines."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.clock import NS_PER_SECOND, Clock
from engine.mailbox import Latest, Mailbox
from engine.messages.frame import RgbxImage
from engine.output.interpolation.between import Between, KeptFrame
from engine.output.interpolation.flow import FlowEstimator, GrayImage, PairMotion
from engine.output.interpolation.synthesis import MotionSynthesis
from engine.output.meters import SlidingWindow
from engine.output.realtime import step_behind

WAKE_NS: Final = NS_PER_SECOND
"""Nothing is asked in a freeze of the engine; closing wakes it at once."""

GRAYS_KEPT: Final = 4
RECENT: Final = 30


@dataclass(frozen=True, slots=True)
class Made:
    """A finished picture, and what `Between.key` asked for it."""

    key: tuple[int, int, Fraction]
    image: RgbxImage


class MotionWorker:
    """Makes the pictures that it is asked for, those due first; leaves out what it cannot finish in time.

    `ask` and `made` belong to the pacer's thread. The newest wishes replace those before.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wishes: Latest[tuple[Between, ...]] = Latest()
        self._made: Mailbox[Made] = Mailbox()
        self._failure = ""
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hardcut-between", daemon=True)
        self._grays: dict[int, GrayImage] = {}
        self._motion: tuple[tuple[int, int], PairMotion] | None = None
        self._done: set[tuple[int, int, Fraction]] = set()
        self._took = SlidingWindow(RECENT)

    @property
    def failure(self) -> str:
        """Return why it has ended, as a sentence; "" while it works."""
        return self._failure

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread, and wait for it."""
        self._closing.set()
        self._wishes.put(())
        self._thread.join()

    def ask(self, wishes: Sequence[Between]) -> None:
        """Say what will be needed, in the order of their deadlines."""
        self._wishes.put(tuple(wishes))

    def made(self) -> tuple[Made, ...]:
        """Return what has been finished since the last call."""
        return tuple(self._made.drain())

    def _run(self) -> None:
        step_behind()
        try:
            self._flow, self._synthesis = FlowEstimator(), MotionSynthesis()
            while not self._closing.is_set():
                wishes = self._wishes.take(WAKE_NS)
                while wishes is not None:
                    wishes = self._work(wishes)
        except BaseException as error:  # noqa: BLE001 - the top of the thread: pictures are mixed from now on, and it says so
            self._failure = f"Motion cannot be computed: {type(error).__name__}: {error}. Pictures are blended."

    def _work(self, wishes: tuple[Between, ...]) -> tuple[Between, ...] | None:
        """Make one picture; return the wishes to go on with, None if there is nothing to do."""
        for wish in wishes:
            began_ns = self._clock.now_ns()
            if wish.key in self._done or began_ns + self._took.percentile(50) > wish.due_ns:
                continue
            self._make(wish)
            self._took.add(self._clock.now_ns() - began_ns)
            return self._wishes.take(0) or wishes
        self._done &= {wish.key for wish in wishes}
        return None

    def _make(self, wish: Between) -> None:
        motion = self._motion_of(wish.first, wish.second)
        image = self._synthesis.picture(wish.first.image, wish.second.image, motion, float(wish.share))
        self._done.add(wish.key)
        self._made.put(Made(wish.key, image))

    def _motion_of(self, first: KeptFrame, second: KeptFrame) -> PairMotion:
        pair = first.sequence, second.sequence
        if self._motion is None or self._motion[0] != pair:
            self._motion = pair, self._flow.between(self._gray(first), self._gray(second))
        return self._motion[1]

    def _gray(self, frame: KeptFrame) -> GrayImage:
        if frame.sequence not in self._grays:
            while len(self._grays) >= GRAYS_KEPT:
                self._grays.pop(next(iter(self._grays)))
            self._grays[frame.sequence] = self._flow.gray(frame.image)
        return self._grays[frame.sequence]
