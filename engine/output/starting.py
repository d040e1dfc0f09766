"""Start an output process, pass its inheritance, and wait until it sends or reports why it cannot.

The two talk through the process's standard input and output, so that a start needs no file: the runtime folder may be
full, or may just have been deleted. A process that is given nothing yet waits, loaded: a spare, which takes over in
a fraction of the time that a start takes.
"""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from engine.errors import OutputError
from engine.mailbox import Latest
from engine.output.host import arguments
from engine.output.inheritance import Inheritance
from engine.output.rendezvous import Note
from engine.output.settings import OutputConfig

_started: list[subprocess.Popen[bytes]] = []
"""Every output process this one started: they outlive the clients, and must be waited for when they end."""

LOG_BYTES: Final = 1 << 20
"""A log that is longer begins anew with the next process."""

ENDED: Final = "It ended without a word."


class StartingOutput:
    """One process from its start to its first line. Used by one thread.

    Raises:
        OutputError: the system starts no process.
    """

    def __init__(self, config: OutputConfig, linger_ns: int, log_path: Path) -> None:
        self.config = config
        self.process = _popen(config, linger_ns, log_path)
        self._word: Latest[str] = Latest()
        self._thread: threading.Thread | None = None

    def begin(self, inheritance: Inheritance) -> None:
        """Pass the inheritance, so that it becomes the output."""
        self._thread = threading.Thread(
            target=self._talk, args=(inheritance.packed(),), name="hardcut-output-start", daemon=True
        )
        self._thread.start()

    def outcome(self, timeout_ns: int) -> Note | str | None:
        """Return its note once it sends, or a sentence on why it cannot; None if neither came in that time."""
        word = self._word.take(timeout_ns)
        if word is None:
            return None
        if self._thread is not None:
            self._thread.join()
        return Note.parse(word) or word

    def end(self) -> None:
        """Kill the process."""
        self.process.kill()
        self.process.wait()
        if self._thread is not None:
            self._thread.join()
        else:
            _close_pipes(self.process)

    def _talk(self, inheritance: bytes) -> None:
        """Write the inheritance to it, and wait for its one line; end at once if the process does."""
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):  # it has ended: its word, or the want of one, tells
            process.stdin.write(inheritance)
            process.stdin.close()
        word = ""
        with contextlib.suppress(OSError):
            word = process.stdout.readline().decode(errors="replace").strip()
        _close_pipes(process)
        self._word.put(word or ENDED)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            if pipe is not None:
                pipe.close()


def _popen(config: OutputConfig, linger_ns: int, log_path: Path) -> subprocess.Popen[bytes]:
    """Start it in its own session, so that it outlives this process and its terminal."""
    _started[:] = [process for process in _started if process.poll() is None]
    root = str(Path(__file__).resolve().parents[2])
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = "1"  # small products; steady deadlines
    command = [sys.executable, "-m", "engine.output.host", "--wait", *arguments(config, linger_ns)]
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_BREAKAWAY_FROM_JOB
    with contextlib.ExitStack() as opened:
        log = subprocess.DEVNULL
        with contextlib.suppress(OSError):  # without a log the show goes on
            log_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            full = log_path.exists() and log_path.stat().st_size > LOG_BYTES
            log = opened.enter_context(log_path.open("wb" if full else "ab")).fileno()
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
                creationflags=flags,
            )
        except OSError as error:
            raise OutputError(
                f"The output process cannot be started: {error.strerror}", where=sys.executable
            ) from error
    _started.append(process)
    return process
