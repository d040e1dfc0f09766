"""A headless program in a process of its own, its lines, and what an independent NDI receiver got of it."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import psutil

from app.osc.packets import Message, encode
from engine.jit.library import cache_folder
from engine.output.running import RunningOutput, running_outputs
from tests.netns import ROOT
from tests.soak.cgroup import MemoryGroup
from tests.soak.clock import SettableClock
from tests.soak.faulty_show import PORT_VARIABLE

RATE: Final = 30
PATIENCE_S: Final = 60.0
END_PATIENCE_S: Final = 6.0
LONGEST_END_S: Final = 120.0
PROGRAM_PATIENCE_S: Final = 40.0
OUTPUT_MODULE: Final = "engine.output.host"
SINK_MODULE: Final = "engine.output.sinks.worker"
NAME: Final = f"Soak {os.environ.setdefault('SOAK_NAME', str(os.getpid()))}"
"""No two shows of one machine may have the same: NDI keeps names apart beyond a network of one's own."""

OSC_PORT: Final = 9137
ORDERS_PORT: Final = 9138


@dataclass(frozen=True, slots=True)
class Seen:
    """What reached the receiver in a span of time.

    Attributes:
        due, got: pictures; longest_gap_ns: between two of them; longest_repeat_ns: of one picture.
    """

    due: int
    got: int
    longest_gap_ns: int
    longest_repeat_ns: int


class Show:
    """One show. Everything that it keeps lies in a home of its own, which goes with it.

    Args:
        shell: what a shell does with the program's streams.
        prepare: what is done to its home before it starts.
        clock: the time of day that it has; None: the machine's.
        group: the control group that it runs in; None: this process's.
    """

    def __init__(
        self,
        *arguments: str,
        shell: str = "",
        module: str = "app",
        prepare: Callable[[Path], None] | None = None,
        clock: SettableClock | None = None,
        group: MemoryGroup | None = None,
    ) -> None:
        self._clock, self._group = clock, group
        self.home = Path(tempfile.mkdtemp(prefix="hc-soak-"))
        if prepare is not None:
            prepare(self.home)
        self.runtime = self.home / "run"
        os.environ["HARDCUT_RUNTIME_DIR"] = str(self.runtime)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONFAULTHANDLER": "1",
            "HARDCUT_COMPILED": str(cache_folder()),
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            PORT_VARIABLE: str(ORDERS_PORT),
            **(clock.environment if clock is not None else {}),
        }
        program = [sys.executable, "-m", module, "--headless", "--streamdeck", "off", "--output-name", NAME]
        program += ["--osc", f"127.0.0.1:{OSC_PORT}"]
        program += [*arguments, "--report", str(self.home / "report.json")]
        if "--midi" not in arguments:
            program += ["--midi", "none"]
        command = ["sh", "-c", f"exec {shlex.join(program)} {shell}"] if shell else program
        self.command, self.environment = program, environment
        self.lines: list[str] = []
        self.figures = (0, 0)
        """Frames that the output sent and deadlines it missed, as the program's report counts them at the end."""
        self.program = self._begin(command)
        self.arrivals: list[tuple[int, int]] = []
        self._receiver = receiver()
        self._hands = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._readers = [
            threading.Thread(target=self._read_lines, args=(self.program,), daemon=True),
            threading.Thread(target=self._read_arrivals, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _begin(self, command: list[str]) -> "subprocess.Popen[str]":
        program = subprocess.Popen(
            command, cwd=self.home, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if self._group is not None:
            self._group.add(program.pid)
        return program

    def restart(self) -> None:
        """Start the program again, which has ended."""
        self.program.wait(END_PATIENCE_S)
        self.start_again()

    @property
    def output(self) -> int:
        """The output's process; waits while none is there, for another takes over."""
        found: list[RunningOutput] = []
        self.await_true(lambda: bool(found.extend(running_outputs()) or found), "an output process")
        return found[0].pid

    @property
    def clock(self) -> SettableClock:
        """The time of day that it has."""
        if self._clock is None:
            raise LookupError("this show has the machine's clock")
        return self._clock

    @property
    def group(self) -> MemoryGroup:
        """The control group that it runs in."""
        if self._group is None:
            raise LookupError("this show has no control group")
        return self._group

    def sink_processes(self, sink: str) -> tuple[int, ...]:
        """The processes of an isolated sink, by its id."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = process.cmdline()
                if SINK_MODULE in words and any(word.partition(":")[0] == sink for word in words):
                    found.append(process.pid)
        return tuple(found)

    def osc(self, path: str, *arguments: str | int | float | bool) -> None:
        """Play it by OSC."""
        self._hands.sendto(encode(Message(f"/hardcut/{path}", arguments)), ("127.0.0.1", OSC_PORT))

    def datagram(self, data: bytes) -> None:
        """Send whatever to where OSC listens."""
        with suppress(OSError):
            self._hands.sendto(data, ("127.0.0.1", OSC_PORT))

    def order(self, *words: str) -> None:
        """Order faults of the generator, for as many chunks; see tests.soak.faulty_show."""
        self._hands.sendto(",".join(words).encode(), ("127.0.0.1", ORDERS_PORT))

    def await_frames(self, *, heard: bool) -> None:
        """Wait until the receiver gets them and the generator plays, as far as the program is heard."""
        self.await_true(
            lambda: bool(self.arrivals) and (not heard or any("is ready" in line for line in self.lines)), "frames"
        )

    def await_true(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until it holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: never; the program said {self.lines}")
            time.sleep(0.05)

    def comes(self, patience_s: float) -> bool:
        """Return whether another frame comes within so long."""
        before, deadline = len(self.arrivals), time.monotonic() + patience_s
        while len(self.arrivals) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        return len(self.arrivals) > before

    def _end_in_pipe(self) -> bool:
        """End the program where a shell waits for it and for what reads it; whether it was so."""
        with suppress(psutil.Error):
            for child in psutil.Process(self.program.pid).children():
                if child.cmdline() == self.command:
                    child.terminate()
                    return True
        return False

    def end(self) -> float:
        """SIGTERM; how long the end took, in seconds."""
        begun = time.monotonic()
        with suppress(ProcessLookupError):
            self.program.send_signal(signal.SIGCONT)
        if not self._end_in_pipe():
            self.program.send_signal(signal.SIGTERM)
        try:
            self.program.wait(PROGRAM_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.lines.append("LEFT BEHIND: the program\n")
            self.program.send_signal(signal.SIGABRT)  # it tells where its threads are
            with suppress(subprocess.TimeoutExpired):
                self.program.wait(5)
            self.program.kill()
        took = time.monotonic() - begun
        with suppress(OSError, ValueError):
            final = json.loads((self.home / "report.json").read_text(encoding="utf-8"))["final"]
            self.figures = final["output_frames"], final["lagged"]
        self._receiver.kill()
        for reader in self._readers:
            reader.join(5)
        self._hands.close()
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = process.cmdline()
                if not {OUTPUT_MODULE, SINK_MODULE}.isdisjoint(words) and not _is_gone(process):
                    self.lines.append(f"LEFT BEHIND: {' '.join(words[1:5])}, process {process.pid}\n")
                    process.kill()
        self.lines += [f"LEFT BEHIND: {path.name}\n" for path in self.runtime.rglob("*")]
        shutil.rmtree(self.home, ignore_errors=True)
        return took

    def seen(self, begun_ns: int, last_ns: int) -> Seen:
        """What the receiver got between two instants."""
        window = [one for one in list(self.arrivals) if begun_ns <= one[0] <= last_ns]
        edges = [begun_ns, *(at for at, _ in window), last_ns]
        gap = max(after - before for before, after in pairwise(edges))
        runs = [[at for at, _ in run] for _, run in groupby(window, key=lambda one: one[1])]
        repeat = max((run[-1] - run[0] for run in runs), default=0)
        return Seen(round((last_ns - begun_ns) * RATE / 1e9), len(window), gap, repeat)

    def start_again(self) -> None:
        """Start the program again, beside one that hangs, in whose place it plays from then on."""
        self.program = self._begin(self.command)
        self._readers.append(threading.Thread(target=self._read_lines, args=(self.program,), daemon=True))
        self._readers[-1].start()

    def _read_lines(self, program: "subprocess.Popen[str]") -> None:
        assert program.stdout is not None
        for line in program.stdout:
            self.lines.append(line)

    def _read_arrivals(self) -> None:
        assert self._receiver.stdout is not None
        for line in self._receiver.stdout:
            with suppress(ValueError):
                at, pixels = map(int, line.split())
                self.arrivals.append((at, pixels))


def receiver() -> "subprocess.Popen[str]":
    """A receiver of the show in a process of its own."""
    command = [sys.executable, "-m", "tests.soak.receiver", f"({NAME})"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _is_gone(process: psutil.Process) -> bool:
    """It ends once it has the time to: a spare has to notice that nobody needs it, a film to be finished. While it
    would run and is given no processor, as the recorder on a busy machine, the time does not count; where the
    system allows it, it is given its turn."""
    for thread in Path(f"/proc/{process.pid}/task").glob("*"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, int(thread.name), 0)
    begun = idle_since = time.monotonic()
    while (now := time.monotonic()) - begun < LONGEST_END_S and now - idle_since < END_PATIENCE_S:
        with suppress(psutil.TimeoutExpired):
            process.wait(0.1)
            return True
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:  # ended, and orphaned: nobody of its own asks for it
                return True
        if _would_run(process.pid):
            idle_since = time.monotonic()
    return False


def _would_run(pid: int) -> bool:
    """Whether a thread of a process runs or waits for a processor or a disk."""
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            if (thread / "stat").read_text().rpartition(")")[2].split()[0] in "RD":
                return True
    return False
