"""What the preflight's page does by itself."""

import os
import resource
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from app.commands.doctor import stage
from app.commands.doctor.finding import State
from app.commands.doctor.live import check_live
from app.commands.doctor.mending import ShowMends, show_folder
from app.errors import AppError
from engine.messages.commands import Command
from engine.messages.events import Event, SourceChanged, SourceState
from engine.messages.input_commands import SelectSource
from engine.messages.output_commands import SetOutputRate

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")


@pytest.fixture
def few_files() -> Iterator[int]:
    """This process may open a hundred files less than the check wants."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = stage.ENOUGH_FILES - 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
    yield few
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


@POSIX
def test_more_files_are_allowed_and_the_line_turns_green(few_files: int) -> None:
    [before] = [one for one in stage.check_permissions() if "at once" in one.text]
    assert before.state is State.PROBLEM and before.text.startswith(str(few_files)) and before.mend is not None
    told = before.mend.act()
    assert "files may be open at once until Hardcut ends" in told
    [after] = [one for one in stage.check_permissions() if "at once" in one.text]
    assert after.state is State.OK and after.mend is None


def test_a_source_that_is_away_gives_way_to_the_stage() -> None:
    posted: list[Command] = []
    mends = ShowMends(posted.append, lambda: 7)

    def subscribe(take: Callable[[Event], None]) -> Callable[[], None]:
        take(SourceChanged(at_ns=0, spec=spec, state=SourceState.LOST, detail="waiting for it to return"))
        return lambda: None

    spec = "ndi:BOOTH (Camera 1)"
    away = next(iter(check_live(subscribe, mends)))
    assert away.state is State.PROBLEM and away.mend is not None and away.mend.label == "Play the stage"
    assert next(iter(check_live(subscribe))).mend is None  # nobody can change another program's show
    away.mend.act()
    assert posted == [SelectSource(stamp_ns=7, spec="stage")]
    spec = "stage:duo"
    assert next(iter(check_live(subscribe, mends))).mend is None


def test_a_rate_falls_to_one_that_looks_smooth() -> None:
    posted: list[Command] = []
    mends = ShowMends(posted.append, lambda: 7)
    lower = mends.slower(Fraction(60_000, 1001))
    assert lower is not None and lower.label == "Send 30 FPS"
    assert "30 FPS" in lower.act() and posted == [SetOutputRate(stamp_ns=7, rate=Fraction(30))]
    assert mends.slower(Fraction(25)) is None


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open")
def test_a_folder_is_shown_and_nothing_in_it_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {told}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    mend = show_folder(tmp_path)
    assert mend is not None and str(tmp_path) in mend.act()
    assert told.read_text().strip() == str(tmp_path)
    opener.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(AppError, match="could not be opened: xdg-open found no program"):
        mend.act()
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert show_folder(tmp_path) is None
