"""Detect a generator that does not return, and replace the thread that waits for it.

A thread, not a fresh process: the window, the controllers, the session and the committed state live in this process and
go on without a seam, and what hangs in practice (a lock, a driver call, a network) lets other threads run. What the
hung call holds is not had back, on a GPU its memory above all; so the built-in generator, which needs next to nothing,
plays on, unless it was itself what hung. A call that keeps Python's own lock for ever stops this thread too: then the
output process, which shares nothing with it, keeps the last picture on air, and the next start of the program takes
over (engine.output.leader).
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import EngineError
from engine.generators.registry import DEFAULT_GENERATOR
from engine.loop.fault_words import sentence_of
from engine.loop.patience import (
    FREELY_LEFT,
    STILL_NS,
    Silence,
    hang_in_a_row,
    patience_ns,
    still_starting,
    usual_patience_ns,
)
from engine.messages.events import Level

POLL_NS: Final = 250 * NS_PER_MS

_log: Final = logging.getLogger(__name__)


class Watchdog:
    """Poll the engine thread from a thread of its own. Nothing that goes wrong there ends it.

    Args:
        look: returns how long the engine thread has not come round, at an instant.
        replace: replaces the hanging thread, or raises and has changed nothing: it is called again at the next poll.
        tell: tells the performer a sentence.
    """

    def __init__(
        self,
        clock: Clock,
        look: Callable[[int], Silence],
        replace: Callable[[Silence], None],
        tell: Callable[[Level, str], None],
    ) -> None:
        self._clock = clock
        self._look = look
        self._replace = replace
        self._tell = tell
        self._last_ns = 0
        self._still_ns = STILL_NS
        self._told: set[str] = set()
        self._failed = ""
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
        """Replace the engine thread if it hangs; return whether it was replaced. Tells what it waits for."""
        silence = self._look(now_ns)
        if silence.ns < self._last_ns:
            self._note_return(silence)
        self._last_ns = silence.ns
        if silence.starting and silence.ns > self._still_ns:
            self._still_ns *= 2
            self._tell(Level.WARNING, still_starting(silence, DEFAULT_GENERATOR))
        if silence.ns <= usual_patience_ns(silence, DEFAULT_GENERATOR):
            return False
        if silence.left >= FREELY_LEFT:
            self._tell_once(hang_in_a_row(silence, DEFAULT_GENERATOR))
        wait_ns = patience_ns(silence, DEFAULT_GENERATOR)
        if wait_ns is None or silence.ns <= wait_ns:
            return False
        try:
            self._replace(silence)
        except (EngineError, MemoryError, OSError, RuntimeError) as error:  # no thread, no memory: the next poll tries
            text = f"The generator {silence.generator} hangs and cannot be replaced yet. {sentence_of(error)}"
            self._tell_once(f"{text} It is tried again; the last picture stays on air.")
            return False
        self._last_ns = 0
        self._forget()
        return True

    def _note_return(self, silence: Silence) -> None:
        """Note that the thread came round by itself."""
        if self._told:
            self._tell(Level.INFO, f"The generator {silence.generator} has returned.")
        self._forget()

    def _tell_once(self, text: str) -> None:
        """Tell a fault once for each time that something hangs."""
        if text not in self._told:
            self._told.add(text)
            self._tell(Level.ERROR, text)

    def _forget(self) -> None:
        self._still_ns = STILL_NS
        self._told.clear()

    def _work(self) -> None:
        while not self._stopping.wait(POLL_NS / NS_PER_SECOND):
            try:
                self.poll(self._clock.now_ns())
            except Exception as error:  # noqa: BLE001 - the top of the thread, and it reports
                if repr(error) != self._failed:
                    self._failed = repr(error)
                    _log.exception("the watchdog has failed, and goes on")
