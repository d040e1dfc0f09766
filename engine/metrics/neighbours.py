"""Other programs on the accelerator that we compute on: asked for now and then, told when they come and go."""

from collections.abc import Callable, Collection
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.events import GpuShared, SharedGpu
from engine.metrics.gpus import GpuReport, read_gpus

ASK_NS: Final = 5 * NS_PER_SECOND
"""The driver takes some ten milliseconds to answer: a five-hundredth of this."""


class GpuNeighbours:
    """Knows who else is there. Owned by one thread.

    Where the library, the driver or an accelerator of ours is missing nothing is claimed; without the first two it
    is asked once only, since they do not appear during a show.

    Args:
        own_pids: processes that are no neighbours.
    """

    def __init__(self, own_pids: Collection[int], read: Callable[[Collection[int]], GpuReport] = read_gpus) -> None:
        self._own_pids = tuple(own_pids)
        self._read = read
        self._next_ns: int | None = 0
        self._told: tuple[tuple[str, int], ...] = ()

    def poll(self, now_ns: int) -> GpuShared | None:
        """What to tell, if something has changed; asks the driver only when it is time to."""
        if self._next_ns is None or now_ns < self._next_ns:
            return None
        report = self._read(self._own_pids)
        self._next_ns = None if report.missing else now_ns + ASK_NS
        gpus = tuple(
            SharedGpu(gpu.name, len(gpu.foreign_pids), gpu.foreign_bytes, gpu.foreign_busy)
            for gpu in report.loads
            if gpu.ours and gpu.foreign_pids
        )
        told = tuple((gpu.name, gpu.others) for gpu in gpus)
        if told == self._told:
            return None
        self._told = told
        return GpuShared(at_ns=now_ns, gpus=gpus)
