"""The benchmarks for real, as short as they go: they tell, they end, and nothing of theirs stays behind."""

import json
import signal
import subprocess
import sys
import time

import psutil
import pytest

from bench.harness.processes import MARK
from tests.cli.program import PATIENCE_S, command
from tests.netns import ROOT

pytestmark = [pytest.mark.ndi, pytest.mark.slow]


def left_of(bench: int) -> list[str]:
    """What still runs of the benchmark with this process id."""
    left = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(f"{bench}.") and process.status() != psutil.STATUS_ZOMBIE:
                left.append(f"{process.pid} {' '.join(process.cmdline())}")
        except (psutil.Error, OSError):
            continue
    return left


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the benchmark's network is the machine's own")
def test_measures_and_tells() -> None:
    arguments = ("bench", "--only", "headless", "--seconds", "10", "--repeats", "1", "--anyway")
    with subprocess.Popen(command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, text=True) as bench:
        told = bench.communicate(timeout=2 * PATIENCE_S)[0]
    assert bench.returncode == 0
    *_, last = told.splitlines()
    document = json.loads(last)
    assert document["machine"]["cpu"]
    assert document["load"]["headless"]["others"] >= 0
    figures = {figure["id"]: figure for figure in document["figures"]}
    assert len(figures["headless.pipeline_fps"]["values"]) == 1
    assert figures["headless.first_frame"]["median"] > 0
    assert figures["headless.first_frame"]["command"] == "hardcut bench --only headless"
    assert left_of(bench.pid) == []


@pytest.mark.parametrize(("number", "before"), [(signal.SIGINT, ""), (signal.SIGTERM, "control,")])
def test_ended_in_the_middle_it_ends_everything_and_tells_what_it_has(number: signal.Signals, before: str) -> None:
    arguments = ("bench", "--only", f"{before}headless", "--repeats", "1", "--anyway")
    with subprocess.Popen(
        command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as bench:
        assert bench.stderr is not None
        while "headless, run 1" not in bench.stderr.readline():
            assert bench.poll() is None
        watched = psutil.Process(bench.pid)
        while len(watched.children(recursive=True)) < 4:  # namespace, receiver, program, output
            time.sleep(0.1)
            assert bench.poll() is None
        bench.send_signal(number)
        told, said = bench.communicate(timeout=PATIENCE_S)
        assert bench.returncode == 130
    assert "headless was not measured to its end." in told
    assert ("10,000 boundaries replayed identically" in told) is bool(before)
    assert "everything it started has ended" in said
    assert "Traceback" not in said
    assert left_of(bench.pid) == []
