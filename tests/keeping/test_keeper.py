"""The keeper knows what the engine and the front tell, and keeps it; what is opened from it plays the same."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest

from app.show.asked import Opening
from app.show.document import ListPlace, Playing, Show
from app.show.keeper import ShowKeeper, SourceFollower
from app.show.kept import ShowFolder
from app.show.opening import open_on, open_over
from engine.clock import NS_PER_SECOND, ManualClock, SystemClock
from engine.messages.commands import SetPrompt
from engine.messages.cue_lists import load_cues
from engine.messages.events import (
    Committed,
    Event,
    SourceChanged,
    SourceState,
)
from engine.messages.list_commands import (
    GoToPrompt,
    StepCues,
    UseCues,
    UsePlaylist,
)
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.modulation import Lfo, Modulator
from engine.messages.modulation_commands import SetModulator
from engine.messages.modulation_events import ModulationChanged
from engine.messages.playlists import load_playlist
from engine.messages.reference import ChooseReference, ReferenceChanged
from engine.messages.scenes import SceneLibrary
from engine.messages.transitions import Launch
from engine.scheduling.commit_scheduler import CommitScheduler
from tests.control.parts import state
from tests.scheduling.show import SCENES, TABLE, cut, move
from tests.scheduling.show import Show as Boundaries

CUES = '[[cue]]\nscene = "One"\n[[cue]]\nscene = "Two"\n[[cue]]\nscene = "One"\n'


def committed(boundaries: Boundaries) -> Committed:
    commit = boundaries.boundary()
    return Committed(
        at_ns=boundaries.now_ns,
        version=commit.version,
        chunk_index=0,
        epoch=commit.epoch,
        scene=commit.scene,
        prompt=commit.prompt_target,
        prompt_progress=commit.prompt_progress,
        values=commit.values,
        targets=commit.targets,
    )


def keep(tmp_path: Path, *items: Event) -> Show:
    """What is on the disk after a keeper has heard these, and has ended."""
    folder, told = ShowFolder("Keeper", tmp_path / "shows"), list[str]()
    keeper = ShowKeeper(Show(), folder, SystemClock(), told.append)
    keeper.start()
    keeper.follow(state(pad_bank=2, launch=Launch.BAR, soft=True))
    for item in items:
        keeper.hear(item)
    keeper.close()
    found = folder.find()
    assert (told, found.faults, found.crashes) == ([], (), 1)  # only the end of the program is a clean end
    assert found.show == keeper.state().show
    assert found.show is not None
    return found.show


def test_a_show_plays_again_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("a sea\na fire\na wood\n")
    (tmp_path / "cues.toml").write_text(CUES)
    played = Boundaries()
    events = played.told(
        UsePlaylist(stamp_ns=0, playlist=load_playlist(tmp_path / "list.txt")),
        GoToPrompt(stamp_ns=0, place=2),
        UseCues(stamp_ns=0, cues=load_cues(tmp_path / "cues.toml", SCENES)),
        StepCues(stamp_ns=0, steps=2),
        cut("Two"),
        move("g.a", 0.25),
        SetPrompt(stamp_ns=0, text="a storm"),
        SetModulator(stamp_ns=0, target="g.b", place=1, modulator=Modulator(source=Lfo(beats=2.0), depth=0.5)),
        SetModulator(stamp_ns=0, target="g.a", place=1, modulator=Modulator(source=Lfo()), everywhere=True),
    )
    show = keep(tmp_path, *events, committed(played))
    assert (show.front.bank, show.front.launch, show.front.soft) == (2, Launch.BAR, True)
    (tmp_path / "list.txt").unlink()  # it plays all the same

    again = Boundaries()
    opening = open_over(show, TABLE, SCENES, 0)
    commit = again.boundary(*opening.commands[6:])  # the first six are the engine's
    was = committed(played)
    assert (commit.scene, commit.prompt_target, commit.values) == (was.scene, "a storm", was.values)
    places = {type(one): one for one in commit.events if isinstance(one, PlaylistChanged | CueChanged)}
    assert (places[PlaylistChanged].number, places[PlaylistChanged].prompt) == (2, "a fire")
    assert places[PlaylistChanged].path == str(tmp_path / "list.txt")
    assert (places[CueChanged].number, places[CueChanged].follow_ns) == (2, 0)
    moved, before = (
        next(one for one in told if isinstance(one, ModulationChanged)) for told in (commit.events, events)
    )
    assert (moved.on, moved.scene, moved.everywhere) == (before.on, before.scene, before.everywhere)
    assert len(opening.faults) == 1
    assert "list.txt" in opening.faults[0]


def test_a_start_does_not_cut(tmp_path: Path) -> None:
    played = Boundaries()
    played.boundary(move("g.b", 0.5))
    show = keep(tmp_path, committed(played))
    again = Boundaries()  # begins in the scene
    commit = again.boundary(*open_on(show, TABLE, SCENES, 0).commands)
    assert commit.cuts == ()
    assert commit.values["g.b"] == 0.5


@pytest.mark.parametrize("play", [open_on, open_over])
def test_a_scene_that_is_asked_for_plays_with_what_modulates_it(play: Callable[..., Opening]) -> None:
    sway = {"g.b": (Modulator(source=Lfo(beats=2.0), depth=0.5),)}
    scenes = SceneLibrary({"Sway": replace(SCENES["One"], name="Sway", modulation=sway)})
    for modulation, plays in ((None, sway), ({}, {}), ({"g.a": sway["g.b"]}, {"g.a": sway["g.b"]})):
        show = Show(playing=Playing(scene="Sway", modulation=modulation))
        scheduler = CommitScheduler(TABLE, scenes, "Sway", 1)
        commit = scheduler.boundary(play(show, TABLE, scenes, 0).commands, 0, 0, 1_000_000)
        told = [one.scene for one in commit.events if isinstance(one, ModulationChanged)]
        assert [one for one in told if one] == [plays] * bool(plays)


def test_values_that_are_none_here_are_bent_or_left_out() -> None:
    show = Show(
        playing=Playing(scene="One", values={"g.a": 99.0, "g.gone": 1.0}), playlist=ListPlace(path="/no.txt", number=-3)
    )
    opening = open_on(show, TABLE, SCENES, 0)
    commit = Boundaries().boundary(*opening.commands)
    assert commit.values["g.a"] == 1.0
    assert "no.txt" in opening.faults[0]
    missing = open_on(replace(show, playing=Playing(scene="Gone")), TABLE, SCENES, 0)
    assert any("Gone" in fault for fault in missing.faults)


class NotingFolder(ShowFolder):
    """Notes when a show is kept."""

    def __init__(self, folder: Path, clock: ManualClock) -> None:
        super().__init__("Keeper", folder)
        self._clock = clock
        self.kept: Queue[tuple[int, Show]] = Queue()

    def save(self, show: Show) -> None:
        super().save(show)
        self.kept.put((self._clock.now_ns(), show))


@pytest.mark.parametrize("rests", [True, False])
def test_a_change_is_kept_within_two_seconds_whether_or_not_the_hand_rests(tmp_path: Path, rests: bool) -> None:
    clock = ManualClock()
    folder = NotingFolder(tmp_path / "shows", clock)
    keeper = ShowKeeper(Show(), folder, clock, lambda _text: None)
    keeper.start()
    for bank in range(2, 3 if rests else 23):
        keeper.follow(state(pad_bank=bank))
        until_s = time.monotonic() + 30
        while keeper.state().show.front.bank != bank and time.monotonic() < until_s:
            time.sleep(0.001)
        clock.advance(NS_PER_SECOND // (2 if rests else 10))
    kept_ns, show = folder.kept.get(timeout=30)
    keeper.close()
    assert kept_ns <= 2 * NS_PER_SECOND and show.front.bank >= 2
    assert folder.find().show == keeper.state().show


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "shows").write_text("a file where a folder should be")
    told, heard = list[str](), threading.Event()

    def tell(text: str) -> None:
        told.append(text)
        heard.set()

    keeper = ShowKeeper(Show(), ShowFolder("Keeper", tmp_path / "shows"), SystemClock(), tell)
    keeper.start()
    keeper.follow(state(pad_bank=2))
    assert heard.wait(30)
    keeper.follow(state(pad_bank=1))
    keeper.close()
    assert len(told) == 1
    assert "cannot be saved" in told[0]
    assert keeper.state().fault


def test_a_source_that_fails_at_the_start_is_still_wanted() -> None:
    def heard(follower: SourceFollower, *told: tuple[str, SourceState]) -> str:
        for spec, what in told:
            follower = follower.after(SourceChanged(at_ns=0, spec=spec, state=what))
        return follower.wanted

    opening, live, failed = SourceState.OPENING, SourceState.LIVE, SourceState.FAILED
    assert heard(SourceFollower("camera:1"), ("camera:1", opening), ("camera:1", failed), ("stage", live)) == "camera:1"
    begun = (("stage", opening), ("stage", live))
    assert heard(SourceFollower("stage"), *begun, ("file:a", opening)) == "file:a"
    assert heard(SourceFollower("stage"), *begun, ("file:a", opening), ("file:a", failed)) == "stage"


def test_the_picture_that_cuts_begin_with_is_kept(tmp_path: Path) -> None:
    began = ReferenceChanged(at_ns=1)  # tells nothing of what is kept
    show = keep(tmp_path, ReferenceChanged(at_ns=0, file="/pictures/mask.png"), began)
    assert show.playing.reference == "/pictures/mask.png"
    asked = [one for one in open_on(show, TABLE, SCENES, 5).commands if isinstance(one, ChooseReference)]
    assert [one.file for one in asked] == ["/pictures/mask.png"]
    assert not any(isinstance(one, ChooseReference) for one in open_on(Show(), TABLE, SCENES, 5).commands)
    over = [one.file for one in open_over(Show(), TABLE, SCENES, 5).commands if isinstance(one, ChooseReference)]
    assert over == [""]
