"""What a start loads: libraries that only some shows need cost every show memory and time."""

import subprocess
import sys

ONLY_WHEN_NEEDED = ("av", "sounddevice", "sdl2", "rtmidi", "numba", "torch", "asyncio", "ssl")


def test_a_start_loads_no_library_that_it_may_never_need() -> None:
    code = (
        "import sys\n"
        f"for name in {ONLY_WHEN_NEEDED}: sys.modules[name] = None\n"
        "import app.cli, app.headless, app.program, engine.engine, engine.output.loop\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
