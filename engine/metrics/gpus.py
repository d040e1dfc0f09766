"""What NVIDIA's management library tells, where there is one; nothing, with the reason, where not."""

import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

DESKTOP_BUSY: Final = 0.05
"""Of an accelerator's time: what showing a desktop takes. A process that also draws counts as another from there on."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """An accelerator.

    Attributes:
        memory_bytes: all of its memory.
        capability: compute capability, e.g. (9, 0): what backends are chosen by, never by the name.
    """

    name: str
    memory_bytes: int
    capability: tuple[int, int]
    driver: str


@dataclass(frozen=True, slots=True)
class GpuLoad:
    """What an accelerator is doing.

    Attributes:
        busy: share of the last sampling period in which a kernel ran, 0..1.
        used_bytes: memory in use by all.
        foreign_pids: processes on it that are none of ours, but for those that draw a desktop and hardly work.
        foreign_bytes: memory that they hold, as far as the driver tells.
        foreign_busy: share of the time in which they computed, 0..1; None if the driver does not tell.
        ours: a process of ours is on it, under the number that we know it by.
    """

    name: str
    busy: float
    used_bytes: int
    foreign_pids: tuple[int, ...]
    foreign_bytes: int = 0
    foreign_busy: float | None = None
    ours: bool = False

    def sentence(self) -> str:
        """The others in words, for people; "" where there are none."""
        count = len(self.foreign_pids)
        if not count:
            return ""
        told = [f"{self.foreign_bytes / (1 << 30):.1f} GiB"] if self.foreign_bytes else []
        if self.foreign_busy is not None:
            told.append(f"{100 * self.foreign_busy:.0f} % of its time")
        return (
            f"{self.name} is shared with {count} other process{'es' if count > 1 else ''}"
            + f" ({', '.join(told)})" * bool(told)
        )


@dataclass(frozen=True, slots=True)
class GpuReport:
    """What could be learnt.

    Attributes:
        gpus, loads: one each per accelerator, in the driver's order.
        missing: why nothing could be learnt, or "".
    """

    gpus: tuple[Gpu, ...] = ()
    loads: tuple[GpuLoad, ...] = ()
    missing: str = ""


def import_library() -> Any:
    """NVIDIA's library; imported on demand, as it searches the system for the driver's."""
    return importlib.import_module("pynvml")


def read_gpus(own_pids: Collection[int] = (), load_library: Callable[[], Any] = import_library) -> GpuReport:
    """Ask for every accelerator. Nothing that the driver refuses is an error: it is told in missing, or left at 0.

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
    compute = _or_nothing(nvml, lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle), [])
    graphics = _or_nothing(nvml, lambda: nvml.nvmlDeviceGetGraphicsRunningProcesses(handle), [])
    held = {int(one.pid): int(one.usedGpuMemory or 0) for one in (*graphics, *compute)}
    drawing = {int(one.pid) for one in graphics}
    work = _work(nvml, handle)
    foreign = {
        pid
        for pid in held.keys() - set(own_pids)
        if pid not in drawing or (work is not None and work.get(pid, 0.0) > DESKTOP_BUSY)
    }
    # A partitioned accelerator (MIG) tells no utilisation.
    busy = _or_nothing(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu, 0)
    return GpuLoad(
        name=str(nvml.nvmlDeviceGetName(handle)),
        busy=int(busy) / 100,
        used_bytes=int(nvml.nvmlDeviceGetMemoryInfo(handle).used),
        foreign_pids=tuple(sorted(foreign)),
        foreign_bytes=sum(held.get(pid, 0) for pid in foreign),
        foreign_busy=None if work is None else min(sum(work.get(pid, 0.0) for pid in foreign), 1.0),
        ours=not held.keys().isdisjoint(own_pids),
    )


def _work(nvml: Any, handle: Any) -> dict[int, float] | None:
    """By process the newest share of the time in which it computed; None if the driver does not tell."""
    samples = _or_nothing(nvml, lambda: nvml.nvmlDeviceGetProcessUtilization(handle, 0), None)
    if samples is None:
        return None
    return {int(one.pid): int(one.smUtil) / 100 for one in sorted(samples, key=lambda one: int(one.timeStamp))}


def _or_nothing(nvml: Any, ask: Callable[[], Any], nothing: Any) -> Any:
    try:
        return ask()
    except nvml.NVMLError:
        return nothing
