"""What else runs on the machine while something is measured."""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass

import psutil

from engine.clock import NS_PER_SECOND, Clock
from engine.metrics.gpus import GpuLoad, GpuReport, read_gpus
from engine.metrics.machine import JsonValue

QUIET_CORES = 0.1
"""Load of others, in cores, that a desktop at rest makes anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLoad:
    """Load that is not ours.

    Attributes:
        seconds: how long was looked at.
        own_cores: mean number of cores that our processes kept busy.
        other_cores: the same of all others, time that a hypervisor took included.
        gpus: load of each accelerator now.
    """

    seconds: float
    own_cores: float
    other_cores: float
    gpus: tuple[GpuLoad, ...]

    @property
    def quiet(self) -> bool:
        """True if nothing else could have disturbed a measurement."""
        return self.other_cores <= QUIET_CORES and not any(gpu.foreign_pids for gpu in self.gpus)

    def sentence(self) -> str:
        """One line for people."""
        told = [f"Other programs kept {self.other_cores:.2f} cores busy over {self.seconds:.0f} s"]
        told += [sentence for gpu in self.gpus if (sentence := gpu.sentence())]
        return "; ".join(told) + "."

    def as_json(self) -> dict[str, JsonValue]:
        """The same as JSON's own types."""
        document: dict[str, JsonValue] = asdict(self)
        document["gpus"] = [asdict(gpu) | {"foreign_pids": list(gpu.foreign_pids)} for gpu in self.gpus]
        document["quiet"] = self.quiet
        return document


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Processor time spent since some origin, in seconds: by all, and by each of our processes."""

    everyone: float
    own: dict[int, float]


def read_cpu_times(roots: Collection[int]) -> CpuTimes:
    """Times now; our processes are the roots with all their descendants.

    The output process is nobody's child on purpose: name it among the roots.
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
    """Measures the load of others between its start and each reading.

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
        self._began_ns = clock.now_ns()
        self._begin = cpu(self._roots)

    def read(self) -> OtherLoad:
        """The load since the meter was made. A process of ours that has ended since counts as another's."""
        now = self._cpu(self._roots)
        seconds = (self._clock.now_ns() - self._began_ns) / NS_PER_SECOND
        everyone = now.everyone - self._begin.everyone
        own = sum(used - self._begin.own.get(pid, 0.0) for pid, used in now.own.items())
        per_second = 1.0 / seconds if seconds > 0.0 else 0.0
        return OtherLoad(
            seconds=seconds,
            own_cores=max(own, 0.0) * per_second,
            # The kernel's two accounts tick apart: a difference just below zero is none.
            other_cores=max(everyone - own, 0.0) * per_second,
            gpus=self._gpus(tuple(now.own)).loads,
        )
