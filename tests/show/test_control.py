"""Scenes of the user's own, lists, snapshots and the beat, through the whole chain and its one gate."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from engine.engine import Engine, EngineConfig
from engine.errors import CueError, PlaylistError
from engine.messages.commands import (
    CancelQueued,
    DeleteScene,
    HardCut,
    RecallSnapshot,
    SaveScene,
    SetParameter,
    SetTempo,
    StoreSnapshot,
)
from engine.messages.events import (
    CacheReset,
    CommandRefused,
    Committed,
    ComponentState,
    CutQueued,
    CutShown,
    GeneratorChanged,
    ScenesChanged,
    SnapshotStored,
)
from engine.messages.list_commands import StepCues, StepPlaylist
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.output_commands import SetOutputRate
from engine.messages.output_events import OutputChanged
from engine.messages.rates import USUAL_RATES, rate_text
from engine.messages.transitions import AT_ONCE, Launch
from engine.output.client import NULL_SINK, OutputConfig
from tests.show.conftest import Show


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set.txt").write_text("@start\nsilver storm\ngreen glass\n")
    (tmp_path / "show.toml").write_text(
        '[[cue]]\nscene = "Noir"\nfollow = "0.3 s"\n\n'
        '[[cue]]\nscene = "Op Art"\ntransition = "soft"\nduration = "1 beats"\n'
    )
    return tmp_path


@pytest.fixture
def show(folder: Path) -> Iterator[Show]:
    output = OutputConfig(name="Control under test", sinks=(NULL_SINK,))
    lists = {"playlist": folder / "set.txt", "cues": folder / "show.toml"}
    running = Show(EngineConfig(output=output, user_scenes=folder / "scenes", **lists))  # type: ignore[arg-type]
    running.engine.start()
    try:
        running.wait_for(GeneratorChanged, lambda event: event.state is ComponentState.READY)
        yield running
    finally:
        running.engine.stop()


def test_a_show_is_stepped_saved_and_remembered(show: Show, folder: Path) -> None:
    show.flowing()
    assert show.wait_for(PlaylistChanged).count == 2
    show.post(StepPlaylist, chunks=3)
    show.wait_for(Committed, lambda event: event.prompt == "silver storm" and event.prompt_progress == 1.0)

    show.post(SetParameter, parameter="field.energy", value=0.125, glide=AT_ONCE)
    show.post(SaveScene, name="Late Sun")
    show.wait_for(ScenesChanged)
    assert (folder / "scenes" / "field" / "late-sun.toml").is_file()
    show.post(HardCut, scene="late sun")
    show.wait_for(CutShown, lambda event: event.scene == "Late Sun")
    committed = show.wait_for(Committed, lambda event: event.scene == "Late Sun")
    assert (committed.prompt, committed.values["field.energy"]) == ("silver storm", 0.125)

    show.post(StoreSnapshot, slot=3)
    assert show.wait_for(SnapshotStored).scene == "Late Sun"
    show.post(HardCut, scene="Noir")
    show.wait_for(CutShown, lambda event: event.scene == "Noir")
    show.post(RecallSnapshot, slot=3)
    assert show.wait_for(CutShown).scene == "Late Sun"
    assert show.wait_for(Committed).prompt == "silver storm"

    show.post(DeleteScene, name="Late Sun")
    assert show.wait_for(ScenesChanged).text == "Deleted Late Sun"
    assert "Late Sun" not in show.engine.scenes
    show.post(HardCut, scene="Late Sun")
    assert show.wait_for(CommandRefused).text.startswith("There is no such scene (Late Sun).")


def test_cues_follow_and_what_waits_is_seen_and_cancelled(show: Show) -> None:
    show.flowing()
    show.post(StepCues)
    show.wait_for(CutShown, lambda event: event.scene == "Noir")
    last = show.wait_for(CueChanged, lambda event: event.number == 2)
    assert (last.scene, last.next_scene, last.follow_ns) == ("Op Art", "", 0)
    show.wait_for(Committed, lambda event: event.scene == "Op Art")

    show.post(SetTempo, bpm=30.0)
    show.post(HardCut, scene="Deep Reef", launch=Launch.FOUR_BARS)
    queued = show.wait_for(CutQueued)
    assert (queued.scene, queued.due_ns > show.engine.now_ns()) == ("Deep Reef", True)
    show.post(CancelQueued)
    assert show.wait_for(CutQueued).scene == ""
    show.flowing()
    assert [event.reason for event in show.told if isinstance(event, CacheReset)] == ["cut to Noir"]


def test_lists_that_cannot_be_read_end_the_program_before_it_starts(folder: Path) -> None:
    (folder / "set.txt").write_text("# nothing\n")
    (folder / "show.toml").write_text('[[cue]]\nscene = "Nowhere"\n')
    with pytest.raises(PlaylistError, match="holds no prompt"):
        Engine(EngineConfig(playlist=folder / "set.txt"))
    with pytest.raises(CueError, match="There is no such scene"):
        Engine(EngineConfig(cues=folder / "show.toml"))


@pytest.mark.parametrize("rate", USUAL_RATES, ids=rate_text)
def test_the_output_rate_changes_while_it_plays(show: Show, rate: Fraction) -> None:
    if rate != 30:
        show.post(SetOutputRate, rate=rate)
        show.wait_for(
            OutputChanged,
            lambda event: (event.fps_numerator, event.fps_denominator) == rate.as_integer_ratio(),
        )
    show.flowing()
    show.post(SetOutputRate, rate=Fraction(500))
    assert "The output rate cannot be 500" in show.wait_for(CommandRefused).text
