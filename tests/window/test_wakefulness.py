"""Display and machine are kept awake: on a real bus, with services in the desktop's place, and without any."""

import os
import shutil
import subprocess
import sys

import pytest

from app.wakefulness import sentence
from tests.conftest import ROOT

SERVICES = ("org.freedesktop.ScreenSaver", "org.freedesktop.login1")


def seen(*services: str, bus: bool = True, part: str = "tests.window.awake_bus") -> list[str]:
    """What the services and the program said."""
    runner = shutil.which("dbus-run-session")
    if runner is None:
        pytest.skip("needs dbus-run-session")
    program = [sys.executable, "-m", part, *services]
    # The system's own bus is not touched: login1 is looked for on the bus of this test.
    address = "$DBUS_SESSION_BUS_ADDRESS" if bus else "unix:path=/nowhere"
    script = f'DBUS_SYSTEM_BUS_ADDRESS="{address}" exec "$@"'
    command = [runner, "--", "sh", "-c", script, "sh", *program] if bus else ["sh", "-c", script, "sh", *program]
    unknown = ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
    environment = {key: value for key, value in os.environ.items() if key not in unknown}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=30, check=True)
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's")
def test_both_are_asked_and_let_go_at_the_end() -> None:
    lines = seen(*SERVICES)
    assert lines[0] == "begun"
    assert sorted(lines[1:3]) == [
        "login1: sleep:idle | Hardcut | A performance is running | block",
        "screensaver: Hardcut | A performance is running",
    ]
    assert lines[3] in ("True The display and machine are kept awake.", "True The machine and display are kept awake.")
    assert lines[4:] == ["released: True"]


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is Linux's")
def test_what_is_refused_is_a_sentence() -> None:
    [begun, told] = seen(bus=False)
    assert begun == "begun"
    assert told == (
        "False The display may go dark (org.freedesktop.ScreenSaver: there is no bus to ask on). The machine may fall"
        " asleep (org.freedesktop.login1: there is no bus to ask on). Switch that off in the system's settings before"
        " a show."
    )
    lines = seen("org.freedesktop.login1")
    assert lines[2].startswith("False The machine is kept awake. The display may go dark (org.freedesktop.ScreenSaver:")
    assert lines[3:] == ["released: True"]


def test_sentences() -> None:
    assert sentence(["display and machine"], []) == "The display and machine are kept awake."
    assert sentence(["machine"], []) == "The machine is kept awake."
