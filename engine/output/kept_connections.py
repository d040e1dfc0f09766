"""Keep the output process's connections to receivers for a moment longer than the process.

Without mDNS, an NDI receiver asks the machine for its senders over a connection of its own (TCP port 5960), and again
half a second after it has lost it. Where it loses the picture at the same instant it looks for the sender once before
it has the answer and, as seen with strace, not again until a second after. If the picture's connection ends some
milliseconds later, the answer is there when it first looks.

So the engine holds copies of these connections (pidfd_getfd, Linux 5.6), which keep them open when the process dies,
and closes them itself, with a reset: then no TIME_WAIT is left, and the next process has the same port. Where
the system refuses, the gap is what it was.
"""

import contextlib
import ctypes
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

SENDERS_PORT: Final = 5960
"""Where NDI tells its senders."""

_PIDFD_GETFD: Final = 438
"""Number of the system call, the same on every processor."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""struct linger: on, 0 s; see socket(7)."""


class KeptConnections:
    """Copies of the connections of one process, by their inodes. One thread uses it."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}/fd")
        self._copies: dict[str, socket.socket] = {}
        self._others: set[str] = set()
        self._process = -1
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                self._process = os.pidfd_open(pid)

    @property
    def count(self) -> int:
        """Return how many connections are kept."""
        return len(self._copies)

    def refresh(self) -> None:
        """Copy what is new, and let go of what the process has closed; cheap enough for every second."""
        if self._process < 0:
            return
        present: dict[str, int] = {}
        with contextlib.suppress(OSError):
            for entry in self._folder.iterdir():
                with contextlib.suppress(OSError):  # closed meanwhile
                    target = str(entry.readlink())
                    if target.startswith("socket:"):
                        present[target] = int(entry.name)
        self._others &= present.keys()
        for name in self._copies.keys() - present.keys():
            self._copies.pop(name).close()
        for name in present.keys() - self._copies.keys() - self._others:
            copied = self._copy(present[name])
            if copied is None:
                self._others.add(name)
            else:
                self._copies[name] = copied

    def end(self) -> None:
        """End the kept connections now. Idempotent."""
        for copied in self._copies.values():
            with contextlib.suppress(OSError):
                copied.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            copied.close()
        self.close()

    def close(self) -> None:
        """Let go of the kept connections: what the process still holds goes on. Idempotent."""
        for copied in self._copies.values():
            copied.close()
        self._copies.clear()
        if self._process >= 0:
            os.close(self._process)
            self._process = -1

    def _copy(self, descriptor: int) -> socket.socket | None:
        """Return a copy of a connection to a receiver; None if it is another socket, or cannot be had."""
        call = ctypes.CDLL(None, use_errno=True).syscall
        number = call(_PIDFD_GETFD, self._process, descriptor, 0)
        if number < 0:
            return None
        copied = socket.socket(fileno=number)
        internet = copied.family in (socket.AF_INET, socket.AF_INET6)
        with contextlib.suppress(OSError):
            copied.getpeername()
            if internet and copied.type == socket.SOCK_STREAM and copied.getsockname()[1] != SENDERS_PORT:
                return copied
        copied.close()
        return None
