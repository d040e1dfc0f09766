"""Time, injected: integer nanoseconds of one monotonic clock shared by every process here."""

import time
from typing import Protocol

NS_PER_SECOND = 1_000_000_000
NS_PER_MS = 1_000_000


class Clock(Protocol):
    """A source of monotonic time."""

    def now_ns(self) -> int:
        """Nanoseconds since an arbitrary origin that all processes of this machine share."""
        ...


class SystemClock:
    """The machine's monotonic clock (CLOCK_MONOTONIC and its equals: one origin per boot)."""

    def now_ns(self) -> int:
        return time.monotonic_ns()


class ManualClock:
    """A clock that moves only when told; for tests and offline replay."""

    def __init__(self, start_ns: int = 0) -> None:
        self._now_ns = start_ns

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, delta_ns: int) -> None:
        """Move forward by delta_ns >= 0."""
        if delta_ns < 0:
            raise ValueError(f"time does not run backwards: {delta_ns} ns")
        self._now_ns += delta_ns

    def advance_to(self, instant_ns: int) -> None:
        """Move forward to instant_ns, which must not lie in the past."""
        self.advance(instant_ns - self._now_ns)
