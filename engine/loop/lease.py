"""What the chunk loop is wired to, lent to one thread: it can be taken back from a thread that does not return.

A thread cannot be ended from outside. So the loop reaches everything that is not its own through a lease. Each reach
tells that the thread is still coming round; once the lease is revoked, the next one raises, and a thread that wakes up
late finds its way out without having touched the show.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from engine.clock import Clock
from engine.loop.ports import RunnerPorts

T = TypeVar("T")


class LeaseRevokedError(Exception):
    """This thread has been replaced, and must end silently."""


class Lease:
    """Lend the ports to one thread."""

    def __init__(self, ports: RunnerPorts) -> None:
        self._clock: Clock = ports.clock
        self._holder: threading.Thread | None = None
        self._revoked = False
        self._reached_ns = ports.clock.now_ns()
        self._ready = False
        self.ports = RunnerPorts(
            clock=self._lend(ports.clock),
            commands=self._lend(ports.commands),
            interrupt=self._lend(ports.interrupt),
            source=self._lend(ports.source),
            depth=self._lend(ports.depth),
            output=self._lend(ports.output),
            emit=self._guarded(ports.emit),
            on_cut=self._guarded(ports.on_cut),
            progress=self._lend(ports.progress),
            recorder=self._lend(ports.recorder),
            sound=self._lend(ports.sound),
            chain=self._lend(ports.chain),
            mixer=self._lend(ports.mixer),
            use_format=self._guarded(ports.use_format),
            memory_short=self._lend(ports.memory_short),
        )

    @property
    def revoked(self) -> bool:
        """Return whether the calling thread does not hold the lease."""
        return self._revoked or threading.current_thread() is not self._holder

    def lend_to(self, thread: threading.Thread) -> None:
        """Lend to a thread, before it starts."""
        self._holder = thread

    def revoke(self) -> None:
        """Revoke the lease; from any thread."""
        self._revoked = True

    def preparing(self) -> None:
        """Note that a generator is being built and warmed up, which may take minutes."""
        self.check()
        self._ready = False

    def playing(self) -> None:
        """Note that the generator is ready: from now on it must return within seconds."""
        self.check()
        self._ready = True

    def check(self) -> None:
        """Note that the thread has come round.

        Raises:
            LeaseRevokedError: it has been replaced.
        """
        if self.revoked:
            raise LeaseRevokedError
        self._reached_ns = self._clock.now_ns()

    @property
    def starting(self) -> bool:
        """Return whether the generator is not ready; from any thread."""
        return not self._ready

    def away_ns(self, now_ns: int) -> int:
        """Return how long the thread has not come round, whatever it does; from any thread."""
        return max(now_ns - self._reached_ns, 0)

    def _lend(self, part: T) -> T:
        return cast("T", _Lent(part, self))

    def _guarded(self, call: Callable[[T], None]) -> Callable[[T], None]:
        def guarded(item: T) -> None:
            self.check()
            call(item)

        return guarded


class _Lent:
    """Proxy of one port that checks the lease at each access."""

    __slots__ = ("_lease", "_part")

    def __init__(self, part: object, lease: Lease) -> None:
        self._part = part
        self._lease = lease

    def __getattr__(self, name: str) -> Any:
        self._lease.check()
        return getattr(self._part, name)
