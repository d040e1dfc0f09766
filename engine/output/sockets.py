"""Let the connections of a process end at once when it does, so that its successor is had under the same port.

A process that dies leaves its connections in the state TIME_WAIT, for a minute; meanwhile nobody else gets its port.
Receivers look for a lost NDI sender where it was first, every half second, and learn only later where else it may be.
With a linger of no time (SO_LINGER, socket(7)) the system resets the connections instead and keeps nothing.
"""

import contextlib
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Final

_OPEN: Final = Path("/proc/self/fd")
_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""struct linger: on, 0 s."""


def reset_when_ended() -> int:
    """Set it for every listening socket of this process, whose connections inherit it (Linux); return for how many."""
    if sys.platform != "linux":
        return 0
    count = 0
    for entry in list(_OPEN.iterdir()):
        with contextlib.suppress(OSError, ValueError):
            if not str(entry.readlink()).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as found:
                if found.type == socket.SOCK_STREAM and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                    count += 1
    return count
