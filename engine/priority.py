"""Letting the output go first where the system does not grant it a priority of its own."""

import os
import sys

STEP_BACK = 5
"""Nice enough that the output's few milliseconds come first, not so nice that the picture starves."""


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
