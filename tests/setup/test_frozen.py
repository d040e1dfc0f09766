"""Where the packaged program begins: its own modules are run by -m, everything else is the program's command line."""

import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["-m", "engine.output.realtime"], 0, "priority"),
        (["-m", "engine.output.host", "--fps", "0"], 2, "0"),
        (["-m", "os"], 2, "os is no module of Hardcut."),
        (["--version"], 0, f"hardcut {__version__}"),
        (["-m"], 2, "-m"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_entry_tells_modules_from_options(arguments: list[str], status: int, words: str) -> None:
    command = [sys.executable, "packaging/frozen.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, words in done.stdout + done.stderr) == (status, True), done
