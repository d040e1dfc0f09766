"""What `hardcut bench` asks of its own command line, its load watch, and its tunes."""

import os
import random
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from bench.harness.load import TOO_MUCH_PERCENT, Load, LoadWatch, gpu_load
from bench.harness.namespace import Namespace, Reach
from bench.harness.processes import Child, Workplace
from bench.measures.cut import FIRST_NOTE, PADS, PRESSES, SPACING_S, notes
from bench.options import FIGURES, MEASURES, BenchOptions, parse
from engine.metrics.gpus import GpuLoad, GpuReport


def test_all_figures_are_measured_by_default_and_pictures_when_asked_for() -> None:
    assert parse([]) == BenchOptions(only=tuple(FIGURES), seconds=60.0, repeats=3)
    assert set(MEASURES) - set(FIGURES) == {"pictures", "ranks", "knob", "changes", "loop", "model"}


def test_all_options(tmp_path: Path) -> None:
    path, kept = tmp_path / "bench.json", tmp_path / "kept.json"
    kept.touch()
    found = parse(
        [
            *("--only", "cut,headless,cut", "--seconds", "7", "--repeats", "2", "--json", str(path), "--anyway"),
            *("--kept", str(kept), "--keep", str(kept), "--to", str(tmp_path)),
        ]
    )
    assert found == BenchOptions(
        only=("cut", "headless"),
        seconds=7.0,
        repeats=2,
        json=path,
        anyway=True,
        kept=kept,
        keep=kept,
        to=tmp_path,
    )
    assert parse(["--against", "HEAD~1", "--only", "components"]).against == "HEAD~1"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--against", "HEAD", "--only", "pictures"], "Pictures are looked at, not raced"),
        (["--against", "HEAD", "--keep", "kept.json"], "--against measures two programs"),
        (["--against", "HEAD", "--only", "loop"], "loop needs a model: leave it away from --against"),
        (["--against", "-x"], "expected one argument"),
        (["--against", ""], "'' names no revision"),
        (["--kept", "/nonexistent/kept.json"], "There are no kept figures at /nonexistent/kept.json"),
        (["--to", __file__], "is a file; name a folder"),
    ],
)
def test_mistakes_are_sentences(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments)
    assert ended.value.code == 2
    assert sentence.lower() in capsys.readouterr().err.lower()


def test_a_tune_never_presses_the_pad_that_plays() -> None:
    tune = notes(random.Random(0))
    assert len(tune) == PRESSES
    assert all(FIRST_NOTE <= note < FIRST_NOTE + PADS for note, _ in tune)
    assert all(SPACING_S[0] <= pause <= SPACING_S[1] for _, pause in tune)
    assert all(one[0] != next_one[0] for one, next_one in pairwise(tune))


def test_load_in_words() -> None:
    load = Load(others=31, highest=60, busiest="ffmpeg (process 7)", busiest_percent=26, stolen=0, waiting=None)
    assert load.disturbs
    assert load.sentence() == "other programs 31 % of the CPU (at most 60 %), most by ffmpeg (process 7) (26 %)"
    rest = Load(others=TOO_MUCH_PERCENT, highest=60, busiest="", busiest_percent=9, stolen=0, waiting=0)
    assert not rest.disturbs
    gpus = gpu_load(GpuReport(loads=(GpuLoad("H200", 0.4, 9, (7, 8)), GpuLoad("H100", 0.9, 9, ()))))
    shared = replace(rest, gpu=gpus)
    assert shared.disturbs and shared.sentence().endswith(", H200 is shared with 2 other processes")


SPEND = """
import sys, time
sys.stdin.readline()
while time.process_time() < 0.5:
    pass
print("spent", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("ours", [True, False])
def test_only_the_others_are_load(ours: bool) -> None:
    with Workplace() as workplace:
        command = [sys.executable, "-c", SPEND]
        with Child(command, workplace.environment(), workplace.path / "log") as child:
            with LoadWatch(lambda process: ours or process.pid != child.process.pid) as watch:
                child.write("go")
                assert child.line() == "spent"
            load = watch.load()
    if ours:
        assert (load.others, load.busiest, load.disturbs) == (0, "", False)
    else:
        assert f"(process {child.process.pid})" in load.busiest
        assert load.others == load.busiest_percent > 0


def test_a_workplace_ends_what_was_started_in_it() -> None:
    with Workplace() as workplace:
        child = Child(["cat"], workplace.environment(), workplace.path / "log")
        child.write("it runs")
        assert child.line() == "it runs"  # until then the system may not know its environment yet
        assert workplace.owns(psutil.Process(child.process.pid))
        assert not workplace.owns(psutil.Process(os.getpid()))
        waiting = threading.Thread(target=child.process.wait)  # as its starter would, or it stays a zombie
        waiting.start()
        assert [process.pid for process in workplace.processes()] == [child.process.pid]
    waiting.join()
    assert not psutil.pid_exists(child.process.pid)  # whoever of the two waited for it first
    child.end()
    assert not workplace.path.exists()


def test_the_users_folders_are_out_of_reach() -> None:
    with Workplace() as workplace:
        environment = workplace.environment({"EXTRA": "1"})
        for name in ("HARDCUT_RUNTIME_DIR", "HOME", "NDI_CONFIG_DIR", "XDG_CONFIG_HOME", "APPDATA"):
            assert Path(environment[name]).is_relative_to(workplace.path)
        assert environment["EXTRA"] == "1"


@pytest.mark.ndi
def test_a_private_network_holds_only_loopback_and_vanishes() -> None:
    with Workplace() as workplace, Namespace(workplace) as namespace:
        if namespace.reach is Reach.OPEN:
            pytest.skip(namespace.why)
        command = namespace.command(["cat", "/proc/net/dev"])
        with Child(command, workplace.environment(), workplace.path / "log") as child:
            told = child.end()
        devices = [line.partition(":")[0].strip() for line in told.splitlines()[2:]]
        assert devices == ["lo"]
        holders = [process.pid for process in workplace.processes()]
        assert holders
    assert not any(psutil.pid_exists(pid) for pid in holders)
