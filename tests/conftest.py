"""What every test stands on: a home of its own, no screen unless asked for, and nothing left running.

Fixtures for all rooms:
    artefacts(name)  a path under artefacts/ for what a person may want to look at afterwards
    xvfb             a virtual screen of this test module's own, for programs started in a process of their own
    runtime_dir      where the programs under test keep their runtime files; must be empty again at the end
"""

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from engine.jit.library import cache_folder
from tests.leaks import Running, recorded_starts
from tests.real_parts import VirtualScreen, broken_parts, missing_parts, real_parts_required, repeated

# Before any test imports torch or opens a window. Real windows live in processes and on screens of their own.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYTHONFAULTHANDLER"] = "1"
for _pool in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_pool] = "2"
# Loops are compiled once for all tests, though each has a home of its own.
os.environ["HARDCUT_COMPILED"] = str(cache_folder())
# A shell that runs tests in the background has Ctrl-C ignored, and every program they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parent.parent
ATTEMPTS = 3
"""For a test whose real part gave up."""

IN_CI = os.environ.get("CI", "") not in ("", "0", "false")

# No deadline: tests never assert speed. In CI the same examples every time, so that red means changed code.
hypothesis.settings.register_profile("hardcut", deadline=None, derandomize=IN_CI, print_blob=True)
hypothesis.settings.load_profile("hardcut")


def pytest_configure(config: pytest.Config) -> None:
    """Remember where each thread of this run is started."""
    start = threading.Thread.start
    threading.Thread.start = recorded_starts(start)  # type: ignore[method-assign]
    config.add_cleanup(lambda: setattr(threading.Thread, "start", start))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs a real part is skipped where the part is missing, and fails where it is required."""
    missing = missing_parts(mark.name for mark in item.iter_markers())
    if not missing:
        return
    reason = f"needs {', '.join(missing)}: make test installs what is missing"
    if real_parts_required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Repeat a failed test if a real part says that it gave up meanwhile: what it did then is no verdict on ours."""
    if not {"jack", "ndi"} & {mark.name for mark in item.iter_markers()}:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for left in reversed(range(ATTEMPTS)):
        broken_parts.clear()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not left or not broken_parts or not any(report.failed for report in reports):
            break
        repeated.append(f"{item.nodeid}: {', '.join(broken_parts)} gave up")
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was run again."""
    for line in repeated:
        terminalreporter.write_line(f"REPEATED {line}")


@pytest.fixture(autouse=True)
def runtime_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home, a runtime directory and settings of this test's own; a runtime file that stays behind is a leak.

    The path is short: the name of a Unix socket has room for some hundred bytes.
    """
    with tempfile.TemporaryDirectory(prefix="hc-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        runtime = home / "run"
        for variable, folder in {
            "HARDCUT_RUNTIME_DIR": runtime,
            "HOME": home,
            "XDG_CACHE_HOME": home / "cache",
            "XDG_CONFIG_HOME": home / "config",
            "XDG_DATA_HOME": home / "data",
            "XDG_RUNTIME_DIR": home / "xdg",
            "XDG_STATE_HOME": home / "state",
        }.items():
            folder.mkdir(mode=0o700, exist_ok=True)
            monkeypatch.setenv(variable, str(folder))
        yield runtime
        left = sorted(str(path.relative_to(runtime)) for path in runtime.rglob("*"))
    if left:
        pytest.fail(f"left in the runtime directory: {', '.join(left)}", pytrace=False)


@pytest.fixture(autouse=True)
def nothing_left_running(runtime_dir: Path) -> Iterator[None]:
    """Fail a test that leaves a thread or a process behind."""
    before = Running.now(runtime_dir)
    yield
    left = Running.left_since(before, runtime_dir)
    if left:
        pytest.fail("left running:\n" + "\n".join(left), pytrace=False)


@pytest.fixture
def artefacts() -> Callable[[str], Path]:
    """Paths under artefacts/ (kept, not committed); a name may hold folders."""

    def path(name: str) -> Path:
        target = ROOT / "artefacts" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    return path


@pytest.fixture(scope="module")
def xvfb() -> Iterator[VirtualScreen]:
    """A virtual screen that ends with the test module; mark the test xvfb."""
    with VirtualScreen() as screen:
        yield screen
