"""Measure the memory that the program uses."""

from collections.abc import Callable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """Memory in use, in bytes.

    Attributes:
        resident: in main memory; device: on the accelerator, 0 where there is none.
    """

    resident: int
    device: int = 0


class ProcessMemory:
    """Read the memory of a process.

    Args:
        pid: the process; this one by default.
        device_bytes: returns the memory used on an accelerator in bytes (torch.cuda.memory_reserved, say), so
            that this room needs no torch.
    """

    def __init__(self, pid: int | None = None, device_bytes: Callable[[], int] | None = None) -> None:
        self._pid = pid
        self._device_bytes = device_bytes

    def resident_bytes(self) -> int:
        """Return the resident set size in bytes; 0 once the process has ended."""
        try:
            return int(psutil.Process(self._pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def read(self) -> MemoryReading:
        """Read both figures."""
        return MemoryReading(self.resident_bytes(), self._device_bytes() if self._device_bytes else 0)
