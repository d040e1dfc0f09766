"""The check of a fresh clone: its outcome is that of the tests, and their closing lines come last."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / ".ci" / "run"

pytestmark = pytest.mark.skipif(sys.platform == "win32" or not shutil.which("bash"), reason="a script for bash")


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def checked(clone: Path, make: str) -> "subprocess.CompletedProcess[str]":
    """The script in a clone of its own, with another make."""
    (clone / ".ci").mkdir()
    shutil.copy(RUN, clone / ".ci" / "run")
    script(clone / "tools" / "make", make)
    environment = {**os.environ, "PATH": f"{clone / 'tools'}{os.pathsep}{os.environ['PATH']}"}
    command = [clone / ".ci" / "run"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("status", [0, 3])
def test_the_outcome_is_that_of_the_tests_whatever_the_figures_are(tmp_path: Path, status: int) -> None:
    script(tmp_path / ".venv" / "bin" / "python", 'echo "$@"; echo "{}"; echo "  ! rate fell"; exit 1')
    done = checked(tmp_path, f'echo "== 1 failed in 3s =="; exit {status}')
    assert done.returncode == status
    lines = done.stdout.splitlines()
    assert lines[-1] == "== 1 failed in 3s =="
    assert "  ! rate fell" in lines and "{}" not in lines
    assert any("bench --only" in line and "--kept bench/kept/two-cores.json" in line for line in lines)
    assert "Not all of it was measured (status 1; 130: it took too long)." in lines


@pytest.mark.parametrize(("tests", "soak"), [(0, 0), (0, 2), (3, 0)])
def test_a_short_soak_follows_tests_that_pass_and_is_shown(tmp_path: Path, tests: int, soak: int) -> None:
    make = f'echo "made $1"; if [ "$1" = soak-short ]; then exit {soak}; fi; exit {tests}'
    done = checked(tmp_path, make)
    assert done.returncode == tests
    assert (f"The soak did not pass (status {soak})." in done.stdout) == (soak > 0)
    assert ("made soak-short" in done.stdout.splitlines()) == (tests == 0)


def test_without_an_environment_there_are_no_figures_and_that_is_said(tmp_path: Path) -> None:
    done = checked(tmp_path, 'echo "No rule"; exit 2')
    assert done.returncode == 2
    assert "No figures: there is no .venv to measure with." in done.stdout
    assert done.stdout.splitlines()[-1] == "No rule"
