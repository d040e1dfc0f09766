"""Faults injected into a real headless show while an independent NDI receiver counts what reaches it.

    python -m tests.soak.faults                   every fault, a table on standard output
    python -m tests.soak.faults kill-output …     only these

Each fault has a show of its own, in a network of its own. A row tells the output frames that were due between the
first and the last that the receiver got, how many it got, and the longest gap between two of them.
"""

import argparse
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from engine.jit.library import cache_folder
from engine.output.client import running_outputs
from tests.netns import INSIDE, ROOT, run_isolated

RATE: Final = 30
SETTLE_S: Final = 8.0
"""Before a fault, so that the show is in its stride."""

AFTER_S: Final = 6.0
PATIENCE_S: Final = 60.0


class Show:
    """A headless program in a process of its own, its lines, and the instants at which frames reached a receiver."""

    def __init__(self, *arguments: str, shell: str = "", module: str = "app") -> None:
        self.home = Path(tempfile.mkdtemp(prefix="hc-soak-"))
        self.runtime = self.home / "run"
        os.environ["HARDCUT_RUNTIME_DIR"] = str(self.runtime)
        environment = {
            **os.environ,
            "HARDCUT_COMPILED": str(cache_folder()),
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
        }
        program = [sys.executable, "-m", module, "--headless", "--midi", "none", "--streamdeck", "off", *arguments]
        program += ["--report", str(self.home / "report.json")]
        command = ["sh", "-c", f"exec {' '.join(program)} {shell}"] if shell else program
        self.lines: list[str] = []
        self.program = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.arrivals: list[int] = []
        self._receiver = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.receiver", "(Hardcut)"], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_arrivals, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def output(self) -> int:
        """The output's process."""
        return running_outputs()[0].pid

    def await_frames(self, *, heard: bool) -> None:
        """Wait until the receiver gets them and the generator plays, as far as the program is heard."""
        deadline = time.monotonic() + PATIENCE_S
        while not (self.arrivals and (not heard or any("is ready" in line for line in self.lines))):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing was received; the program said {self.lines}")
            time.sleep(0.05)

    def end(self) -> float:
        """SIGTERM; how long the end took, in seconds."""
        begun = time.monotonic()
        self.program.send_signal(signal.SIGTERM)
        try:
            self.program.wait(20)
        except subprocess.TimeoutExpired:
            self.program.kill()
        took = time.monotonic() - begun
        self._receiver.kill()
        for reader in self._readers:
            reader.join(5)
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if "engine.output.host" in " ".join(process.cmdline()):
                    self.lines.append(f"LEFT BEHIND: output process {process.pid}\n")
                    process.kill()
        shutil.rmtree(self.home, ignore_errors=True)
        return took

    def _read_lines(self) -> None:
        assert self.program.stdout is not None
        for line in self.program.stdout:
            self.lines.append(line)

    def _read_arrivals(self) -> None:
        assert self._receiver.stdout is not None
        for line in self._receiver.stdout:
            with suppress(ValueError):
                self.arrivals.append(int(line))


def kill_output(show: Show) -> None:
    os.kill(show.output, signal.SIGKILL)


def stop_output(show: Show) -> None:
    pid = show.output
    os.kill(pid, signal.SIGSTOP)
    time.sleep(5)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def remove_runtime_files(show: Show) -> None:
    for path in show.runtime.iterdir():
        path.unlink()


def remove_runtime_folder(show: Show) -> None:
    shutil.rmtree(show.runtime)


def remove_ring(_show: Show) -> None:
    for path in Path("/dev/shm").glob("hardcut-*.ring"):
        path.unlink()


def stop_program(show: Show) -> None:
    os.kill(show.program.pid, signal.SIGSTOP)
    time.sleep(5)
    os.kill(show.program.pid, signal.SIGCONT)


@dataclass(frozen=True)
class Fault:
    """What is done to a show.

    Attributes:
        shm: size of /dev/shm, "" for what it is.
        shell: what a shell does with the program's streams.
        module: the program.
        after_s: how long the show goes on afterwards.
        mdns: receivers find senders by multicast, as on most networks, and not by their address.
    """

    inject: Callable[[Show], None]
    shm: str = ""
    arguments: tuple[str, ...] = ()
    shell: str = ""
    module: str = "app"
    after_s: float = AFTER_S
    mdns: bool = False


def nothing(_show: Show) -> None:
    """A show without a fault."""


FAULTS: Final[dict[str, Fault]] = {
    "none": Fault(nothing),
    "kill-output": Fault(kill_output),
    "kill-output-small-shm": Fault(kill_output, shm="40m"),
    "kill-output-mdns": Fault(kill_output, mdns=True),
    "stop-output-5s": Fault(stop_output),
    "stop-output-mdns": Fault(stop_output, mdns=True),
    "stop-program-5s": Fault(stop_program),
    "remove-runtime-files": Fault(remove_runtime_files),
    "remove-runtime-folder": Fault(remove_runtime_folder),
    "remove-ring": Fault(remove_ring),
    "hang-generator": Fault(nothing, module="tests.cli.hanging_show", after_s=40.0),
    "stderr-closed-early": Fault(nothing, shell="2>&1 | head -3"),
    "stderr-full": Fault(nothing, shell="2>/dev/full"),
    "stderr-closed": Fault(nothing, shell="2>&-"),
}


def measure(name: str) -> None:
    """Play one show and print its row."""
    fault = FAULTS[name]
    if fault.shm:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={fault.shm}", "tmpfs", "/dev/shm"], check=True)
    show = Show(*fault.arguments, shell=fault.shell, module=fault.module)
    try:
        show.await_frames(heard=not fault.shell)
        time.sleep(SETTLE_S)
        begun_ns = time.monotonic_ns()
        fault.inject(show)
        time.sleep(fault.after_s)
        last_ns = time.monotonic_ns()
    finally:
        took = show.end()
    window = [at for at in show.arrivals if begun_ns - 1_000_000_000 <= at <= last_ns]
    due = round((last_ns - begun_ns + 1_000_000_000) * RATE / 1e9)
    edges = [*window, last_ns]
    gap = max((after - before for before, after in itertools.pairwise(edges)), default=0)
    print(f"{name:24} due {due:4} got {len(window):4} longest gap {gap / 1e6:6.0f} ms  end {took:4.1f} s", flush=True)
    if os.environ.get("SOAK_LINES"):
        print("".join(show.lines), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak.faults")
    parser.add_argument("names", nargs="*", choices=[*FAULTS, []])
    names = parser.parse_args().names or list(FAULTS)
    if INSIDE in os.environ:
        measure(names[0])
        return 0
    failed = 0
    for name in names:
        done = run_isolated(["-m", "tests.soak.faults", name], mdns=FAULTS[name].mdns, timeout_s=180)
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        if done.returncode:
            failed = 1
            sys.stdout.write(f"{name}: {done.stderr}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
