"""What a soak says where it cannot be played, and of the figures that it has."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.netns import INSIDE
from tests.soak import show, soak
from tests.soak.results import read_rows, write_part
from tests.soak.sizes import Size, Sizes
from tests.soak.verdict import Allowed, Measured, Tally, judge


@pytest.mark.parametrize(("words", "status"), [(["--busy"], 0), ([], 2)])
def test_without_a_network_of_its_own_it_says_so(
    words: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(INSIDE, raising=False)
    monkeypatch.setattr("sys.argv", ["soak", *words])
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(soak, "SYSTEM_PATH", "")
    assert soak.main() == status
    assert capsys.readouterr().out.startswith("No soak here: ")


def test_every_figure_of_the_page_says_what_was_wanted_and_reached(tmp_path: Path) -> None:
    killed = Tally()
    killed.add(due=150, got=100, gap_ns=1_600_000_000, repeat_ns=100_000_000)
    measured = Measured(
        tallies={"output killed": killed},
        allowed={"output killed": Allowed(gap_s=1.0)},
        sizes=Sizes([Size(at_s, 2**28, 17, 16) for at_s in range(0, 300, 5)], [2**28, 2**28]),
        seconds=300,
        reference_s=100,
        alive=True,
        ended=None,
    )
    rows = judge(measured)
    text = soak.page("## The soak", rows, [("sinks", "ndi")], measured)
    write_part("soak", text, tmp_path / "page.md")
    written = read_rows("soak", tmp_path / "page.md")
    assert "Not reached: longest gap: output killed." in text
    assert written["longest gap: output killed"] == (
        "longest gap: output killed",
        "≤ 1000 ms",
        "1600 ms",
        "**not reached**",
    )
    assert written["output killed"][-2:] == ("gap ≤ 1.0 s, repeat ≤ 2.0 s", "**not reached**")
    assert written["0.5 min"] == ("0.5 min", "256.0 MiB", "17", "16")


def test_what_wants_to_run_is_not_yet_left_behind_and_what_sleeps_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show, "END_PATIENCE_S", 0.5)
    busy = "import time; end = time.monotonic() + 1.5\nwhile time.monotonic() < end: pass"
    for code, gone in ((busy, True), ("import time; time.sleep(60)", False)):
        with subprocess.Popen([sys.executable, "-c", code]) as process:
            assert show._is_gone(psutil.Process(process.pid)) is gone
            process.kill()


def test_what_has_ended_and_nobody_asks_for_is_gone() -> None:
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '1']).pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        ending = psutil.Process(int(parent.stdout.readline()))
        assert show._is_gone(ending) and ending.status() == psutil.STATUS_ZOMBIE
        parent.kill()
