"""Detect a generator that does not return, and replace the thread that waits for it.

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

POLL_NS: Final = 250 * NS_PER_MS

MAX_ABANDONED: Final = 4
"""Threads that may be left hanging; each holds what its generator held."""


class Watchdog:
    """Poll the engine thread from a thread of its own.

    Args:
        silent_ns: returns how long the engine thread has not come round, at an instant.
        awaited: returns whether a cut waits for the chunk in flight.
        replace: replaces the hanging thread; called with how long it has been silent, in ns.
    """

    def __init__(
        self,
        clock: Clock,
        silent_ns: Callable[[int], int],
        awaited: Callable[[], bool],
        replace: Callable[[int], None],
    ) -> None:
        self._clock = clock
        self._silent_ns = silent_ns
        self._awaited = awaited
        self._replace = replace
        self._replaced = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hardcut-watchdog", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and join it. Harmless before start."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def poll(self, now_ns: int) -> bool:
        """Replace the engine thread if it hangs; return whether it was replaced."""
        silent_ns = self._silent_ns(now_ns)
        if silent_ns <= (WAITED_FOR_NS if self._awaited() else HUNG_NS) or self._replaced >= MAX_ABANDONED:
            return False
        self._replaced += 1
        self._replace(silent_ns)
        return True

    def _work(self) -> None:
        while not self._stopping.wait(POLL_NS / NS_PER_SECOND):
            self.poll(self._clock.now_ns())


def hang(name: str, silent_ns: int, built_in: str) -> GeneratorError:
    """Return the fault of a generator that has not returned for so long."""
    seconds = round(silent_ns / NS_PER_SECOND)
    if name == built_in:
        return GeneratorError(f"It has not returned for {seconds} s and is left behind", where=name)
    return NotEnoughMemoryError(f"It has not returned for {seconds} s, and what it holds is not had back", where=name)
