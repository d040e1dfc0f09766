"""A ring of sound between the driver's callback and the thread that analyses, and the bell that wakes this one.

One writes, one reads. Who writes waits for nothing; who reads sleeps until there is enough.
"""

import contextlib
import threading
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND

SECONDS: Final = 2
"""Sound that the ring holds: a thread that stood still for longer loses some, and is told so."""


class Bell:
    """Wakes one thread. Whoever rings it never waits, so a driver's thread may."""

    def __init__(self) -> None:
        self._silent = threading.Lock()
        self._silent.acquire()

    def ring(self) -> None:
        """Wake the thread, or let its next wait return at once."""
        with contextlib.suppress(RuntimeError):  # it has been rung already
            self._silent.release()

    def wait(self, timeout_ns: int) -> bool:
        """Return True once it is rung, False after timeout_ns."""
        return self._silent.acquire(timeout=timeout_ns / NS_PER_SECOND)


class SoundRing:
    """Preallocated; the writer only copies.

    Args:
        rate: samples a second; channels: of each sample.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._room: npt.NDArray[np.float32] = np.zeros((SECONDS * rate, channels), np.float32)
        self._newest = (0, 0)  # samples written, and when the last was heard: one reference, swapped whole
        self._read = 0
        self._bell: Bell | None = None
        self._enough = 0

    def call(self, bell: Bell, samples: int) -> None:
        """Ring a bell with each block once so many samples are new; at once if they are. For the reader."""
        self._bell, self._enough = bell, samples
        if self._newest[0] - self._read >= samples:
            bell.ring()

    def write(self, block: npt.NDArray[Any], end_ns: int) -> None:
        """Copy a block [n, channels] in; end_ns: when its last sample was heard."""
        room, count = self._room, len(block)
        if count > len(room):
            block, count = block[-len(room) :], len(room)
        written = self._newest[0]
        begin = written % len(room)
        first = min(count, len(room) - begin)
        room[begin : begin + first] = block[:first]
        room[: count - first] = block[first:]
        self._newest = (written + count, end_ns)
        if self._bell is not None and written + count - self._read >= self._enough:
            self._bell.ring()

    def room_for(self, frames: int) -> npt.NDArray[np.float32]:
        """Return an array [frames, channels] to gather a block in."""
        return np.zeros((frames, self._room.shape[1]), np.float32)

    @property
    def newest_ns(self) -> int:
        """When the newest sample was heard; 0 before the first."""
        return self._newest[1]

    def read(self) -> tuple[npt.NDArray[np.float32], int]:
        """Return everything new [n, channels] and when its last sample was heard; what was overwritten is lost."""
        written, end_ns = self._newest
        room = self._room
        begin = max(self._read, written - len(room) // 2)  # the older half may be written to meanwhile
        self._read = written
        first, last = begin % len(room), written % len(room)
        if begin == written or first < last:
            return room[first:last].copy() if begin < written else room[:0], end_ns
        return np.concatenate((room[first:], room[:last])), end_ns
