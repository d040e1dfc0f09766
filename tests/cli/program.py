"""The program as a user starts it: a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self

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


class Running:
    """A run that is read line by line and ended by Ctrl-C; a context manager."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGINT)
        said = self._process.communicate(timeout=PATIENCE_S)
        if kind is None:
            assert (self._process.returncode, said[1]) == (0, ""), said

    def line(self) -> str:
        """The next line it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")


def told_off(done: subprocess.CompletedProcess[str], words: Sequence[str]) -> None:
    """Assert that a run ended as a mistake of the user: one sentence with these words, status 2, nothing else."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("hardcut")
    for word in words:
        assert word in lines[0], lines[0]
