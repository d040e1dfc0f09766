"""`--session` and `hardcut replay` as a user types them."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import av
import pytest

from app.commands.replay import describe_difference, parse_replay, verdict
from engine.session.inputs import inputs_path
from engine.session.replay import Difference, Part, ReplayResult
from tests.cli.program import hardcut, told_off
from tests.netns import ROOT, isolated

PATIENCE_S = 80


@pytest.mark.ndi
@isolated()
def test_a_show_is_recorded_and_replayed_into_a_film(tmp_path: Path) -> None:
    path, film = tmp_path / "a.session", tmp_path / "a.mp4"
    performed = _run("--headless", "--midi", "none", "--duration", "9", "--session", str(path), "--session-inputs")
    assert performed.returncode == 0, performed.stderr
    replayed = _run("replay", str(path), "--verify", "--to", str(film))
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    made = int(replayed.stdout.split()[0])
    assert made > 0
    assert replayed.stdout.startswith(f"{made} of {made} chunks identical")
    with av.open(str(film)) as opened:
        assert sum(1 for _ in opened.decode(video=0)) >= made  # at the output's rate, which is never the lower one
    again = _run("--headless", "--midi", "none", "--duration", "4", "--session", str(path))
    assert (again.returncode, "There is a session a.session already" in again.stderr) == (0, True)
    nowhere = str(tmp_path / "nowhere" / "a.session")
    lost = _run("--headless", "--midi", "none", "--duration", "4", "--session", nowhere)
    assert (lost.returncode, "The show goes on without it." in lost.stderr) == (0, True)
    sent = _run("replay", str(path), "--to", "ndi", "--output-name", "Replay")
    assert (sent.returncode, sent.stdout) == (0, replayed.stdout)
    inputs_path(path).unlink()
    told_off(_run("replay", str(path)), ["The session's inputs cannot be read"])


def test_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    told_off(hardcut("replay"), ["required", "FILE"])
    told_off(hardcut("replay", str(tmp_path / "none")), ["The session cannot be read: No such file"])
    told_off(hardcut("replay", "x", "--to", "moon"), ["cannot be replayed to 'moon'", "null, window, ndi or"])
    told_off(hardcut("--session-inputs"), ["--session-inputs needs --session FILE."])


def test_the_verdict_in_words() -> None:
    whole = ReplayResult(boundaries=11, chunks=10, identical=10, abandoned=1)
    assert verdict(whole, pictures=True) == "10 of 10 chunks identical (1 more abandoned)."
    assert describe_difference(whole) == ""
    bare = verdict(ReplayResult(boundaries=2, chunks=2, identical=2), pictures=False)
    assert bare.startswith("The commits of 2 of 2 chunks are identical. Their pictures cannot be made again")
    broken = ReplayResult(boundaries=3, chunks=3, identical=2, first=Difference(2, Part.COMMIT, "its commit has x"))
    assert describe_difference(broken) == "The first difference is in the commit: at boundary 2, its commit has x."


def test_options_of_replay(tmp_path: Path) -> None:
    options = parse_replay([str(tmp_path / "a"), "--to", "b.mp4", "--verify"])
    assert (options.path, options.to, options.verify) == (tmp_path / "a", "b.mp4", True)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
