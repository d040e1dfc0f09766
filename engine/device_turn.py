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


@contextmanager
def device_turn() -> Iterator[None]:
    """Wait for the turn, and keep it; who has it may take it again. Who keeps it for ever is not waited for so long."""
    had = _TURN.acquire(timeout=_PATIENCE_S)
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
