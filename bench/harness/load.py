"""What else this machine is doing while something is measured."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from engine.clock import NS_PER_SECOND, Clock, SystemClock
from engine.metrics.gpus import GpuReport

TOO_MUCH_PERCENT = 25.0
"""Of the whole machine: half a core of two. Above it a figure says more about the others than about us."""

LOOK_S = 5.0
"""Going through all processes takes some 20 ms: a two-hundredth of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The others' share of the machine, in percent of all its cores.

    Attributes:
        others: all other processes together; highest: the same in the busiest five seconds.
        busiest, busiest_percent: the one that took most.
        stolen: time the hypervisor gave to other machines.
        waiting: share of time in which something runnable waited for a core (Linux PSI), or None; this
            program's own waiting is part of it.
        gpu: a sentence on each GPU that others used before this program did.
    """

    others: float
    highest: float
    busiest: str
    busiest_percent: float
    stolen: float
    waiting: float | None
    gpu: tuple[str, ...] = ()

    @property
    def disturbs(self) -> bool:
        """Return whether the load is too high to trust figures measured beside it."""
        return self.others > TOO_MUCH_PERCENT or bool(self.gpu)

    def sentence(self) -> str:
        """Describe the load in words."""
        parts = [f"other programs {self.others:.0f} % of the CPU (at most {self.highest:.0f} %)"]
        if self.busiest_percent >= 1:
            parts.append(f"most by {self.busiest} ({self.busiest_percent:.0f} %)")
        if self.stolen >= 0.5:
            parts.append(f"{self.stolen:.0f} % taken by the hypervisor")
        if self.waiting is not None:
            parts.append(f"something waited for a core {self.waiting:.0f} % of the time")
        return ", ".join([*parts, *self.gpu])


class LoadWatch:
    """Measure the other processes during a with-block, from a thread of its own.

    Args:
        ours: returns whether a process belongs to the measurement; called once for each process.
    """

    def __init__(self, ours: Callable[[psutil.Process], bool], clock: Clock | None = None) -> None:
        self._ours = ours
        self._clock = clock or SystemClock()
        self._is_ours: dict[psutil.Process, bool] = {}
        self._cpu_s: dict[psutil.Process, float] = {}
        self._used: dict[psutil.Process, float] = {}
        self._names: dict[psutil.Process, str] = {}
        self._highest = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="bench-load")

    def __enter__(self) -> Self:
        self._start_ns = self._sampled_ns = self._clock.now_ns()
        self._stolen_s, self._waited_s = _stolen_s(), _waited_s()
        self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def load(self, gpu: tuple[str, ...] = ()) -> Load:
        """Return the load until now or until the end of the block."""
        seconds = max((self._sampled_ns - self._start_ns) / NS_PER_SECOND, 1e-3)
        machine_s = seconds * cores()
        busiest = max(self._used, key=lambda process: self._used[process], default=None)
        waited_s = _waited_s()
        return Load(
            others=100 * sum(self._used.values()) / machine_s,
            highest=self._highest,
            busiest=f"{self._names[busiest]} (process {busiest.pid})" if busiest else "",
            busiest_percent=100 * self._used[busiest] / machine_s if busiest else 0.0,
            stolen=100 * (_stolen_s() - self._stolen_s) / machine_s,
            waiting=None if waited_s is None or self._waited_s is None else 100 * (waited_s - self._waited_s) / seconds,
            gpu=gpu,
        )

    def _work(self) -> None:
        while not self._ended.wait(LOOK_S):
            self._sample()
        self._sample()

    def _sample(self) -> None:
        now_ns = self._clock.now_ns()
        used_s = 0.0
        for process in psutil.process_iter():
            if self._is_ours.setdefault(process, process.pid == os.getpid() or self._ours(process)):
                continue
            try:
                times = process.cpu_times()
                self._names.setdefault(process, process.name())
            except psutil.Error:
                continue  # it has ended
            total_s = times.user + times.system
            # A process that is met for the first time may have run for days: only what it uses from now on counts.
            gained_s = total_s - self._cpu_s.get(process, total_s)
            self._cpu_s[process] = total_s
            self._used[process] = self._used.get(process, 0.0) + gained_s
            used_s += gained_s
        seconds = (now_ns - self._sampled_ns) / NS_PER_SECOND
        if seconds > LOOK_S / 2:
            self._highest = max(self._highest, 100 * used_s / seconds / cores())
        self._sampled_ns = now_ns


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpu_load(report: GpuReport) -> tuple[str, ...]:
    """Return one sentence for each GPU that others use; () where there is none, or where that is unknown."""
    return tuple(sentence for gpu in report.loads if (sentence := gpu.sentence()))


def _stolen_s() -> float:
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


def _waited_s() -> float | None:
    """Return the seconds since boot in which something runnable waited for a core (kernel.org: accounting/psi)."""
    try:
        some = Path("/proc/pressure/cpu").read_text(encoding="ascii").splitlines()[0]
        return int(some.rpartition("total=")[2]) / 1e6
    except (OSError, ValueError, IndexError):
        return None
