"""What a crash leaves: noted by the process that dies, told at the next start, kept within bounds."""

import os
import subprocess
import sys
from pathlib import Path

from engine.native_crash import HISTORY, MOST_BYTES, OUTPUT, PROGRAM, crash_files, note_crashes, take_crashes

CRASHING = """
import ctypes, sys
from pathlib import Path
from engine.native_crash import note_crashes
assert note_crashes(Path(sys.argv[1]), sys.argv[2]) == ""
def draw():
    ctypes.string_at(0)
draw()
"""


def crash(folder: Path, process: str) -> int:
    """Let a process of that kind die of a native fault; return its exit status."""
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-c", CRASHING, str(folder), process]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": root}, capture_output=True, check=False).returncode


def test_a_crash_is_told_once_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    assert crash(folder, PROGRAM) != 0
    assert crash(folder, OUTPUT) != 0
    assert crash(folder, OUTPUT) != 0
    told = take_crashes(folder)
    assert [one.process for one in told] == [PROGRAM, OUTPUT]
    assert all("fault" in one.reason.lower() or "violation" in one.reason for one in told)
    assert all("in string_at" in one.place for one in told)
    assert told[1].sentence().startswith(f"The output process has crashed before: {told[1].reason} (")
    assert take_crashes(folder) == ()
    assert [path.name for path in crash_files(folder)] == [HISTORY]
    assert (folder / HISTORY).read_text(encoding="utf-8").count("in draw") == 3


def test_the_files_stay_within_bounds_and_nonsense_in_them_is_no_trouble(tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / "crash-program.txt").write_bytes(b"\xff\x1b[2J lost\n" * MOST_BYTES)
        [told] = take_crashes(tmp_path)
        assert told.place == ""
    assert (tmp_path / HISTORY).stat().st_size <= MOST_BYTES
    assert "\x1b" not in (tmp_path / HISTORY).read_text(encoding="utf-8", errors="replace")


def test_without_a_place_for_it_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert note_crashes(tmp_path / "file", PROGRAM).startswith("A crash would leave no trace: ")
    assert take_crashes(tmp_path / "nowhere") == ()
