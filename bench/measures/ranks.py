"""One of several processes that dream together is killed, or stopped, while the whole program plays."""

import itertools
import signal
import time
from dataclasses import dataclass
from typing import Final

import psutil

from app.report_schema import ReportDocument, Sample
from bench.context import WARM_UP_S, Bench
from bench.figures import Better, Figure, Row, at_least, at_most, measured
from bench.harness.processes import helper
from bench.reading import BenchError, Window, window
from engine.clock import NS_PER_SECOND

COMMAND: Final = "hardcut bench --only ranks --gpus 2"
OUTPUT: Final = "Hardcut Bench"
FOLLOWER: Final = "engine.generators.wan.parallel.follower"

FAULTS: Final = {"killed": signal.SIGKILL, "stopped": signal.SIGSTOP} if hasattr(signal, "SIGKILL") else {}

AFTER_S: Final = 25.0
"""How long a run goes on after the fault: it may take 4 s to be found out, and 10 s to be got over."""

LAST_S: Final = 10.0
"""Of it, what is made by those who are left is counted at the end."""


@dataclass(frozen=True, slots=True)
class FaultRun:
    """What happened from a fault on.

    Attributes:
        fault_s: when it was done, in seconds since the start of the process; before: what was made until then.
    """

    report: ReportDocument
    fault_s: float
    before: Window

    @property
    def after(self) -> tuple[Sample, ...]:
        """The figures from the last before the fault on."""
        samples = self.report.samples
        first = max((at for at, one in enumerate(samples) if one.t_s <= self.fault_s), default=0)
        return samples[first:]

    @property
    def told_s(self) -> float | None:
        """How long it took until it was told; None: it was not."""
        told = (at_s for at_s, text in self.report.told if at_s >= self.fault_s and "dream together" in text)
        return next((at_s - self.fault_s for at_s in told), None)

    @property
    def still_s(self) -> float:
        """The longest time without a generated frame, to a second."""
        grown = [one.t_s for last, one in itertools.pairwise(self.after) if one.frames > last.frames]
        moments = [self.fault_s, *(at_s for at_s in grown if at_s > self.fault_s)]
        if len(moments) == 1 or self.after[-1].t_s - moments[-1] > 2.0:
            moments.append(self.after[-1].t_s)
        return max(b - a for a, b in itertools.pairwise(moments))

    @property
    def window(self) -> Window:
        """From the fault to the end."""
        return window(self.after, 0.0, self.after[-1].t_s)

    @property
    def last(self) -> Window:
        """The end."""
        return window(self.after, self.after[-1].t_s - LAST_S, self.after[-1].t_s)


def rows(fault: str) -> tuple[Row[FaultRun], ...]:
    """Return the figures of one fault."""
    return (
        Row(
            id=f"ranks.{fault}.before",
            label=f"the whole program, before one is {fault}: pipeline",
            unit="FPS",
            value=lambda run: run.before.pipeline_fps,
            better=Better.HIGHER,
        ),
        Row(
            id=f"ranks.{fault}.told",
            label=f"one of the processes {fault}: until it is told",
            unit="s",
            value=lambda run: run.told_s,
        ),
        Row(
            id=f"ranks.{fault}.still",
            label=f"one {fault}: longest time without a generated frame, to a second",
            unit="s",
            value=lambda run: run.still_s,
            goal=at_most(10),
        ),
        Row(
            id=f"ranks.{fault}.output_fps",
            label=f"one {fault}: output from then on",
            unit="FPS",
            value=lambda run: run.window.output_fps,
            better=Better.HIGHER,
        ),
        Row(
            id=f"ranks.{fault}.lagged",
            label=f"one {fault}: output frames lagged from then on",
            unit="",
            value=lambda run: run.window.lagged,
            goal=at_most(0),
            digits=0,
        ),
        Row(
            id=f"ranks.{fault}.pipeline_fps",
            label=f"one {fault}: pipeline in the last ten seconds, on what is left",
            unit="FPS",
            value=lambda run: run.last.pipeline_fps,
            goal=at_least(1),
            better=Better.HIGHER,
        ),
    )


def measure(bench: Bench) -> list[Figure]:
    """Do each fault in a run of its own.

    Raises:
        BenchError: nobody follows, or they did not play in time.
    """
    if bench.gpus in ("", "1"):
        raise BenchError("There is one process to dream, and nobody to lose", remedy="Say --gpus 2, or more.")
    figures = []
    for fault in FAULTS:
        runs = [_run(bench, fault, number) for number in range(bench.repeats)]
        figures += measured(rows(fault), runs, COMMAND)
    return figures


def _run(bench: Bench, fault: str, number: int) -> FaultRun:
    bench.report(
        f"ranks, {fault}, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s, and {AFTER_S:.0f} s more"
    )
    done_ns = 0

    def strike(playing_s: float) -> None:
        nonlocal done_ns
        if done_ns or playing_s < WARM_UP_S + bench.seconds + 1.0:
            return
        found = [one for one in bench.workplace.processes() if FOLLOWER in _words(one)]
        if not found:
            raise BenchError("Nobody follows", remedy="See with `hardcut doctor` how many GPUs there are.")
        done_ns = time.monotonic_ns()
        found[-1].send_signal(FAULTS[fault])

    with bench.child(helper("probes.receiver", "--source", OUTPUT)):
        arguments = ("--headless", "--source", "stage", "--midi", "none", "--output-name", OUTPUT)
        performance = bench.perform(arguments, bench.seconds + AFTER_S, during=strike)
    report = performance.report
    if not done_ns or not report.samples:
        raise BenchError("It did not play in time", where="; ".join(text for _, text in report.told))
    first = report.samples[0]
    done_s = first.t_s + (done_ns - first.at_ns) / NS_PER_SECOND
    run = FaultRun(report, done_s, window(report.samples, done_s - bench.seconds - 1.0, done_s))
    made = f"{run.before.pipeline_fps:.1f} FPS before, {run.last.pipeline_fps:.1f} in the end"
    bench.report(
        f"first frame after {report.first_frame_s or 0.0:.0f} s; {made}; still for {run.still_s:.1f} s at most"
    )
    for at_s, text in report.told:
        if at_s >= done_s - 1.0:
            bench.report(f"{at_s - done_s:+.1f} s: {text}")
    return run


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []  # it has ended
