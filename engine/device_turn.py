"""Who may record a graph on the GPU, or wait for all of it: one thread of the process at a time.

While any thread records a graph, no thread may wait for the whole device or give memory back; what it computes, copies
and waits for on a stream of its own goes on. Source: CUDA C++ Programming Guide, "Prohibited and unhandled operations"
of stream capture.
"""

import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_log: Final = logging.getLogger(__name__)

_TURN: Final = threading.RLock()

_PATIENCE_S: Final = 10.0
"""A recording takes less than a second. A thread that keeps the turn for longer, and is waited for, has hung."""

_waited_in_vain: Final = threading.Event()
"""Set while one has the turn who was waited for in vain; nobody else waits for that one."""

_holders: Final[list[str]] = []
"""Threads that have the turn, a name for each time that one took it; written by who has it."""

_untold: Final[deque[str]] = deque(maxlen=8)


@contextmanager
def device_turn() -> Iterator[None]:
    """Wait for the turn, and keep it; who has it may take it again. Who keeps it for ever is waited for only once.

    That one goes on without the turn is told; see `untold`.
    """
    had = _TURN.acquire(timeout=0 if _waited_in_vain.is_set() else _PATIENCE_S)
    if had:
        _waited_in_vain.clear()
    elif not _waited_in_vain.is_set():
        _waited_in_vain.set()
        _tell()
    try:
        with _held(had):
            yield
    finally:
        if had:
            _TURN.release()


@contextmanager
def device_turn_if_free() -> Iterator[bool]:
    """Keep the turn if nobody else has it; yields whether."""
    free = _TURN.acquire(blocking=False)
    try:
        with _held(free):
            yield free
    finally:
        if free:
            _TURN.release()


def untold() -> tuple[str, ...]:
    """Sentences for the performer that nobody has taken yet: one for each time that the turn was waited for in vain."""
    told = []
    while _untold:
        told.append(_untold.popleft())
    return tuple(told)


@contextmanager
def _held(had: bool) -> Iterator[None]:
    if not had:
        yield
        return
    _holders.append(threading.current_thread().name)
    try:
        yield
    finally:
        _holders.pop()


def _tell() -> None:
    holder = next(iter(_holders), "another thread")
    text = (
        f"{holder} has kept the GPU to itself for more than {_PATIENCE_S:g} seconds; {threading.current_thread().name} "
        "goes on without waiting, and what it records may fail. If it does, start the generator again."
    )
    _log.warning(text)
    _untold.append(text)
