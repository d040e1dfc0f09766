"""Too little memory, done to a show that is played."""

import resource
import signal
import subprocess
import time
from contextlib import suppress
from typing import Final

import psutil

from tests.soak.cgroup import Neighbour
from tests.soak.show import Show

MARGIN_BYTES: Final = 64 << 20
SPARE_BYTES: Final = 24 << 20
SHORT: Final = "Memory is short"
NOTICED_AFTER_S: Final = 2.0
KEPT_AFTER_S: Final = 4.0
"""The show is kept within two seconds of a change, and it has to have been played."""


def lower_memory(show: Show) -> None:
    """The program can have no more memory for some seconds, while it is played."""
    pid = show.program.pid
    resource.prlimit(pid, resource.RLIMIT_AS, (psutil.Process(pid).memory_info().vms, resource.RLIM_INFINITY))
    for scene in ("Noir", "Neon Rain", "Op Art"):
        show.osc("cut", scene)
        time.sleep(1.0)
    resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def lower_memory_briefly(show: Show) -> None:
    """The same for a second and a half, with one cut."""
    pid = show.program.pid
    resource.prlimit(pid, resource.RLIMIT_AS, (psutil.Process(pid).memory_info().vms, resource.RLIM_INFINITY))
    show.osc("cut", "Noir")
    time.sleep(1.5)
    resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def limit_group(show: Show) -> None:
    """A control group lets it have a twentieth more than it has, and 64 MiB at least, of which another program of the
    group takes all but 24; the output is in it too. It has to say so and to play on: cuts go on, and what takes more
    than is left, a film and stills, is refused in a sentence."""
    group = show.group
    group.leave(max(group.used_bytes // 20, MARGIN_BYTES))
    with Neighbour(group) as neighbour:
        for _ in range(2):  # once more what the show gives up as it notices
            while group.left_bytes > SPARE_BYTES and neighbour.take(2):
                pass
            time.sleep(NOTICED_AFTER_S)
        show.osc("record", True)
        for scene in ("Noir", "Neon Rain", "Op Art") * 2:
            show.osc("cut", scene)
            show.osc("still")
            time.sleep(1.0)
        show.osc("record", False)
    for words in (SHORT, "A film is not begun", "No still is taken"):
        _expect(show, words, f"it did not say: {words}")
    if group.killed:
        show.lines.append(f"KILLED for want of memory: {group.killed}\n")
    group.free()
    time.sleep(NOTICED_AFTER_S)
    show.osc("still")
    time.sleep(1.0)
    _expect(show, "Still written", "no still with room for it again")


def starve_group(show: Show) -> None:
    """Another program of the group takes all there is, so the kernel ends the largest, which is the program: the output
    keeps its picture, and the next start goes on in the last scene."""
    group = show.group
    show.osc("cut", "Neon Rain")
    time.sleep(KEPT_AFTER_S)
    group.leave(MARGIN_BYTES)
    with Neighbour(group) as neighbour:
        while show.program.poll() is None and neighbour.take(4):
            pass
        with suppress(subprocess.TimeoutExpired):
            show.program.wait(2.0)
    group.free()
    if show.program.poll() != -signal.SIGKILL or not group.killed:
        show.lines.append(f"NEVER KILLED for want of memory: status {show.program.poll()}\n")
        return
    time.sleep(2.0)
    show.restart()
    show.await_true(lambda: any("It goes on with Neon Rain" in line for line in show.lines), "the last scene")


def _expect(show: Show, words: str, otherwise: str) -> None:
    if not any(words in line for line in show.lines):
        show.lines.append(f"MISSING: {otherwise}\n")
