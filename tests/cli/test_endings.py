"""What ends a headless show and what does not: signals, streams that go, a generator that hangs, a port taken."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from engine.output.client import running_outputs
from tests.cli.program import PATIENCE_S, command
from tests.netns import ROOT

pytestmark = pytest.mark.slow

QUIET = ("--headless", "--midi", "none", "--streamdeck", "off", "--sink", "null", "--osc", "none")


@contextmanager
def performing(line: list[str], **streams: object) -> Iterator[subprocess.Popen[bytes]]:
    """A show, killed at the end if it has not ended."""
    environment = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    process = subprocess.Popen(line, cwd=ROOT, env=environment, **streams)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        for one in running_outputs():
            os.kill(one.pid, signal.SIGTERM)


def await_frames(process: subprocess.Popen[bytes], words: bytes = rb"latency +[1-9]") -> list[bytes]:
    """Read what it says until a line matches; an early end fails."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if re.search(words, line):
            return said
    pytest.fail(f"never said {words!r}: {said}")


def final(path: Path) -> dict[str, float]:
    """The last figures of a report."""
    figures: dict[str, float] = json.loads(path.read_text())["final"]
    return figures


@pytest.mark.timeout(240)
def test_no_stream_that_goes_ends_the_show(tmp_path: Path) -> None:
    ways = {"full": "2>/dev/full", "closed": "2>&-", "all": "<&- >&- 2>&-", "read": "2>&1 | head -n 2 >/dev/null"}
    with ExitStack() as shows:
        for name, way in ways.items():
            arguments = (*QUIET, "--output-name", name, "--duration", "9", "--report", str(tmp_path / name))
            shell = ["sh", "-c", f"{' '.join(command(*arguments))} {way}; exit 0"]
            shows.enter_context(performing(shell)).wait(4 * PATIENCE_S)
            assert final(tmp_path / name)["output_frames"] > 30 * 4, name


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGTERM"])
def test_each_signal_ends_it_in_order(tmp_path: Path, name: str) -> None:
    report, session = tmp_path / "report.json", tmp_path / "a.session"
    line = command(*QUIET, "--report", str(report), "--session", str(session))
    with performing(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        await_frames(process)
        process.send_signal(getattr(signal, name))
        assert process.wait(PATIENCE_S) == 0
    assert final(report)["frames"] > 0
    assert session.stat().st_size > 0
    assert running_outputs() == ()


def test_whoever_asks_for_it_keeps_a_show_without_its_terminal(tmp_path: Path) -> None:
    line = ["sh", "-c", f"trap '' HUP; exec {' '.join(command(*QUIET, '--report', str(tmp_path / 'r.json')))}"]
    with performing(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        await_frames(process)
        process.send_signal(signal.SIGHUP)
        await_frames(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


def test_a_generator_that_hangs_does_not_keep_the_program(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    line = [sys.executable, "-m", "tests.cli.hanging_show", *QUIET, "--report", str(report)]
    with performing(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        await_frames(process, b"has not finished a chunk")
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        sys.stdout.write(f"ended after {time.monotonic() - begun:.1f} s\n")
        assert process.stdout is not None
        rest = process.stdout.read()
        assert b"Traceback" not in rest, rest
    assert final(report)["frames"] > 0
    assert running_outputs() == ()


def test_a_port_that_is_taken_is_said() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        line = command(*QUIET[:-1], place, "--duration", "1")
        with performing(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            said, _ = process.communicate(timeout=PATIENCE_S)
    assert f"OSC cannot listen on {place}".encode() in said
    assert process.returncode == 0
