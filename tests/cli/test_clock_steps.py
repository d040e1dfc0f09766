"""The time of day steps by an hour, forwards or back, while a show plays: nothing of the show heeds it."""

import re
import time
from pathlib import Path

import pytest

from app.program import process_start_ns

ROOT = Path(__file__).resolve().parents[2]

_WALL = re.compile(r"\btime\.(?:time|time_ns|localtime|gmtime|strftime)\b|\bdatetime\.(?:now|today)\(")

HEED_IT = {
    "app/log_file.py": "lines of the log carry the time of day",
    "app/osc/service.py": "bundles do; what is held has been brought to the monotonic clock",
    "app/program.py": "where a system does not tell otherwise when a process began",
    "app/commands/report.py": "the report's name",
    "app/views/menus/events.py": "the list of events shows the time of day",
    "engine/session/opening.py": "a session tells when it was recorded",
    "engine/native_crash.py": "a crash that is told carries the time of its file",
    "engine/output/stills.py": "names of stills",
    "engine/output/sinks/recorder.py": "names of films",
}


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_the_start_of_the_process_does_not_move(monkeypatch: pytest.MonkeyPatch, step_s: float) -> None:
    before, now = process_start_ns(), time.time
    monkeypatch.setattr(time, "time", lambda: now() + step_s)
    assert abs(process_start_ns() - before) < 1_000_000_000


def test_whatever_heeds_the_time_of_day_is_known() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for top in ("app", "engine")
        for path in (ROOT / top).rglob("*.py")
        if _WALL.search(path.read_text(encoding="utf-8"))
    }
    assert found <= HEED_IT.keys(), f"these read the time of day, which may step: {sorted(found - HEED_IT.keys())}"
