"""`hardcut doctor --rehearse`: ten seconds of the show by an engine of its own, which go nowhere, and their figures."""

import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from app.commands.doctor.finding import Finding, State
from app.commands.doctor.judgement import judge
from app.commands.doctor.planned import Planned, live_outputs
from app.report_schema import ReportDocument, ReportError, load_report
from app.show.file import save_show
from app.show.kept import ShowFolder

LENGTH_S: Final = 10
SETTLING_S: Final = 3.0
"""From when the generator is ready; what is measured then is left out."""
WARM_UP_S: Final = 90
"""The most that a generator may take to begin."""
ENDING_S: Final = 30.0
"""The most that the end may take."""

NAME: Final = "Hardcut rehearsal"


def rehearse(plan: Planned, length_s: float = LENGTH_S) -> Iterator[Finding]:
    """Play a show headless into nothing, with its source, format, depth and scene, and judge the figures.

    Where another show is live nothing is played: two engines on one machine tell nothing of either.
    """
    if names := live_outputs():
        text = f"“{names[0]}” is live: nothing is rehearsed beside it."
        yield Finding(State.NOTE, text, "End it first, or measure it by F2 in its window.")
        return
    with tempfile.TemporaryDirectory(prefix="hardcut-rehearsal-") as folder:
        report, show = Path(folder) / "report.json", Path(folder) / "show.toml"
        save_show(replace(plan.show, sent=replace(plan.show.sent, sinks=("null",))), show)
        try:
            ended, said = _played(command(plan, show, report, length_s), length_s)
        finally:
            shutil.rmtree(ShowFolder(NAME).file.parent, ignore_errors=True)
        if not report.is_file():
            if not ended:
                yield Finding(State.PROBLEM, "The rehearsal did not come to its end.", "See the log: hardcut report.")
            else:
                yield Finding(State.PROBLEM, f"The rehearsal has failed. {said[-1] if said else 'It said nothing.'}")
            return
        try:
            document = load_report(report)
        except ReportError as error:
            yield Finding(State.PROBLEM, str(error))
            return
    yield from _judged(document)


def command(plan: Planned, show: Path, report: Path, length_s: float) -> list[str]:
    """Return the command that plays the show of a file into nothing, with no controller of this machine."""
    words = [sys.executable, "-m", "app", "--headless", "--show", str(show), "--output-name", NAME, "--sink", "null"]
    words += ["--gpus", str(plan.options.gpus or "all"), "--midi", "none", "--osc", "none", "--dmx", "none"]
    words += ["--streamdeck", "off", "--duration", str(WARM_UP_S + length_s + SETTLING_S), "--report", str(report)]
    if plan.options.quality is not None:
        words += ["--quality", str(plan.options.quality or "full")]
    return words


def _played(words: Sequence[str], length_s: float) -> tuple[bool, list[str]]:
    """Run it until so long after its generator is ready; whether it came to its end, and what it said."""
    process = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8", errors="replace"
    )
    timers = [threading.Timer(WARM_UP_S + length_s + SETTLING_S + ENDING_S, process.kill)]
    timers[0].start()
    said: list[str] = []
    try:
        for line in process.stderr or ():
            said.append(line.strip())
            ready = line.startswith("Generator ") and line.rstrip().endswith("is ready.")
            if ready and len(timers) == 1 and sys.platform != "win32":  # there it ends by its duration
                timers.append(threading.Timer(length_s + SETTLING_S, process.send_signal, (signal.SIGINT,)))
                timers[1].start()
        return process.wait() >= 0, [line for line in said if line]
    finally:
        for timer in timers:
            timer.cancel()
            timer.join()
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stderr is not None:
            process.stderr.close()


def _judged(document: ReportDocument) -> Iterator[Finding]:
    steady = [one for one in document.samples if document.first_frame_s and one.t_s > document.first_frame_s + 2.0]
    output = document.output
    if document.first_frame_s is None or not steady or output is None:
        yield Finding(State.PROBLEM, "The generator made no picture in time.", "Choose a smaller generator.")
    else:
        name = document.generator.name if document.generator is not None else "The generator"
        yield Finding(State.OK, f"The first picture came after {document.first_frame_s:.1f} s.")
        yield from judge(steady, Fraction(output.fps_numerator, output.fps_denominator), name)
    for _, told in document.told:
        if told.startswith(("error", "warning")):
            yield Finding(State.NOTE, f"It said: {told.partition(': ')[2]}")
