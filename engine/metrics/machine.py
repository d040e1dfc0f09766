"""Describe the machine, for the bench, the report and the doctor. It imports no torch to name its version."""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine.metrics.gpus import Gpu, GpuReport, read_gpus

GIB = 1 << 30

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine that the program runs on.

    Attributes:
        cores: physical cores; threads: logical ones; usable_threads: those this process may use.
        memory_bytes: main memory, or less where a control group allows less.
        torch: version of the installed torch, "" where there is none.
        gpus: accelerators; gpus_missing: why there are none, or "".
    """

    cpu: str
    cores: int
    threads: int
    usable_threads: int
    memory_bytes: int
    system: str
    python: str
    torch: str
    gpus: tuple[Gpu, ...]
    gpus_missing: str

    def sentence(self) -> str:
        """Describe the machine in one line for people."""
        gpus = ", ".join(f"{gpu.name} ({gpu.memory_bytes / GIB:.0f} GiB)" for gpu in self.gpus)
        cores = f"{self.usable_threads} of {self.threads} threads on {self.cores} cores"
        torch = f"torch {self.torch}" if self.torch else "no torch"
        return (
            f"{self.cpu}, {cores}, {self.memory_bytes / GIB:.1f} GiB, {gpus or 'no GPU'}; "
            f"{self.system}, Python {self.python}, {torch}."
        )


def describe_machine(gpus: Callable[[], GpuReport] = read_gpus) -> Machine:
    """Describe this machine; takes some milliseconds, the driver's library some tens more."""
    threads = psutil.cpu_count(logical=True) or 1
    report = gpus()
    return Machine(
        cpu=_cpu_model(),
        cores=psutil.cpu_count(logical=False) or threads,
        threads=threads,
        usable_threads=usable_threads(),
        memory_bytes=min(int(psutil.virtual_memory().total), _memory_limit()),
        system=_system(),
        python=platform.python_version(),
        torch=_version("torch"),
        gpus=report.gpus,
        gpus_missing=report.missing,
    )


def usable_threads() -> int:
    """Return how many logical processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else psutil.cpu_count(logical=True) or 1


def _cpu_model() -> str:
    if sys.platform == "linux":
        for line in _text("/proc/cpuinfo").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in ("model name", "Model"):  # Model: on ARM boards
                return value.strip()
    return platform.processor() or platform.machine()


def _memory_limit() -> int:
    """Return the memory limit of this control group (version 2) in bytes; sys.maxsize where there is none."""
    limit = _text("/sys/fs/cgroup/memory.max").strip()
    return int(limit) if limit.isdigit() else sys.maxsize


def _system() -> str:
    if platform.system() == "Linux":
        try:
            name = platform.freedesktop_os_release()["PRETTY_NAME"]
        except (OSError, KeyError):
            name = "Linux"
        return f"{name}, kernel {platform.release()}"
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.release()}"


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
