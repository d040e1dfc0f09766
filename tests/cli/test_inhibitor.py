"""Without a window the machine is kept awake by a program of the system's, which is let go at the end."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app import inhibitor
from app.headless import kept_awake
from engine.messages.events import Level

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in the place of systemd-inhibit."""
    file = folder / "systemd-inhibit"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def told() -> tuple[str, int]:
    """What a show without a window is told, and how many processes it holds meanwhile."""
    found: list[str] = []
    with kept_awake(lambda level, text: found.append(f"{level.value} {text}")):
        held = len(psutil.Process().children())
    (text,) = found
    assert text.startswith(f"{Level.INFO.value} ")
    return text.removeprefix(f"{Level.INFO.value} "), held


def test_the_lock_lasts_as_long_as_the_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tmp_path / "asked"
    script = f'for one; do echo "$one" >>{asked}; done; while [ "${{1#--}}" != "$1" ]; do shift; done; exec "$@"'
    stand_in(tmp_path, script, monkeypatch)
    before = len(psutil.Process().children())
    assert told() == ("The machine is kept awake.", before + 1)
    assert len(psutil.Process().children()) == before
    words = asked.read_text(encoding="utf-8").splitlines()
    assert words[:4] == ["--what=sleep:idle", "--who=Hardcut", "--why=A performance is running", "--mode=block"]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo 'Failed to inhibit: Access denied.' >&2; exit 1", "systemd-inhibit: Failed to inhibit: Access denied"),
        ("exit 3", "systemd-inhibit: status 3"),
        ("exec sleep 20", "the system does not answer"),
    ],
)
def test_what_is_refused_is_a_sentence(script: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inhibitor, "_PATIENCE_S", 0.5)
    stand_in(tmp_path, script, monkeypatch)
    assert told()[0] == f"The machine may fall asleep ({why}). Switch that off in the system's settings before a show."


def test_where_there_is_no_such_program_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "(systemd-inhibit: No such file or directory)" in told()[0]


def test_a_show_without_a_window_loads_no_qt() -> None:
    """Its bindings end a process in which another thread loads a module meanwhile."""
    script = "import app.headless, app.program, app.cli, sys; print([one for one in sys.modules if 'PySide' in one])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
