"""`hardcut doctor --rehearse`: ten seconds of a show that goes nowhere, and its figures."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from app.commands.doctor.finding import Finding, State
from app.report_schema import ReportDocument, ReportError, load_report
from engine.clock import NS_PER_MS

LENGTH_S: Final = 10
WARM_UP_S: Final = 90
"""The most that a generator may take to begin."""

NAME: Final = "Hardcut rehearsal"
SLOW_SHARE: Final = 0.9
"""Of the output's rate; below it pictures are repeated more often than is seen as smooth."""


def rehearse(arguments: Sequence[str] = (), length_s: float = LENGTH_S) -> Iterator[Finding]:
    """Play headless into nothing, with these options of `hardcut`, and judge the figures."""
    with tempfile.TemporaryDirectory(prefix="hardcut-rehearsal-") as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "app", *arguments, "--headless", "--output-name", NAME, "--sink", "null"]
        command += ["--midi", "none", "--osc", "none", "--streamdeck", "off"]
        command += ["--duration", str(length_s + 3), "--report", str(report)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=WARM_UP_S + length_s, check=False)
        except subprocess.TimeoutExpired:
            yield Finding(State.PROBLEM, "The rehearsal did not come to its end.", "See the log: hardcut report.")
            return
        if done.returncode or not report.is_file():
            words = (done.stderr.strip().splitlines() or ["It said nothing."])[-1]
            yield Finding(State.PROBLEM, f"The rehearsal has failed. {words}")
            return
        try:
            document = load_report(report)
        except ReportError as error:
            yield Finding(State.PROBLEM, str(error))
            return
    yield from judge(document)


def judge(document: ReportDocument) -> Iterator[Finding]:
    """Judge the figures of a show, its first two seconds left out."""
    steady = [one for one in document.samples if document.first_frame_s and one.t_s > document.first_frame_s + 2.0]
    output = document.output
    if document.first_frame_s is None or not steady or output is None:
        yield Finding(State.PROBLEM, "The generator made no picture in time.", "Choose a smaller generator.")
        return
    rate = output.fps_numerator / output.fps_denominator
    first, last = steady[0], steady[-1]
    sent = median(one.output_fps for one in steady)
    lagged, repeated = last.lagged - first.lagged, last.repeated - first.repeated
    shown = max(last.output_frames - first.output_frames, 1)
    yield Finding(State.OK, f"The first picture came after {document.first_frame_s:.1f} s.")
    yield Finding(
        State.OK if sent >= 0.99 * rate and not lagged else State.NOTE if sent >= SLOW_SHARE * rate else State.PROBLEM,
        f"The output kept {sent:.1f} of {rate:.4g} FPS and missed {lagged} of {shown} deadlines.",
        "" if sent >= 0.99 * rate and not lagged else "Close other programs, plug the mains in, or lower --fps.",
    )
    pictures = median(one.pipeline_fps for one in steady)
    smooth = pictures >= SLOW_SHARE * rate
    name = document.generator.name if document.generator is not None else "The generator"
    yield Finding(
        State.OK if smooth else State.NOTE,
        f"{name} made {pictures:.1f} FPS, a chunk took {last.chunk_ns / NS_PER_MS:.0f} ms; {repeated} pictures were"
        f" shown twice, {last.latency_ns / NS_PER_MS:.0f} ms lie between input and output.",
        "" if smooth else "Close other programs, or choose a smaller generator: pictures are shown twice until then.",
    )
    for _, told in document.told:
        if told.startswith(("error", "warning")):
            yield Finding(State.NOTE, f"It said: {told.partition(': ')[2]}")
