"""Notices that a generator does not return, and has another thread take the place of the one that waits for it.

A thread, not a fresh process: the window, the controllers, the session and the committed state live in this process and
go on without a seam, and what hangs in practice (a lock, a driver call, a network) lets other threads run. What the
hung call holds is not had back, on a GPU its memory above all; so the built-in generator, which needs next to nothing,
plays on, unless it was itself what hung. A call that keeps Python's own lock for ever stops this thread too: then the
output process, which shares nothing with it, keeps the last picture on air until somebody ends the program.
"""

import threading
from collections.abc import Callable
from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import GeneratorError, NotEnoughMemoryError

HUNG_NS: Final = 30 * NS_PER_SECOND
"""A chunk takes a second at worst; a text encoder that is loaded within one, from a slow disk, half a minute."""

WAITED_FOR_NS: Final = 6 * NS_PER_SECOND
"""The same where somebody has asked for another picture (a cut, Panic) and gets none."""

LOOK_NS: Final = 250 * NS_PER_MS

MOST_LEFT: Final = 4
"""Threads that may be left hanging; each holds what its generator held."""


class Watchdog:
    """A thread of its own.

    Args:
        silent_ns: how long the engine thread has not come round, at an instant.
        asked: whether somebody waits for another picture.
        replace: puts another thread in the place of the one that hangs; told how long it has been silent.
    """

    def __init__(
        self,
        clock: Clock,
        silent_ns: Callable[[int], int],
        asked: Callable[[], bool],
        replace: Callable[[int], None],
    ) -> None:
        self._clock = clock
        self._silent_ns = silent_ns
        self._asked = asked
        self._replace = replace
        self._left = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hardcut-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and join the thread. Harmless before start."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self, now_ns: int) -> bool:
        """Whether a thread was replaced just now."""
        silent_ns = self._silent_ns(now_ns)
        if silent_ns <= (WAITED_FOR_NS if self._asked() else HUNG_NS) or self._left >= MOST_LEFT:
            return False
        self._left += 1
        self._replace(silent_ns)
        return True

    def _work(self) -> None:
        while not self._stopping.wait(LOOK_NS / NS_PER_SECOND):
            self.look(self._clock.now_ns())


def hang(name: str, silent_ns: int, built_in: str) -> GeneratorError:
    """The fault of a generator that has not returned for so long."""
    seconds = round(silent_ns / NS_PER_SECOND)
    if name == built_in:
        return GeneratorError(f"It has not returned for {seconds} s and is left behind", where=name)
    return NotEnoughMemoryError(f"It has not returned for {seconds} s, and what it holds is not had back", where=name)
