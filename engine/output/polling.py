"""Waiting for what another process does: there is nothing to be woken by, so it is looked at every few milliseconds."""

import threading
from collections.abc import Callable

POLL_S = 0.005


def pause(seconds: float) -> None:
    """Let so much time pass."""
    threading.Event().wait(seconds)


def wait_for(condition: Callable[[], bool], patience_s: float) -> bool:
    """Poll a condition; return False if it does not hold within patience_s."""
    for _ in range(int(patience_s / POLL_S)):
        if condition():
            return True
        pause(POLL_S)
    return condition()
