"""Processes that the output starts do not inherit its priority: at real time they would take a core from the pacer."""

import os
import subprocess
import sys
import threading

import pytest

from engine.output.realtime import Priority, raise_priority, start_ordinary

ASKED = "import os; print(os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0))"


@pytest.mark.skipif(sys.platform != "linux", reason="policies are Linux's")
def test_a_process_starts_at_ordinary_priority_whatever_its_parent_has() -> None:
    found: list[str] = []
    left: list[int] = []

    def work() -> None:
        granted = raise_priority()
        before = os.sched_getscheduler(0)
        asked = start_ordinary(lambda: subprocess.run([sys.executable, "-c", ASKED], capture_output=True, check=True))
        found.append(asked.stdout.decode().strip())
        left.append(os.sched_getscheduler(0) - before)
        assert (before == os.SCHED_RR) == (granted is Priority.REAL_TIME)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    policy, niceness = map(int, found[0].split())
    assert policy not in (os.SCHED_RR, os.SCHED_FIFO) and niceness >= 0
    assert left == [0]  # those that this thread starts later keep theirs


def test_what_fails_to_start_says_so() -> None:
    with pytest.raises(FileNotFoundError):
        start_ordinary(lambda: subprocess.Popen(["/nowhere/at/all"]))
