"""The nets under all other tests do catch."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.real_parts import VirtualScreen, missing_parts

TESTS = Path(__file__).resolve().parent.parent


def run_pytest(folder: Path, source: str, **environment: str) -> str:
    """Run the source as a test module under a copy of our conftest; what pytest printed."""
    package = folder / "tests"
    package.mkdir()
    for name in ("__init__.py", "conftest.py", "leaks.py", "real_parts.py"):
        shutil.copy(TESTS / name, package / name)
    (package / "test_it.py").write_text(source)
    shutil.copy(TESTS.parent / "pyproject.toml", folder / "pyproject.toml")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/test_it.py"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_a_leaked_thread_is_named_with_its_origin(tmp_path: Path) -> None:
    told = run_pytest(
        tmp_path,
        "import threading\n"
        "def test_leak():\n"
        "    threading.Thread(target=threading.Event().wait, name='forgotten', daemon=True).start()\n",
    )
    assert "thread 'forgotten', started at" in told
    assert "test_it.py:3 in test_leak" in told
    assert "1 passed, 1 error" in told


def test_leaked_processes_are_told_and_ended_even_detached_ones(tmp_path: Path) -> None:
    told = run_pytest(
        tmp_path,
        "import subprocess\n"
        "kept = []\n"
        "def test_child():\n"
        "    kept.append(subprocess.Popen(['sleep', '61']))\n"
        "def test_detached():\n"
        "    detach = 'setsid sleep 62 >/dev/null 2>&1 &'\n"
        "    begun = 'until grep -q sleep /proc/$!/comm; do :; done'\n"  # on its way there it has no environment
        "    subprocess.run(['sh', '-c', f'{detach} {begun}'], check=True)\n"
        "def test_after():\n"
        "    pass\n",
    )
    assert ": sleep 61" in told
    assert ": sleep 62" in told
    assert "3 passed, 2 errors" in told


def test_a_forgotten_runtime_file_is_told(tmp_path: Path) -> None:
    told = run_pytest(tmp_path, "def test_leak(runtime_dir):\n    (runtime_dir / 'ring').touch()\n")
    assert "left in the runtime directory: ring" in told


def test_warnings_are_errors(tmp_path: Path) -> None:
    told = run_pytest(tmp_path, "import warnings\ndef test_warns():\n    warnings.warn('old', DeprecationWarning)\n")
    assert "1 failed" in told


@pytest.mark.parametrize(("required", "outcome"), [("0", "1 skipped"), ("1", "1 error")])
def test_a_missing_real_part_is_skipped_or_fails(tmp_path: Path, required: str, outcome: str) -> None:
    source = (
        "import pytest\n"
        "from tests import real_parts\n"
        "real_parts.TOOLS['jack'] = ('a-tool-that-is-not-here',)\n"
        "@pytest.mark.jack\n"
        "def test_plays():\n"
        "    pass\n"
    )
    told = run_pytest(tmp_path, source, HARDCUT_REQUIRE_REAL=required)
    assert "needs a-tool-that-is-not-here" in told
    assert outcome in told


def test_a_marker_without_tools_misses_nothing() -> None:
    assert missing_parts(["slow", "parametrize"]) == ()


@pytest.mark.xvfb
def test_two_virtual_screens_do_not_meet(tmp_path: Path) -> None:
    with VirtualScreen(width=320, height=200) as one, VirtualScreen(width=320, height=200) as other:
        assert one.display != other.display
        assert one.screenshot(tmp_path / "screen.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("part", ["jack", "ndi"])
@pytest.mark.parametrize(("broken", "outcome"), [("", "1 failed"), ("broken_parts.append('a server')", "1 passed")])
def test_a_test_whose_real_part_gave_up_is_repeated(tmp_path: Path, part: str, broken: str, outcome: str) -> None:
    source = (
        "import pytest\n"
        "from tests import real_parts\n"
        "from tests.real_parts import broken_parts\n"
        f"real_parts.TOOLS['{part}'] = ()\n"
        "begun = []\n"
        f"@pytest.mark.{part}\n"
        "def test_plays():\n"
        "    begun.append(1)\n"
        f"    {broken}\n"
        "    assert len(begun) == 2\n"
    )
    told = run_pytest(tmp_path, source)
    assert outcome in told
    assert ("REPEATED tests/test_it.py::test_plays: a server gave up" in told) is bool(broken)
