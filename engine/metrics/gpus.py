"""Read accelerators and their load from NVIDIA's management library, or the reason why there are none."""

import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

DESKTOP_BUSY: Final = 0.05
"""Share of an accelerator's time, 0..1, that drawing a desktop takes. A drawing process counts as foreign above it."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """An accelerator.

    Attributes:
        memory_bytes: total memory.
        capability: compute capability, e.g. (9, 0); backends are chosen by it, never by the name.
    """

    name: str
    memory_bytes: int
    capability: tuple[int, int]
    driver: str


@dataclass(frozen=True, slots=True)
class GpuLoad:
    """Load of an accelerator.

    Attributes:
        busy: share of the last sampling period in which a kernel ran, 0..1.
        used_bytes: memory in use by all processes.
        foreign_pids: processes on it that are not ours, except those that draw a desktop and hardly compute.
        foreign_bytes: memory that they use, 0 if the driver does not report it.
        foreign_busy: share of the time in which they computed, 0..1; None if the driver does not report it.
        ours: whether a process of ours is on it. False where a container numbers processes otherwise.
    """

    name: str
    busy: float
    used_bytes: int
    foreign_pids: tuple[int, ...]
    foreign_bytes: int = 0
    foreign_busy: float | None = None
    ours: bool = False

    def sentence(self) -> str:
        """Describe the foreign processes for people; "" where there are none."""
        count = len(self.foreign_pids)
        if not count:
            return ""
        details = [f"{self.foreign_bytes / (1 << 30):.1f} GiB"] if self.foreign_bytes else []
        if self.foreign_busy is not None:
            details.append(f"{100 * self.foreign_busy:.0f} % of its time")
        return (
            f"{self.name} is shared with {count} other process{'es' if count > 1 else ''}"
            + f" ({', '.join(details)})" * bool(details)
        )


@dataclass(frozen=True, slots=True)
class GpuReport:
    """The accelerators and their loads.

    Attributes:
        gpus, loads: one each per accelerator, in the driver's order.
        missing: why they could not be read, or "".
    """

    gpus: tuple[Gpu, ...] = ()
    loads: tuple[GpuLoad, ...] = ()
    missing: str = ""


def import_library() -> Any:
    """Import NVIDIA's library; on demand, as it searches the system for the driver's."""
    return importlib.import_module("pynvml")


def read_gpus(own_pids: Collection[int] = (), load_library: Callable[[], Any] = import_library) -> GpuReport:
    """Read every accelerator. What the driver refuses raises nothing: it is reported in `missing`, or left at 0.

    Args:
        own_pids: processes that are not foreign load.
    """
    try:
        nvml = load_library()
    except ImportError:
        return GpuReport(missing="nvidia-ml-py is not installed")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return GpuReport(missing=f"no NVIDIA driver: {error}")
    try:
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        driver = str(nvml.nvmlSystemGetDriverVersion())
        gpus = tuple(_describe(nvml, handle, driver) for handle in handles)
        return GpuReport(gpus, tuple(_load(nvml, handle, own_pids) for handle in handles))
    except nvml.NVMLError as error:
        return GpuReport(missing=f"the NVIDIA driver does not answer: {error}")
    finally:
        nvml.nvmlShutdown()


def _describe(nvml: Any, handle: Any, driver: str) -> Gpu:
    major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
    return Gpu(
        name=str(nvml.nvmlDeviceGetName(handle)),
        memory_bytes=int(nvml.nvmlDeviceGetMemoryInfo(handle).total),
        capability=(int(major), int(minor)),
        driver=driver,
    )


def _load(nvml: Any, handle: Any, own_pids: Collection[int]) -> GpuLoad:
    compute = _or_default(nvml, lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle), [])
    graphics = _or_default(nvml, lambda: nvml.nvmlDeviceGetGraphicsRunningProcesses(handle), [])
    used_bytes_by_pid = {int(one.pid): int(one.usedGpuMemory or 0) for one in (*graphics, *compute)}
    drawing = {int(one.pid) for one in graphics}
    work = _work(nvml, handle)
    foreign = {
        pid
        for pid in used_bytes_by_pid.keys() - set(own_pids)
        if pid not in drawing or (work is not None and work.get(pid, 0.0) > DESKTOP_BUSY)
    }
    # A partitioned accelerator (MIG) reports no utilisation.
    busy = _or_default(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu, 0)
    return GpuLoad(
        name=str(nvml.nvmlDeviceGetName(handle)),
        busy=int(busy) / 100,
        used_bytes=int(nvml.nvmlDeviceGetMemoryInfo(handle).used),
        foreign_pids=tuple(sorted(foreign)),
        foreign_bytes=sum(used_bytes_by_pid.get(pid, 0) for pid in foreign),
        foreign_busy=None if work is None else min(sum(work.get(pid, 0.0) for pid in foreign), 1.0),
        ours=not used_bytes_by_pid.keys().isdisjoint(own_pids),
    )


def _work(nvml: Any, handle: Any) -> dict[int, float] | None:
    """Return by process the newest share of time in which it computed, 0..1; None if the driver does not report it."""
    samples = _or_default(nvml, lambda: nvml.nvmlDeviceGetProcessUtilization(handle, 0), None)
    if samples is None:
        return None
    return {int(one.pid): int(one.smUtil) / 100 for one in sorted(samples, key=lambda one: int(one.timeStamp))}


def _or_default(nvml: Any, query: Callable[[], Any], default: Any) -> Any:
    try:
        return query()
    except nvml.NVMLError:
        return default
