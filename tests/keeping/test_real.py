"""The program itself: killed in the middle of a show, it goes on with it; ended in order, it begins as chosen."""

import os
import signal
import time
from pathlib import Path

import pytest

from engine.output.client import running_outputs
from tests.cli.program import PATIENCE_S
from tests.cli.test_headless import performing, wait_for

pytestmark = pytest.mark.slow
QUIET = ("--headless", "--midi", "none", "--osc", "none", "--streamdeck", "off", "--sink", "null")


def kept() -> Path | None:
    found = [*Path(os.environ["XDG_STATE_HOME"]).glob("hardcut/shows/*/show.toml")]
    return found[0] if found else None


def await_kept(words: str) -> None:
    """Wait until the show that is kept holds these words."""
    deadline = time.monotonic() + PATIENCE_S
    while (file := kept()) is None or words not in file.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, file and file.read_text(encoding="utf-8")
        time.sleep(0.05)


def test_a_show_goes_on_after_a_kill_with_its_picture_on_air() -> None:
    with performing(*QUIET, "--scene", "Deep Reef", "--canvas", "640x360") as (process, lines):
        wait_for(lines, "Generator field is ready")
        await_kept("azure turquoise reef")  # the prompt of the scene: a boundary has told of it
        process.kill()
        process.wait()
    [orphan] = running_outputs()
    with performing(*QUIET) as (process, lines):
        wait_for(lines, "ended without warning. It goes on with Deep Reef")
        wait_for(lines, "Generator field is ready")
        [taken] = running_outputs()
        assert (taken.pid, taken.fed) == (orphan.pid, True)  # the picture stayed on air
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    with performing(*QUIET, "--scene", "Noir") as (process, lines):
        wait_for(lines, "Generator field is ready")
        await_kept('scene = "Noir"')
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    folder = kept()
    assert folder is not None
    assert not (folder.parent / "on-air.toml").exists()
