"""Request priority and fine timers from the system, so that deadlines can be met."""

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import TypeVar

T = TypeVar("T")

NICENESS = -10
REALTIME_PRIORITIES = (2, 1)
"""The lowest two real-time priorities, above every ordinary process and below the system's own threads; the second is
for what works ahead of deadlines, and where no more is granted."""
LOWEST_THREAD_PRIORITY = -2

HIGH_PRIORITY_CLASS = 0x80
"""winbase.h."""


class Priority(Enum):
    """The priority that the system granted; its value describes it for people."""

    UNKNOWN = ""
    REAL_TIME = "real-time priority"
    RAISED = f"raised priority (nice {NICENESS})"
    HIGH_CLASS = "high priority class"
    NORMAL = "normal priority (a higher one was refused)"


def raise_priority() -> Priority:
    """Request the best priority for this thread and those it starts; return what was granted."""
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        granted = kernel.SetPriorityClass(kernel.GetCurrentProcess(), HIGH_PRIORITY_CLASS)
        return Priority.HIGH_CLASS if granted else Priority.NORMAL
    if sys.platform == "linux":
        for priority in REALTIME_PRIORITIES:
            with contextlib.suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
                return Priority.REAL_TIME
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    except OSError:
        return Priority.NORMAL
    return Priority.RAISED


def step_behind() -> None:
    """Put the calling thread behind those with deadlines, where `raise_priority` was granted real time.

    Not behind other programs: while they had its processor it would hold the interpreter's lock, and with it all.
    """
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_RR:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITIES[-1]))


def lower_priority(niceness: int = 10) -> None:
    """Let this thread, and those that it starts, run after everything that has a deadline."""
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), LOWEST_THREAD_PRIORITY)
        return
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


def start_ordinary(start: Callable[[], T]) -> T:
    """Call what starts a process, so that the process does not inherit a raised priority; return what it returns.

    An interpreter that starts takes a third of a second of a core. At real-time priority it would keep that core from
    those with deadlines for a time slice, 100 ms. See SCHED_RESET_ON_FORK in sched(7): only the thread's end takes it
    back, so that a thread of its own calls `start`.
    """
    if sys.platform != "linux":
        return start()

    def apart() -> T:
        with contextlib.suppress(OSError):
            policy = os.sched_getscheduler(0) | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(0, policy, os.sched_getparam(0))
        return start()

    with ThreadPoolExecutor(1, "hardcut-start-sink") as pool:
        return pool.submit(apart).result()


@contextlib.contextmanager
def fine_timers() -> Iterator[None]:
    """Set a timer tick of 1 ms on Windows (15.6 ms by default); elsewhere do nothing."""
    if sys.platform == "win32":
        winmm = ctypes.windll.winmm
        winmm.timeBeginPeriod(1)
        try:
            yield
        finally:
            winmm.timeEndPeriod(1)
    else:
        yield


if __name__ == "__main__":  # asked in a process of its own: what is granted stays with it
    sys.stdout.write(f"{raise_priority().value}\n")
