"""A JACK server without sound, and a controller in a process of its own that plugs virtual ports into it.

Other rooms may use them too; the fixtures jack_server and controller stand in tests/midi/conftest.py.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.real_parts import broken_parts

START_S = 10.0
GAVE_UP = "engine may now behave abnormally"
"""What jackd says when it leaves a cycle unfinished, on a machine too busy for it. A client that was waited for in that
cycle is never called again: its device is there, connected and mute (seen with gdb, jackd 1.9.21)."""

ROOT = Path(__file__).resolve().parents[2]


class JackServer:
    """A jackd with the dummy driver under a name of its own; a context manager.

    While it runs, this process's JACK clients and those of its children reach it and no other.
    """

    _serial = itertools.count()

    def __init__(self) -> None:
        self.name = f"hardcut-{os.getpid()}-{next(self._serial)}"
        self._before = {key: os.environ.get(key) for key in ("JACK_DEFAULT_SERVER", "JACK_NO_START_SERVER")}

    def __enter__(self) -> Self:
        os.environ.update({"JACK_DEFAULT_SERVER": self.name, "JACK_NO_START_SERVER": "1"})
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for key, value in self._before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in stop
        # A machine has room for eight servers: one must not outlive tests that were killed.
        with_us = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        # -S: without it the server hands MIDI on a period late and loses or doubles some of it.
        server = [
            "jackd",
            "--no-realtime",
            "--no-mlock",
            "-n",
            self.name,
            "-S",
            "-d",
            "dummy",
            "-r",
            "48000",
            "-p",
            "128",
        ]
        self._process = subprocess.Popen(
            [*with_us, *server],
            env={**os.environ, "JACK_NO_AUDIO_RESERVATION": "1"},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._log.seek(0)
                said = self._log.read()
                self.stop()
                raise RuntimeError(f"jackd does not start:\n{said}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server and what it leaves behind. Harmless when repeated."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if not self._log.closed:
            self._log.seek(0)
            if GAVE_UP in self._log.read():
                broken_parts.append(f"jackd {self.name}")
            self._log.close()
        for left in Path("/dev/shm").glob(f"jack*_{self.name}_*"):  # of killed servers and clients
            left.unlink(missing_ok=True)

    def _answers(self) -> bool:
        if shutil.which("jack_wait") is None:
            return any(Path("/dev/shm").glob(f"jack_{self.name}_*"))
        asked = ["jack_wait", "-s", self.name, "-c"]
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=START_S, check=False)
        return "not running" not in answer.stdout + answer.stderr


class Controller:
    """A controller in a second process, with any number of virtual ports; a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.midi.controller"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=10)  # its input ends, so it does

    def plug(self, name: str, *, lights: bool = False) -> None:
        """Make a port appear; with lights, one to send to as well."""
        self._ask(do="plug", name=name, lights=lights)

    def unplug(self, name: str) -> None:
        """Make it vanish."""
        self._ask(do="unplug", name=name)

    def send(self, name: str, messages: Sequence[Sequence[int]], gap_ms: float = 0.0) -> list[int]:
        """Send messages with a gap between them; the instants of sending on the shared monotonic clock, ns."""
        answer = self._ask(do="send", name=name, messages=[list(message) for message in messages], gap_ms=gap_ms)
        return [int(instant) for instant in answer]

    def received(self, name: str) -> list[bytes]:
        """What has been sent to the lights since the last question."""
        return [bytes(message) for message in self._ask(do="received", name=name)]

    def kill(self) -> None:
        """Die without a goodbye."""
        self._process.kill()

    def _ask(self, **question: object) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
