"""The engine dies in the middle of a show: the output stays, and the next engine takes it over."""

import subprocess
import sys
from pathlib import Path

from engine.engine import EngineConfig
from engine.messages.events import ComponentState, GeneratorChanged
from engine.output.client import NULL_SINK, OutputConfig, running_outputs
from tests.show.conftest import Show

NAME = "Show that goes on"


def test_a_killed_engine_leaves_its_picture_and_the_next_one_goes_on_from_there() -> None:
    root = Path(__file__).resolve().parents[2]
    doomed = subprocess.Popen(
        [sys.executable, "-m", "tests.show.doomed", NAME], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert doomed.stdout is not None
    with doomed.stdout:
        assert doomed.stdout.readline() == "flowing\n"
        doomed.kill()
        doomed.wait()
    [orphan] = [output for output in running_outputs() if output.name == NAME]
    assert not orphan.fed
    show = Show(EngineConfig(output=OutputConfig(name=NAME, sinks=(NULL_SINK,))))
    show.engine.start()
    try:
        [taken] = [output for output in running_outputs() if output.name == NAME]
        assert (taken.pid, taken.fed) == (orphan.pid, True)
        _, last_picture = show.engine.preview()
        assert last_picture[..., :3].any()  # on air all the time, though nobody feeds it yet
        show.wait_for(GeneratorChanged, lambda event: event.state is ComponentState.READY)
        assert show.flowing().epoch > 1
    finally:
        show.engine.stop()
    assert [output for output in running_outputs() if output.name == NAME] == []
