"""A source that does as it is told, and what a manager reports; hand-written, shared by the tests."""

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

import numpy as np

from engine.clock import SystemClock
from engine.errors import SourceError
from engine.messages.events import SourceChanged, SourceState
from engine.sources.base import Picture

T = TypeVar("T")

IMAGE = np.zeros((448, 448, 3), np.uint8)


class ScriptedSource:
    """Each open and read takes the next step put by the test: a Picture, an exception, or None."""

    def __init__(self, halt: threading.Event) -> None:
        self.halt = halt
        self.opening: SimpleQueue[BaseException | None] = SimpleQueue()
        self.reading: SimpleQueue[Picture | BaseException | None] = SimpleQueue()
        self.label = "scripted"
        self.rate = 30.0
        self.closed = 0
        self.sought: list[float] = []

    def open(self) -> None:
        step = self._next(self.opening)
        if isinstance(step, BaseException):
            raise step

    def read(self) -> Picture | None:
        step = self._next(self.reading)
        if isinstance(step, BaseException):
            raise step
        return step

    def close(self) -> None:
        self.closed += 1

    def seek(self, seconds: float) -> None:
        self.sought.append(seconds)

    def show(self, *marks: int) -> None:
        """Deliver pictures, one for each mark, captured now and filled with the mark."""
        for mark in marks:
            self.reading.put(Picture(np.full_like(IMAGE, mark), time.monotonic_ns()))

    def _next(self, queue: "SimpleQueue[T]") -> "T | None":
        while not self.halt.is_set():
            try:
                return queue.get(timeout=0.005)
            except Empty:
                continue
        return None


def eventually(condition: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Wait until something is so; False after the timeout."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


class Heard:
    """Collects what a manager reports."""

    def __init__(self) -> None:
        self.events: list[SourceChanged] = []

    def __call__(self, event: SourceChanged) -> None:
        self.events.append(event)

    def states(self) -> list[tuple[str, SourceState]]:
        return [(event.spec, event.state) for event in self.events]

    def wait_for(self, spec: str, state: SourceState, times: int = 1) -> SourceChanged:
        """The n-th event of this kind."""

        def found() -> Sequence[SourceChanged]:
            return [event for event in self.events if event.spec == spec and event.state is state]

        assert eventually(lambda: len(found()) >= times), f"no {state} of {spec}; heard {self.states()}"
        return found()[times - 1]


CLOCK = SystemClock()
GONE = SourceError("It is gone", where="here")
