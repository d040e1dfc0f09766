"""What every measurement needs: the programs' place, their network, and one performance of the real program."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from app.report_schema import ReportDocument
from bench.harness.namespace import Namespace
from bench.harness.processes import Child, Workplace, end_processes
from bench.reading import BenchError, Window, read_report, window
from engine.clock import NS_PER_SECOND

WARM_UP_S: Final = 5.0
"""Left out at the beginning of each run, counted from the first frame on the output."""

START_ALLOWANCE_S: Final = 6.0
"""Until the generator is ready, at most; a slower start shortens what is measured, and is reported as such."""

MODEL_ALLOWANCE_S: Final = 240.0
"""The same for a model, which has weights to draw, graphs to record, and the first time kernels to compile."""

READY: Final = " is ready."
"""What a headless program says of its generator once it plays."""

TAIL_S: Final = 2.0
"""Figures come once a second, and the last must lie behind what is measured."""

PICTURES_FOLDER: Final = Path("artefacts")

LOOK_S: Final = 1.0
SHARES_S: Final = 5.0
"""Adding up the shares of pages holds a process for some milliseconds."""

END_PATIENCE_S: Final = 60.0
"""How much longer than asked for a run may take before it is ended."""


@dataclass(frozen=True, slots=True)
class Performance:
    """One run of the program that ended by itself.

    Attributes:
        memory: (seconds since the start, resident bytes of all its processes together); pages that several of them
            share count in each.
        shared_once: the same with the pages counted once, in shares; every few seconds, where the system tells.
    """

    report: ReportDocument
    memory: tuple[tuple[float, int], ...]
    shared_once: tuple[tuple[float, int], ...] = ()

    def measured(self, seconds: float) -> Window:
        """Return what happened in so many seconds after the warm-up.

        Raises:
            BenchError: it never showed a frame, or ended too early.
        """
        if self.report.first_frame_s is None:
            raise BenchError(f"No frame reached the output ({self.messages() or 'it messages nothing'})")
        begin_s = self.report.first_frame_s + WARM_UP_S
        return window(self.report.samples, begin_s, begin_s + seconds + 1)

    def messages(self) -> str:
        """Return the program's messages, for a sentence."""
        return "; ".join(text for _, text in self.report.told)


@dataclass(frozen=True, slots=True)
class Bench:
    """The place where measurements are made.

    Attributes:
        seconds, repeats: how long and how often.
        report: prints a sentence on what is going on.
        pictures: folder for pictures, made when there are any.
        generator: what is played; "" for the program's own choice. fps: of the output; "" for the same.
        allowance_s: until the generator of a run is ready, at most.
    """

    workplace: Workplace
    namespace: Namespace
    seconds: float
    repeats: int
    report: Callable[[str], None]
    pictures: Path = PICTURES_FOLDER
    generator: str = ""
    fps: str = ""
    gpus: str = ""
    allowance_s: float = START_ALLOWANCE_S

    def child(self, command: Sequence[str], extra: Mapping[str, str] | None = None) -> Child:
        """Start a helper inside the network, for a with-block."""
        log = self.workplace.path / f"{time.monotonic_ns()}.log"
        return Child(self.namespace.command(command), self.workplace.environment(extra), log)

    def perform(
        self,
        arguments: Sequence[str],
        seconds: float,
        extra: Mapping[str, str] | None = None,
        during: Callable[[float], None] | None = None,
    ) -> Performance:
        """Run the program for so many seconds after its warm-up and read its report.

        Args:
            arguments: its command line without --duration and --report. Where it plays without a window it is ended
                in time; with one it takes all of the allowance.
            during: called about once a second while it plays without a window, with the seconds since it was ready.

        Raises:
            BenchError: it failed, did not end, or left no report or a process behind.
        """
        path = self.workplace.path / f"report-{time.monotonic_ns()}.json"
        duration_s = self.allowance_s + WARM_UP_S + seconds
        asked = {"--generator": self.generator, "--fps": self.fps, "--gpus": self.gpus}
        chosen = [word for option, value in asked.items() if value for word in (option, value)]
        command = program(*arguments, *chosen, "--duration", f"{duration_s:g}", "--report", str(path))
        memory: list[tuple[float, int]] = []
        shared_once: list[tuple[float, int]] = []
        family: list[psutil.Process] = []
        with self.child(command, extra) as child, ExitStack() as stack:
            stack.callback(lambda: end_processes(family))
            ready_s, told_to_end = None, False
            while not _ended(child.process):
                since_s = (time.monotonic_ns() - child.started_ns) / NS_PER_SECOND
                if since_s > duration_s + END_PATIENCE_S:
                    raise BenchError("The program did not end when it should", where=child.last_error_line())
                family = _family(child.process.pid)
                memory.append((since_s, _resident_bytes(family)))
                if since_s >= len(shared_once) * SHARES_S and (shares := _proportional_bytes(family)):
                    shared_once.append((since_s, shares))
                if ready_s is None:
                    ready_s = since_s if READY in child.errors() else None
                    continue
                if during is not None:
                    during(since_s - ready_s)
                if since_s - ready_s >= WARM_UP_S + seconds + TAIL_S and not told_to_end:
                    told_to_end = True
                    child.process.terminate()
            if child.process.returncode != 0:
                raise BenchError(f"The program ended with status {child.process.returncode}: {child.last_error_line()}")
        return Performance(read_report(path), tuple(memory), tuple(shared_once))


def program(*arguments: str) -> list[str]:
    """Return the command that runs the program itself."""
    return [sys.executable, "-m", "app", *arguments]


def _ended(process: subprocess.Popen[str]) -> bool:
    try:
        process.wait(timeout=LOOK_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _family(pid: int) -> list[psutil.Process]:
    """Return a process and its descendants, the output process among them."""
    try:
        return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _resident_bytes(family: Sequence[psutil.Process]) -> int:
    total = 0
    for process in family:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _proportional_bytes(family: Sequence[psutil.Process]) -> int:
    """Return the memory of all processes with shared pages in shares (PSS of Linux); 0 where the system tells none."""
    total = 0
    for process in family:
        try:
            total += getattr(process.memory_full_info(), "pss", 0)
        except psutil.Error:
            continue
    return total
