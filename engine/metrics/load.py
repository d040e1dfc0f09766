"""Measure the load of other programs while something is measured."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

import psutil

from engine.clock import NS_PER_SECOND, Clock
from engine.metrics.gpus import GpuLoad, GpuReport, read_gpus
from engine.metrics.machine import JsonValue

QUIET_CORES = 0.1
"""Cores that an idle desktop keeps busy anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLoad:
    """Load of other programs over an interval.

    Attributes:
        seconds: length of the interval.
        own_cores: mean number of cores that our processes kept busy.
        other_cores: mean number of cores that all others kept busy, time stolen by a hypervisor included.
        gpus: load of each accelerator at the end of the interval.
    """

    seconds: float
    own_cores: float
    other_cores: float
    gpus: tuple[GpuLoad, ...]

    @property
    def quiet(self) -> bool:
        """Return whether the load of others is too low to disturb a measurement."""
        return self.other_cores <= QUIET_CORES and not any(gpu.foreign_pids for gpu in self.gpus)

    def sentence(self) -> str:
        """Describe the load in one line for people."""
        parts = [f"Other programs kept {self.other_cores:.2f} cores busy over {self.seconds:.0f} s"]
        parts += [sentence for gpu in self.gpus if (sentence := gpu.sentence())]
        return "; ".join(parts) + "."

    def as_json(self) -> dict[str, JsonValue]:
        """Return the load as JSON's own types."""
        document: dict[str, JsonValue] = asdict(self)
        document["gpus"] = [asdict(gpu) | {"foreign_pids": list(gpu.foreign_pids)} for gpu in self.gpus]
        document["quiet"] = self.quiet
        return document


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Processor time since some origin, in seconds: of all processes, and of each of ours by process id."""

    everyone: float
    own: dict[int, float]


def read_cpu_times(roots: Collection[int]) -> CpuTimes:
    """Return the processor times; our processes are the roots with all their descendants.

    The output process has no parent of ours on purpose: name it among the roots.
    """
    times = psutil.cpu_times()
    spent = ("user", "nice", "system", "irq", "softirq", "steal")  # guest time is part of user time
    own: dict[int, float] = {}
    for root in roots:
        try:
            family = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        for process in family:
            try:
                used = process.cpu_times()
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            own[process.pid] = float(used.user + used.system)
    return CpuTimes(sum(float(getattr(times, name, 0.0)) for name in spent), own)


class LoadMeter:
    """Measure the load of others from its creation until each reading.

    Args:
        roots: our processes, see read_cpu_times.
    """

    def __init__(
        self,
        clock: Clock,
        roots: Collection[int],
        cpu: Callable[[Collection[int]], CpuTimes] = read_cpu_times,
        gpus: Callable[[Collection[int]], GpuReport] = read_gpus,
    ) -> None:
        self._clock = clock
        self._roots = tuple(roots)
        self._cpu = cpu
        self._gpus = gpus
        self._start_ns = clock.now_ns()
        self._start = cpu(self._roots)

    def read(self) -> OtherLoad:
        """Return the load since the meter was made. A process of ours that has ended since counts as another's."""
        now = self._cpu(self._roots)
        seconds = (self._clock.now_ns() - self._start_ns) / NS_PER_SECOND
        everyone = now.everyone - self._start.everyone
        own = sum(used - self._start.own.get(pid, 0.0) for pid, used in now.own.items())
        per_second = 1.0 / seconds if seconds > 0.0 else 0.0
        return OtherLoad(
            seconds=seconds,
            own_cores=max(own, 0.0) * per_second,
            # The kernel's two accounts tick apart: a difference just below zero is none.
            other_cores=max(everyone - own, 0.0) * per_second,
            gpus=self._gpus(tuple(now.own)).loads,
        )
