"""The real parts that tests play with: which are here, and a virtual screen."""

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

TOOLS: Final = {
    "ndi": ("unshare", "ip", "dbus-daemon", "avahi-daemon"),
    "jack": ("jackd",),
    "xvfb": ("Xvfb",),
}
"""What must be on PATH for the tests of a marker."""

broken_parts: Final[list[str]] = []
"""Real parts that said in the test now running that they gave up; the test is repeated if it failed."""

repeated: Final[list[str]] = []
"""What was run again, and why; told at the end of the run."""


def real_parts_required() -> bool:
    """A missing part is a failure (make test, CI) rather than a skip."""
    return os.environ.get("HARDCUT_REQUIRE_REAL", "") not in ("", "0")


def missing_parts(markers: Iterable[str]) -> tuple[str, ...]:
    """The tools that the markers ask for and this machine lacks."""
    # Debian keeps daemons out of the PATH of ordinary users.
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    wanted = dict.fromkeys(tool for marker in markers for tool in TOOLS.get(marker, ()))
    missing = tuple(tool for tool in wanted if shutil.which(tool, path=path) is None)
    if "unshare" in wanted and root_prefix() is None:
        missing += ("root, or sudo without a password",)
    return missing


def root_prefix() -> tuple[str, ...] | None:
    """What to write before a command that needs root (a namespace with a true mDNS daemon); None: not possible here.

    sudo drops the environment: hand what the command needs through "env NAME=VALUE …" behind the prefix.
    """
    if os.geteuid() == 0:
        return ()
    sudo = ["sudo", "--non-interactive"]
    if shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode == 0:
        return tuple(sudo)
    return None


class VirtualScreen:
    """An X server without a screen, on a free display; a context manager.

    Attributes:
        display: its name, e.g. ":7".
    """

    def __init__(self, width: int = 1280, height: int = 800) -> None:
        self.width = width
        self.height = height
        self.display = ""

    def __enter__(self) -> Self:
        # It picks the first free display itself and tells the number once it listens: no race, no waiting.
        told, telling = os.pipe()
        try:
            screen = f"{self.width}x{self.height}x24"
            self._server = subprocess.Popen(
                ["Xvfb", "-displayfd", str(telling), "-screen", "0", screen, "-nolisten", "tcp", "-noreset"],
                pass_fds=(telling,),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(telling)
        with os.fdopen(told) as pipe:
            number = pipe.readline().strip()
        if not number:
            self._server.wait()
            raise RuntimeError(f"Xvfb ended with status {self._server.returncode} before it had a display")
        self.display = f":{number}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.terminate()
        try:
            self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()

    def environment(self) -> dict[str, str]:
        """This process's environment, for a child that opens its window on this screen."""
        return {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def screenshot(self, path: Path) -> Path:
        """Write the whole screen to a PNG file; returns its path."""
        grab = ["-f", "x11grab", "-video_size", f"{self.width}x{self.height}", "-i", self.display]
        subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *grab, "-frames:v", "1", str(path)],
            check=True,
            timeout=30,
        )
        return path
