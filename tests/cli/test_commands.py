"""What the program does besides performing."""

import io
import os
import re
import subprocess
from pathlib import Path

import pytest

import app
from app.arguments import COMMANDS, Options
from app.commands.doctor import checks as doctor
from app.commands.doctor.checks import Finding, State, examine
from app.commands.doctor.models import CUDA_BUILD, build_finding
from tests.cli.program import PATIENCE_S, command, hardcut
from tests.netns import ROOT, run_isolated

NAMED_OTHERWISE = {"--task", "--rest", "--given", "--width", "--height", "--duration-s", "--brightness"}
"""Fields of the options that are no option of their own …"""

OTHER_NAMES = {"--canvas", "--duration", "--streamdeck-brightness", "--version", "--help"}
"""… and what stands for them."""


def test_version() -> None:
    done = hardcut("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"hardcut {app.__version__}\n", "")


def test_help_names_every_option_and_command() -> None:
    done = hardcut("--help")
    assert done.returncode == 0
    assert all(word.value in done.stdout for word in COMMANDS)
    options = {f"--{one.replace('_', '-')}" for one in Options.__slots__} - NAMED_OTHERWISE | OTHER_NAMES
    assert options - set(done.stdout.split()) == set()
    assert max(map(len, done.stdout.splitlines())) <= 120
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert all(f"hardcut {word.value}" in readme for word in COMMANDS)


@pytest.mark.parametrize("arguments", [("bench", "--help"), ("osc", "addresses"), ("midi", "profiles")], ids=" ".join)
def test_whoever_has_read_enough_is_told_no_more(arguments: tuple[str, ...]) -> None:
    """As in "hardcut bench | head": whether a line is written through or waits for the end."""
    reader, writer = os.pipe()
    os.close(reader)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with os.fdopen(writer, "w") as closed:
        done = subprocess.run(
            command(*arguments),
            cwd=ROOT,
            env=environment,
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    assert (done.returncode, done.stderr) == (128 + 13, "")


def test_help_of_the_benchmarks() -> None:
    done = hardcut("bench", "--help")
    assert done.returncode == 0
    for word in ("--only", "--seconds", "--repeats", "--json", "--anyway", "headless", "latency"):
        assert word in done.stdout


@pytest.mark.ndi
def test_sources_lists_at_least_the_stage() -> None:
    done = run_isolated(["-m", "app", "sources"])
    assert done.returncode == 0
    assert done.stdout.startswith("stage")
    assert "Traceback" not in done.stderr


@pytest.mark.ndi
def test_doctor_says_something_on_every_subject() -> None:
    done = run_isolated(["-m", "app", "doctor"])
    assert done.returncode in (0, 1)
    assert "Traceback" not in done.stdout + done.stderr
    *lines, verdict = done.stdout.splitlines()
    states = [line.split()[0] for line in lines]
    assert set(states) <= {"ok", "note", "problem"}
    assert (done.returncode == 1) == ("problem" in states)
    assert verdict.endswith(".")
    subjects = {line.split()[1] for line in lines}
    assert subjects >= {"python", "libraries", "machine", "memory", "ndi", "sources", "midi", "files", "timing"}


def test_a_check_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Finding]:
        raise ZeroDivisionError("the meter has fallen off")

    def fine() -> list[Finding]:
        return [Finding(State.OK, "Fine."), Finding(State.NOTE, "Mind the step.", "Look down.")]

    monkeypatch.setattr(doctor, "CHECKS", {"meter": broken, "floor": fine})
    told = io.StringIO()
    assert examine(told) == 1
    assert told.getvalue().splitlines() == [
        "problem  meter       This could not be checked: ZeroDivisionError: the meter has fallen off.",
        "ok       floor       Fine.",
        "note     floor       Mind the step. Look down.",
        "1 problem found, 1 note.",
    ]


def test_doctor_names_the_build_that_computes_on_the_gpu() -> None:
    """As pip names it: the plain version is met by the CPU build, and on Windows is the CPU build."""
    for installed in ("2.13.0", "2.13.0+cpu"):
        remedy = build_finding(installed).remedy
        assert "torch==2.13.0+cu130; pytorch.org" in remedy
    pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    assert "cu" + "".join(pins["cuda-toolkit"].split(".")[:2]) == CUDA_BUILD


def test_doctor_names_the_users_scenes_that_cannot_be_played(runtime_dir: Path) -> None:
    folder = doctor.user_folder() / "scenes" / "field"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('name = "Mine"\ngenerator = "field"\nprompt = "x"\nsparkle = 1\n')
    found = list(doctor.check_files())
    assert [finding.state for finding in found if "sparkle" in finding.text] == [State.NOTE]
