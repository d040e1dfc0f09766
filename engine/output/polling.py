"""Waiting for what another process does: there is nothing to be woken by, so it is looked at every few milliseconds."""

import threading
from collections.abc import Callable

POLL_S = 0.005


def wait_for(condition: Callable[[], bool], patience_s: float) -> bool:
    """Poll a condition; return False if it does not hold within patience_s."""
    pause = threading.Event()
    for _ in range(int(patience_s / POLL_S)):
        if condition():
            return True
        pause.wait(POLL_S)
    return condition()
