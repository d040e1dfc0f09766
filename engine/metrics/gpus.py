"""What NVIDIA's management library tells, where there is one; nothing, with the reason, where not."""

import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any


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
        foreign_pids: processes on it that are none of ours.
    """

    name: str
    busy: float
    used_bytes: int
    foreign_pids: tuple[int, ...]


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
    running = [
        *_or_nothing(nvml, lambda: nvml.nvmlDeviceGetComputeRunningProcesses(handle), []),
        *_or_nothing(nvml, lambda: nvml.nvmlDeviceGetGraphicsRunningProcesses(handle), []),
    ]
    # A partitioned accelerator (MIG) tells no utilisation.
    busy = _or_nothing(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu, 0)
    return GpuLoad(
        name=str(nvml.nvmlDeviceGetName(handle)),
        busy=int(busy) / 100,
        used_bytes=int(nvml.nvmlDeviceGetMemoryInfo(handle).used),
        foreign_pids=tuple(sorted({int(process.pid) for process in running} - set(own_pids))),
    )


def _or_nothing(nvml: Any, ask: Callable[[], Any], nothing: Any) -> Any:
    try:
        return ask()
    except nvml.NVMLError:
        return nothing
