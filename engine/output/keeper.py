"""Keep an output on air: detect that its process has died or hangs, and replace it, without end.

One sign is not enough to take a process for dead or alive. It is dead if it is gone (not if its files are: those
are made again). It hangs if it is there and has written no status for a while although whoever watches has looked all
the time: a watcher that was stopped itself, or a machine that slept, proves nothing.

A start that fails is tried again with growing pauses, without end. What happens is told in sentences, repeated ones
seldom.
"""

from typing import Final, Protocol

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import OutputError
from engine.output.status import OutputStatus
from engine.repeats import Repeats

HANG_NS: Final = 600 * NS_PER_MS
"""Without a status for so long, of some eighteen that were due. With what a receiver takes to find the next process,
its viewers see the last picture for about a second and a half."""

HANG_FRAMES: Final = 4
"""And of a slow output at least so many."""

LONGEST_HANG_NS: Final = 12 * NS_PER_SECOND
CALM_NS: Final = 15 * NS_PER_SECOND
"""Each process that had to be killed doubles the patience with the next (a machine that is merely overrun must not kill
one after the other), until there has been calm for so long."""

POLL_NS: Final = 100 * NS_PER_MS
"""The most that counts as watched between two polls."""

FIRST_RETRY_NS: Final = NS_PER_SECOND // 2
LONGEST_RETRY_NS: Final = 8 * NS_PER_SECOND
FILES_NS: Final = NS_PER_SECOND

SPARE_AFTER_NS: Final = 3 * NS_PER_SECOND
"""The spare is loaded once the show is in its stride."""


class KeptOutput(Protocol):
    """The output as the keeper sees it; see engine.output.client.OutputClient."""

    def alive(self) -> bool: ...

    def status(self) -> OutputStatus: ...

    def renew(self) -> None: ...

    def keep_files(self) -> None: ...

    def keep_spare(self) -> None: ...


class Pulse:
    """Measure for how long a counter has stood still while it was watched."""

    def __init__(self) -> None:
        self._count: int | None = None
        self._polled_ns = 0
        self._still_ns = 0

    def still_ns(self, count: int, now_ns: int) -> int:
        """Return for how long the count has stood still, as far as it was watched."""
        if count != self._count:
            self._count, self._still_ns = count, 0
        else:
            self._still_ns += min(now_ns - self._polled_ns, POLL_NS)
        self._polled_ns = now_ns
        return self._still_ns


class OutputKeeper:
    """Restart a dead or hanging output. Called from one thread, some 50 times a second."""

    def __init__(self, output: KeptOutput, now_ns: int) -> None:
        self._output = output
        self._pulse = Pulse()
        self._patience_ns = HANG_NS
        self._killed_ns = now_ns
        self._retry_ns = FIRST_RETRY_NS
        self._next_try_ns = 0
        self._next_files_ns = 0
        self._spare_ns = now_ns + SPARE_AFTER_NS
        self._fault = ""
        self._repeats = Repeats()
        self.renewal_count = 0
        """How many processes have been replaced."""

    def poll(self, now_ns: int) -> tuple[str, ...]:
        """Check and repair the output; return what happened, in sentences for the performer."""
        if not self._fault:
            self._fault = self._find_fault(now_ns)
        if self._fault:
            return self._renew(now_ns) if now_ns >= self._next_try_ns else ()
        return self._maintain(now_ns)

    def _find_fault(self, now_ns: int) -> str:
        if not self._output.alive():
            return "The output had died"
        status = self._output.status()
        still_ns = self._pulse.still_ns(status.ticks, now_ns)
        if now_ns - self._killed_ns > CALM_NS:
            self._patience_ns = HANG_NS
        if still_ns <= max(self._patience_ns, HANG_FRAMES * status.period_ns):
            return ""
        self._killed_ns = now_ns
        self._patience_ns = min(2 * self._patience_ns, LONGEST_HANG_NS)
        return f"The output had stood still for {still_ns / NS_PER_SECOND:.1f} s"

    def _renew(self, now_ns: int) -> tuple[str, ...]:
        try:
            self._output.renew()
        except OutputError as error:
            self._next_try_ns = now_ns + self._retry_ns
            self._retry_ns = min(2 * self._retry_ns, LONGEST_RETRY_NS)
            text = f"{self._fault} and cannot be started again. {error} It is tried again every few seconds."
            return self._unless_repeated(text, now_ns)
        text = f"{self._fault} and was started again, with its picture and its controls."
        self._fault, self._retry_ns, self._next_try_ns = "", FIRST_RETRY_NS, 0
        self.renewal_count += 1
        self._pulse = Pulse()
        self._spare_ns = now_ns + SPARE_AFTER_NS
        self._repeats.forget()
        return (text,)

    def _maintain(self, now_ns: int) -> tuple[str, ...]:
        """Recreate deleted files and start the spare, when due."""
        if now_ns < self._next_files_ns:
            return ()
        self._next_files_ns = now_ns + FILES_NS
        try:
            self._output.keep_files()
            if now_ns >= self._spare_ns:
                self._output.keep_spare()
        except OutputError as error:
            return self._unless_repeated(str(error), now_ns)
        return ()

    def _unless_repeated(self, text: str, now_ns: int) -> tuple[str, ...]:
        """Return the sentence, unless it was reported lately."""
        return (text,) if self._repeats.worth_telling(text, now_ns) else ()
