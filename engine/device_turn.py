"""Who may record a graph on the GPU, or wait for all of it: one thread of the process at a time.

While any thread records a graph, no thread may wait for the whole device or give memory back; what it computes, copies
and waits for on a stream of its own goes on. Source: CUDA C++ Programming Guide, "Prohibited and unhandled operations"
of stream capture.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_TURN: Final = threading.RLock()

_PATIENCE_S: Final = 10.0
"""A recording takes less than a second. A thread that keeps the turn for longer, and is waited for, has hung."""

_waited_in_vain: Final = threading.Event()
"""Set while one has the turn who was waited for in vain; nobody else waits for that one."""


@contextmanager
def device_turn() -> Iterator[None]:
    """Wait for the turn, and keep it; who has it may take it again. Who keeps it for ever is waited for only once."""
    had = _TURN.acquire(timeout=0 if _waited_in_vain.is_set() else _PATIENCE_S)
    if had:
        _waited_in_vain.clear()
    else:
        _waited_in_vain.set()
    try:
        yield
    finally:
        if had:
            _TURN.release()


@contextmanager
def device_turn_if_free() -> Iterator[bool]:
    """Keep the turn if nobody else has it; yields whether."""
    free = _TURN.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _TURN.release()
