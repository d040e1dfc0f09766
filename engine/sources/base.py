"""What the capture thread drives: a source hands over fitted pictures with their capture times."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.messages.events import BackendChoice
from engine.messages.frame import DepthImage, RgbImage, Skeletons

READ_TIMEOUT_S = 0.1
"""The longest a read waits for a picture: a seek or a lost connection is noticed this soon."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, fitted to the format of the show; its arrays are never written again.

    Attributes:
        image: RgbImage.
        capture_ns: when it was captured, received or due, on the shared monotonic clock.
        true_depth: the source's own depth where it knows it; true_pose: works out the people in it, likewise.
    """

    image: RgbImage
    capture_ns: int
    true_depth: DepthImage | None = None
    true_pose: Callable[[], Skeletons] | None = None


class Source(Protocol):
    """A source of pictures. Its capture thread owns it: it is opened, read and closed there.

    It is built with a halt event; once that is set, open and read return or raise without delay.
    """

    @property
    def label(self) -> str:
        """What is being delivered, for the screen ("clip.mp4, 1920×1080, 24 fps"); may change while live."""
        ...

    @property
    def rate(self) -> float:
        """Frames per second as the source declares them; 0.0 where it does not."""
        ...

    def open(self) -> None:
        """Open it; after a SourceError from read, open it again.

        Raises:
            SourceError: it cannot be opened now.
        """
        ...

    def read(self) -> Picture | None:
        """The newest picture, or None if none came within READ_TIMEOUT_S.

        Raises:
            SourceError: it is lost; open may bring it back.
        """
        ...

    def close(self) -> None:
        """Release everything; also after a failed open, and more than once."""
        ...


@runtime_checkable
class Seekable(Protocol):
    """A source with a position in time."""

    def seek(self, seconds: float) -> None:
        """Continue at this position (>= 0, taken modulo the length); from any thread."""
        ...


@runtime_checkable
class Thinnable(Protocol):
    """A source that can spare itself the work of frames nobody needs."""

    def deliver_every(self, count: int) -> None:
        """Make and deliver only every count-th frame (>= 1) of its own time from now on; from any thread."""
        ...


@runtime_checkable
class Computing(Protocol):
    """A source that computes its pictures."""

    def backends(self) -> tuple[BackendChoice, ...]:
        """How it computes, once it is open; from any thread."""
        ...


def wait_until(due_ns: int, clock: Clock, halt: threading.Event) -> bool:
    """Wait for an instant, at most READ_TIMEOUT_S; True once it has come and nobody has called a halt."""
    wait_ns = due_ns - clock.now_ns()
    if wait_ns <= 0:
        return not halt.is_set()
    halted = halt.wait(min(wait_ns / NS_PER_SECOND, READ_TIMEOUT_S))
    return not halted and clock.now_ns() >= due_ns - NS_PER_MS


SourceFactory = Callable[[threading.Event], Source]
"""Builds a source around its halt event; must not block."""
