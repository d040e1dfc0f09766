"""Performing without a window, as a process: it ends by itself or when told to, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from tests.cli.program import PATIENCE_S, command
from tests.netns import ROOT, isolated

pytestmark = [pytest.mark.ndi, pytest.mark.slow]


@contextmanager
def performing(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Queue[str]]]:
    """The program, headless, and the lines it says."""
    lines: Queue[str] = Queue()
    environment = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    with subprocess.Popen(
        command(*arguments), cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout
        reader = Thread(target=lambda: [lines.put(line) for line in said])
        reader.start()
        try:
            yield process, lines
        finally:
            process.kill()
            process.wait()
            reader.join()


def wait_for(lines: Queue[str], words: str) -> None:
    """Wait until it has said something that matches."""
    said = []
    while True:
        try:
            said.append(lines.get(timeout=PATIENCE_S))
        except Empty:
            pytest.fail(f"never said {words!r}: {said}")
        if re.search(words, said[-1]):
            return


@isolated()
def test_ends_by_itself_and_leaves_a_report(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    arguments = ("--headless", "--midi", "none", "--duration", "3", "--canvas", "640x360", "--fps", "25", "--seed", "7")
    with performing(*arguments, "--report", str(path)) as (process, _):
        assert process.wait(PATIENCE_S) == 0
    report = json.loads(path.read_text())
    options = report["options"]
    assert (options["task"], options["width"], options["seed"], options["fps"]) == ("perform", 640, 7, 25.0)
    assert (options["headless"], options["session"], options["link"]) == (True, None, None)
    assert report["machine"]["python"]
    assert (report["output"]["width"], report["output"]["height"]) == (640, 360)
    assert report["output"]["fps_numerator"] == 25
    assert "(Hardcut)" in report["output"]["name"]
    assert report["final"]["t_s"] > 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]  # no draft stays behind


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@isolated()
def test_performs_until_told_to_end(number: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    with performing("--headless", "--midi", "none", "--report", str(path)) as (process, lines):
        wait_for(lines, r"latency +[1-9]")
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == 0
    report = json.loads(path.read_text())
    assert report["final"]["first_frame_ns"] > 0
    counts = [(sample["t_s"], sample["frames"], sample["output_frames"]) for sample in report["samples"]]
    assert counts == sorted(counts)
    assert report["final"]["frames"] >= max(counts[-1][1], 1)


@isolated()
def test_performs_headless_where_there_is_no_display() -> None:
    with performing("--midi", "none", "--duration", "1") as (process, lines):
        wait_for(lines, "no display")
        assert process.wait(PATIENCE_S) == 0


@isolated()
def test_a_source_that_cannot_be_had_does_not_end_the_show(tmp_path: Path) -> None:
    arguments = ("--headless", "--midi", "none", "--source", f"file:{tmp_path / 'missing.mp4'}", "--duration", "30")
    with performing(*arguments) as (process, lines):
        wait_for(lines, "missing.mp4")
        wait_for(lines, "Generator field is ready")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
