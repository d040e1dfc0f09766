"""The program as a user starts it: a process of its own."""

import subprocess
import sys
from collections.abc import Sequence

from tests.netns import ROOT

PATIENCE_S = 60
"""For machines that do ten other things; nothing here measures."""


def command(*arguments: str) -> list[str]:
    """What starts it."""
    return [sys.executable, "-m", "app", *arguments]


def hardcut(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def told_off(done: subprocess.CompletedProcess[str], words: Sequence[str]) -> None:
    """Assert that a run ended as a mistake of the user: one sentence with these words, status 2, nothing else."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("hardcut")
    for word in words:
        assert word in lines[0], lines[0]
