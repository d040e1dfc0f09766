"""How much memory the program holds."""

from collections.abc import Callable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """Bytes in use.

    Attributes:
        resident: of main memory; device: of the accelerator's, 0 where there is none.
    """

    resident: int
    device: int = 0


class ProcessMemory:
    """Memory of a process, read when asked.

    Args:
        pid: the process; this one by default.
        device_bytes: tells the memory held on an accelerator (torch.cuda.memory_reserved, say), so
            that this room needs no torch.
    """

    def __init__(self, pid: int | None = None, device_bytes: Callable[[], int] | None = None) -> None:
        self._pid = pid
        self._device_bytes = device_bytes

    def resident_bytes(self) -> int:
        """Resident set size in bytes; 0 once the process has ended."""
        try:
            return int(psutil.Process(self._pid).memory_info().rss)
        except psutil.NoSuchProcess:
            return 0

    def read(self) -> MemoryReading:
        """Both figures now."""
        return MemoryReading(self.resident_bytes(), self._device_bytes() if self._device_bytes else 0)
