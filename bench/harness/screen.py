"""A virtual screen, so that the window is measured with a real X server wherever the benchmark runs."""

import os
import shutil
from types import TracebackType
from typing import Self

from bench.harness.namespace import Namespace
from bench.harness.processes import Child, Workplace
from bench.reading import BenchError, MissingPartError


class VirtualScreen:
    """Xvfb on a free display, for a with-block.

    Attributes:
        display: its name, e.g. ":7".
    """

    def __init__(self, workplace: Workplace, namespace: Namespace, width: int = 1280, height: int = 800) -> None:
        self._workplace = workplace
        self._namespace = namespace
        self._geometry = f"{width}x{height}x24"
        self.display = ""

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            MissingPartError: there is no Xvfb.
            BenchError: it does not start.
        """
        if shutil.which("Xvfb") is None:
            raise MissingPartError("Xvfb was not found", remedy="Debian: apt install xvfb.")
        # It picks the first free display and tells the number once it listens: no race, no waiting.
        read_end, write_end = os.pipe()
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", self._geometry, "-nolisten", "tcp", "-noreset"]
        try:
            self._server = Child(
                self._namespace.command(command),
                self._workplace.environment(),
                self._workplace.path / "xvfb.log",
                pass_fds=(write_end,),
            )
        finally:
            os.close(write_end)
        with os.fdopen(read_end) as pipe:
            number = pipe.readline().strip()
        if not number:
            self._server.end()
            raise BenchError(f"Xvfb did not start ({self._server.last_error_line()})")
        self.display = f":{number}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def environment(self) -> dict[str, str]:
        """Return the environment with which a program opens a window here."""
        return {"DISPLAY": self.display, "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb"}
