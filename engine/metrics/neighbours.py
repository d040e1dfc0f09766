"""Poll for other programs on the accelerators that this one computes on, and report when they come and go."""

from collections.abc import Callable, Collection
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.stats import GpuShared, SharedGpu
from engine.metrics.gpus import GpuReport, read_gpus

POLL_NS: Final = 5 * NS_PER_SECOND
"""The driver takes some 10 ms to answer: 0.2 % of this."""


class GpuNeighbours:
    """Detect foreign processes on our accelerators. Owned by one thread.

    Report nothing where the library, the driver or an accelerator of ours is missing; without the first two, query
    once only, since they do not appear during a show.

    Args:
        own_pids: processes that do not count as foreign.
    """

    def __init__(self, own_pids: Collection[int], read: Callable[[Collection[int]], GpuReport] = read_gpus) -> None:
        self._own_pids = tuple(own_pids)
        self._read = read
        self._next_ns: int | None = 0
        self._last_emitted: tuple[tuple[str, int], ...] = ()

    def poll(self, now_ns: int) -> GpuShared | None:
        """Return the foreign processes if they have changed, else None; query the driver every POLL_NS at most."""
        if self._next_ns is None or now_ns < self._next_ns:
            return None
        report = self._read(self._own_pids)
        self._next_ns = None if report.missing else now_ns + POLL_NS
        gpus = tuple(
            SharedGpu(gpu.name, len(gpu.foreign_pids), gpu.foreign_bytes, gpu.foreign_busy)
            for gpu in report.loads
            if gpu.ours and gpu.foreign_pids
        )
        current = tuple((gpu.name, gpu.others) for gpu in gpus)
        if current == self._last_emitted:
            return None
        self._last_emitted = current
        return GpuShared(at_ns=now_ns, gpus=gpus)
