"""The window on a real X server: keys by their places, and a clean end."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.real_parts import VirtualScreen

pytestmark = pytest.mark.xvfb


@contextmanager
def playing(screen: VirtualScreen) -> Iterator[subprocess.Popen[str]]:
    """The window, opened and listening."""
    command = [sys.executable, "-m", "tests.window.play_window"]
    with subprocess.Popen(command, cwd=ROOT, env=screen.environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def test_keys_reach_the_pads_by_their_places_and_interrupt_ends_cleanly(
    xvfb: VirtualScreen, artefacts: Callable[[str], Path]
) -> None:
    xdotool = shutil.which("xdotool")
    if xdotool is None:
        pytest.skip("needs xdotool")
    environment = xvfb.environment()
    with playing(xvfb) as process:
        search = [xdotool, "search", "--onlyvisible", "--name", "^Hardcut$"]
        window = subprocess.check_output(search, env=environment, text=True).split()[0]
        subprocess.check_call([xdotool, "windowfocus", "--sync", window], env=environment)
        for key in ("1", "q", "f", "v", "space", "g", "b", "Escape"):
            subprocess.check_call([xdotool, "key", "--delay", "30", key], env=environment)
        subprocess.check_call([xdotool, "key", "--delay", "60", "space"], env=environment)
        xvfb.screenshot(artefacts("window/on-a-real-screen.png"))
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out.splitlines() == [
        "closing",
        "HardCut Molten Gold",
        "HardCut Paper Theatre",
        "HardCut Cobalt Veil",
        "HardCut Night Drive",
        "Tap",
        "SetFreeze",
        "SetBlackout",
        "Panic",
        "Tap",
    ]
