"""A time of day that can be set while a program runs, for that program and what it starts alone."""

import subprocess
import tempfile
from pathlib import Path
from typing import Final

SHIM: Final = Path(__file__).with_name("clock_shim.c")
NS_BYTES: Final = 8


class SettableClock:
    """Shifts the time of day of programs that are started with its environment. Needs a C compiler, and glibc."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="hc-clock-"))
        self._library, self._file = folder / "clock.so", folder / "shift"
        command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(SHIM), "-ldl"]
        subprocess.run(command, check=True, timeout=60)
        self._file.write_bytes(bytes(NS_BYTES))

    @property
    def environment(self) -> dict[str, str]:
        """What a program has to be started with."""
        return {"LD_PRELOAD": str(self._library), "SOAK_CLOCK": str(self._file)}

    def skip(self, seconds: float) -> None:
        """Let so many seconds more have gone by."""
        self.set(int.from_bytes(self._file.read_bytes(), "little", signed=True) / 1e9 + seconds)

    def set(self, seconds: float) -> None:
        """Let it be so many seconds before (negative) or after the true time, from now on."""
        with self._file.open("r+b") as file:
            file.write(round(seconds * 1e9).to_bytes(NS_BYTES, "little", signed=True))
