"""A MIDI system in which a virtual controller can be had: the machine's own, or a JACK server without hardware."""

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
ALSA_SEQUENCER: Final = Path("/dev/snd/seq")
JACK_PRIORITY: Final = 10
"""What jackd asks for unless told otherwise."""
SHARED_MEMORY: Final = Path("/dev/shm")


class BenchMidiSystem:
    """For a with-block; the program under test finds the same system by the same rule.

    Attributes:
        api: alsa, jack or core, as the controller's command line names it.
        environment: what the programs that share it need in their environment.
    """

    def __init__(self, workplace: Workplace, namespace: Namespace) -> None:
        self._workplace = workplace
        self._namespace = namespace
        self._server: Child | None = None
        self.api = ""
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Find or start it.

        Raises:
            MissingPartError: there is none in which a virtual controller can be had.
            BenchError: it does not start.
        """
        if sys.platform == "win32":
            raise MissingPartError("Windows has no virtual MIDI ports of its own")
        if sys.platform == "darwin":
            self.api = "core"
        elif os.access(ALSA_SEQUENCER, os.R_OK | os.W_OK):
            self.api = "alsa"
        else:
            self._start_jack()
            self.api = "jack"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.stop()

    def missed(self) -> int:
        """Return the cycles that the JACK server reports as missed; 0 elsewhere."""
        log = self._workplace.path / "jack.log"
        return log.read_text(errors="replace").count("XRun") if log.exists() else 0

    def _start_jack(self) -> None:
        if shutil.which("jackd") is None:
            raise MissingPartError("Neither an ALSA sequencer nor jackd", remedy="Debian: apt install jackd2.")
        name = f"hardcut-bench-{os.getpid()}"
        self.environment = {
            "JACK_DEFAULT_SERVER": name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
        }
        # -S: the synchronous mode; without it messages were seen to be lost and doubled. Real time where it is allowed,
        # as musicians run it: otherwise the server waits in the same queue as what is measured.
        scheduling = "--realtime" if _may_be_realtime() else "--no-realtime"
        command = ["jackd", scheduling, "--no-mlock", "-n", name, "-S", "-d", "dummy", "-r", "48000", "-p", "128"]
        self._server = Child(
            self._namespace.command(command),
            self._workplace.environment(self.environment),
            self._workplace.path / "jack.log",
        )
        deadline = time.monotonic() + START_S
        while not any(SHARED_MEMORY.glob(f"jack*{name}*")):
            if self._server.process.poll() is not None or time.monotonic() > deadline:
                words = self._server.last_error_line()
                self._server.stop()
                raise BenchError(f"jackd did not start ({words})")
            time.sleep(0.05)


def _may_be_realtime() -> bool:
    """Return whether this user may run real-time threads, without trying."""
    if sys.platform != "linux":
        return False
    import resource

    return os.geteuid() == 0 or resource.getrlimit(resource.RLIMIT_RTPRIO)[0] >= JACK_PRIORITY
