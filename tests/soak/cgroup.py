"""A control group whose memory can be limited while a program runs in it: version 1 or 2, whichever is writable."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

ROOT: Final = Path("/sys/fs/cgroup")
UNLIMITED: Final = {"memory.max": "max", "memory.limit_in_bytes": "-1"}
USAGE: Final = {"memory.max": "memory.current", "memory.limit_in_bytes": "memory.usage_in_bytes"}


class MemoryGroup:
    """A group below the one of this process.

    Raises:
        OSError: none can be made here.
    """

    def __init__(self) -> None:
        self._folder = _own() / f"hardcut-soak-{os.getpid()}-{time.monotonic_ns()}"  # the id may be of a namespace
        self._folder.mkdir()
        self._limit = next((name for name in UNLIMITED if (self._folder / name).exists()), "")
        if not self._limit:
            self._folder.rmdir()
            raise OSError("no control group limits memory here")

    def add(self, pid: int) -> None:
        """Take a process in, and whatever it starts from now on."""
        (self._folder / "cgroup.procs").write_text(str(pid))

    @property
    def used_bytes(self) -> int:
        """Return what its processes take, files that are kept in memory included."""
        return int((self._folder / USAGE[self._limit]).read_text())

    def leave(self, more_bytes: int) -> None:
        """Let it have so much more than it has now."""
        (self._folder / self._limit).write_text(str(self.used_bytes + more_bytes))

    def free(self) -> None:
        """Let it have as much as it likes."""
        (self._folder / self._limit).write_text(UNLIMITED[self._limit])

    @property
    def left_bytes(self) -> int:
        """Return what it can have yet, what the kernel would drop first not counted."""
        text = (self._folder / self._limit).read_text().strip()
        return int(text) - self.used_bytes if text.isdecimal() else sys.maxsize

    @property
    def hits(self) -> int:
        """Return how often the limit has been reached."""
        if self._limit == "memory.max":
            return self._count("memory.events", "max")
        return int((self._folder / "memory.failcnt").read_text())

    @property
    def killed(self) -> int:
        """Return how many of its processes the kernel has ended for want of memory."""
        return self._count("memory.events" if self._limit == "memory.max" else "memory.oom_control", "oom_kill")

    def _count(self, name: str, wanted: str) -> int:
        counts = (line.partition(" ") for line in (self._folder / name).read_text().splitlines())
        return next((int(value) for key, _, value in counts if key == wanted), 0)

    def close(self) -> None:
        """Remove it, once its processes have gone."""
        for _ in range(50):
            with suppress(OSError):
                self._folder.rmdir()
                return
            time.sleep(0.1)


class Neighbour:
    """Another program of the group, that takes memory and keeps it; a context manager."""

    def __init__(self, group: MemoryGroup) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", _TAKES], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        group.add(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def take(self, mebibytes: int) -> bool:
        """Take so much more; return whether it lives to tell."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{mebibytes}\n".encode())
            self._process.stdin.flush()
        return bool(self._process.stdout.readline())


_TAKES: Final = """
import sys
kept = []
for line in sys.stdin:
    kept.append(bytearray(b"x") * (int(line) << 20))
    print("taken", flush=True)
"""


def _own() -> Path:
    """The group of this process that counts memory."""
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            return ROOT / "memory" / path.lstrip("/")
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        if line.startswith("0::"):
            return ROOT / line.removeprefix("0::").lstrip("/")
    raise OSError("this process is in no control group")
