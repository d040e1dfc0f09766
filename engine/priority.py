"""Letting the output go first where the system does not grant it a priority of its own."""

import os
import sys

STEP_BACK = 5
"""Nice enough that the output's few milliseconds come first, not so nice that the picture starves."""


STEP_FORWARD = -10
"""As far as the output goes where it is refused real time: a hand's message does not wait for the picture's threads."""


def step_forward() -> bool:
    """Raise the priority of this thread alone and of those it will start, if the system lets us; True if it did.

    Linux only: elsewhere niceness belongs to the whole process.
    """
    if sys.platform != "linux":
        return False
    try:
        os.setpriority(os.PRIO_PROCESS, 0, STEP_FORWARD)
    except OSError:
        return False
    return True


def step_back() -> bool:
    """Lower the priority of this thread and those it will start; True if that was done.

    Call it after the output process has been started, which would inherit it.
    """
    if sys.platform == "win32":
        return False  # the output's high priority class is granted to everyone there
    try:
        os.setpriority(os.PRIO_PROCESS, 0, STEP_BACK)
    except OSError:
        return False
    return True
