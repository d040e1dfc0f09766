"""A JACK server of the benchmark's own, without a sound card."""

import os
import shutil
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from bench.harness.namespace import Namespace
from bench.harness.processes import Child, Workplace
from bench.reading import BenchError, MissingPartError

START_S: Final = 10.0
PERIOD: Final = 128
RATE: Final = 48_000
PRIORITY: Final = 10
"""What jackd asks for unless told otherwise."""
SHARED_MEMORY: Final = Path("/dev/shm")


class JackServer:
    """For a with-block.

    Attributes:
        environment: what the programs that share it need in their environment.
    """

    def __init__(self, workplace: Workplace, namespace: Namespace) -> None:
        self._workplace = workplace
        self._namespace = namespace
        self._server: Child | None = None
        self._name = f"hardcut-bench-{os.getpid()}"
        self.environment = {
            "JACK_DEFAULT_SERVER": self._name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
        }

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            MissingPartError: it is not installed.
            BenchError: it does not start.
        """
        if shutil.which("jackd") is None:
            raise MissingPartError("There is no jackd", remedy="Debian: apt install jackd2.")
        # -S: the synchronous mode; without it messages were seen to be lost and doubled. Real time where it is allowed,
        # as musicians run it: otherwise the server waits in the same queue as what is measured.
        scheduling = "--realtime" if _may_be_realtime() else "--no-realtime"
        driver = ["-d", "dummy", "-r", str(RATE), "-p", str(PERIOD)]
        self._server = Child(
            self._namespace.command(["jackd", scheduling, "--no-mlock", "-n", self._name, "-S", *driver]),
            self._workplace.environment(self.environment),
            self._workplace.path / "jack.log",
        )
        deadline = time.monotonic() + START_S
        while not any(SHARED_MEMORY.glob(f"jack*{self._name}*")):
            if self._server.process.poll() is not None or time.monotonic() > deadline:
                words = self._server.last_error_line()
                self._server.stop()
                raise BenchError(f"jackd did not start ({words})")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()

    def missed(self) -> int:
        """Return the cycles that it reports as missed."""
        log = self._workplace.path / "jack.log"
        return log.read_text(errors="replace").count("XRun") if log.exists() else 0


def _may_be_realtime() -> bool:
    """Return whether this user may run real-time threads, without trying."""
    if sys.platform != "linux":
        return False
    import resource

    return os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= PRIORITY
