"""Stepwise work: a generator that pauses wherever it may be left, and returns its result.

Closed at a pause, it leaves things as they were. It may yield its progress at each pause.
"""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, closing
from typing import TypeVar

P = TypeVar("P")
Q = TypeVar("Q")
R = TypeVar("R")

Work = Generator[None, None, R]
"""Stepwise work without progress."""


def drive(work: Generator[P, None, R], pause: Callable[[], None] = lambda: None) -> R:
    """The result of some work.

    Args:
        pause: called at each pause; where it raises, the work is closed.
    """
    with closing(work):
        while True:
            try:
                next(work)
            except StopIteration as done:
                result: R = done.value
                return result
            pause()


def under(context: Callable[[], AbstractContextManager[object]], work: Generator[P, None, R]) -> Generator[P, None, R]:
    """The same work with each step under a context of its own, which is left across a pause."""
    with closing(work):
        while True:
            with context():
                try:
                    progress = next(work)
                except StopIteration as done:
                    result: R = done.value
                    return result
            yield progress


def at_pauses(change: Callable[[P], Q], work: Generator[P, None, R]) -> Generator[Q, None, R]:
    """The same work, which at each pause yields what is made of its progress then."""
    with closing(work):
        while True:
            try:
                progress = next(work)
            except StopIteration as done:
                result: R = done.value
                return result
            yield change(progress)


def scaled(low: float, high: float, work: Generator[float, None, R]) -> Generator[float, None, R]:
    """The same work, whose progress 0..1 is that from low to high of a larger one."""
    return at_pauses(lambda progress: low + (high - low) * progress, work)
