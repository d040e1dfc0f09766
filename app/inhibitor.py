"""Keeps the machine awake where there is no window: on Linux systemd's own program holds the lock while it runs.

Qt, which asks for the window, is not loaded here: its bindings walk through the modules that are loaded, and end the
process where another thread loads one meanwhile.
"""

import contextlib
import selectors
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Final

from engine.output.activity import activity

WHY: Final = "A performance is running"
_COMMAND: Final = (
    "systemd-inhibit",
    "--what=sleep:idle",
    "--who=Hardcut",
    f"--why={WHY}",
    "--mode=block",
    "cat",  # lives until its input ends, as it does however this process ends
)
_PATIENCE_S: Final = 2.0
"""For an answer; the show runs already, and nothing waits for it but the sentence."""

_WORD: Final = b"held\n"


@contextlib.contextmanager
def awake() -> Iterator[str]:
    """Keep the machine awake during a with-block, on one thread; yields why it may fall asleep, "": it does not."""
    if sys.platform != "linux":
        with activity(WHY, display=True) as granted:
            yield "" if granted else "the system refuses"
        return
    try:
        child = subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
    except OSError as error:
        yield f"systemd-inhibit: {error.strerror}"
        return
    with child:
        try:
            yield _refusal(child)
        finally:
            assert child.stdin is not None
            child.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_PATIENCE_S)
            child.kill()


def _refusal(child: subprocess.Popen[bytes]) -> str:
    """Why the lock is not held, "" once what runs under it answers."""
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(_WORD)
    if _answer(child.stdout) == _WORD:
        return ""
    try:
        child.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        return "the system does not answer"
    lines = child.stderr.read().decode("utf-8", "replace").strip().splitlines()
    return f"systemd-inhibit: {lines[-1].removesuffix('.') if lines else f'status {child.returncode}'}"


def _answer(stream: IO[bytes]) -> bytes:
    """What comes in time, b"" at the end."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return stream.read(len(_WORD)) if selector.select(_PATIENCE_S) else b""
