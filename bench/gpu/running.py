"""Runs jobs one after another; none of them ends the others."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.gpu.jobs import LONG_S, Job

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job.

    Attributes:
        status: of its process; None: it took too long and was ended, or was not begun.
        seconds: that it took; text: all that it printed.
    """

    job: Job
    status: int | None
    seconds: float
    text: str

    @property
    def done(self) -> bool:
        return self.status in self.job.well


def run_jobs(
    jobs: Iterable[Job], folder: Path, report: Callable[[str], None], limit_s: float = LONG_S, gpus: int = 1
) -> list[Outcome]:
    """Run jobs, keep what each prints as FOLDER/ID.txt, and return what came of them in their order.

    Args:
        gpus: that there are: what needs more is not begun.
    """
    outcomes = []
    for job in jobs:
        if job.gpus > max(gpus, 1):
            outcomes.append(Outcome(job, None, 0.0, f"it needs {job.gpus} GPUs, and here are {gpus}"))
            report(f"{job.what}: {outcomes[-1].text}")
            continue
        report(f"{job.what}: {job.command(folder)}")
        outcome = _run(job, folder, min(limit_s, job.limit_s))
        (folder / f"{job.id}.txt").write_text(outcome.text, encoding="utf-8")
        ended = "done" if outcome.done else "ended" if outcome.status is None else f"failed ({outcome.status})"
        report(f"    {ended} after {outcome.seconds:.0f} s")
        outcomes.append(outcome)
    return outcomes


def _run(job: Job, folder: Path, limit_s: float) -> Outcome:
    start = [sys.executable] if job.python else [sys.executable, "-m", "app"]
    command = [*start, *job.arguments, *(("--json", str(job.json_file(folder))) if job.json else ())]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    begun = time.monotonic()
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=ROOT if job.python else folder,
            env=environment,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        return Outcome(job, None, time.monotonic() - begun, _text(error.stdout))
    return Outcome(job, done.returncode, time.monotonic() - begun, _text(done.stdout))


def _text(printed: bytes | None) -> str:
    return (printed or b"").decode("utf-8", "replace")
