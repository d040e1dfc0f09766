"""Scenes of the user's own: saved, renamed, deleted, on a thread beside the show."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.clock import ManualClock
from engine.errors import SceneError
from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.librarian import Librarian
from engine.messages.commands import (
    Command,
    DeleteScene,
    HardCut,
    Panic,
    PutScene,
    RenameScene,
    SaveScene,
    SetParameter,
    SetPromptBlend,
    UseScenes,
)
from engine.messages.emergency import Emergency
from engine.messages.events import CommandRefused, Event, Notice, SceneCaptured, ScenesChanged
from engine.messages.list_commands import (
    LoadCues,
    LoadPlaylist,
    UseCues,
    UsePlaylist,
)
from engine.messages.prompt import PromptBlend
from engine.messages.reference import ChooseReference, ReferenceChanged
from engine.messages.scenes import Scene, load_library, load_scene
from engine.messages.transitions import AT_ONCE
from engine.scheduling.commit_scheduler import CommitScheduler

SPEC = find_generator(DEFAULT_GENERATOR).describe()
TABLE = SPEC.parameters
HOME = SPEC.home_scene
KNOB = next(iter(TABLE))
CHUNK_NS = 66_666_666


class Room:
    """A librarian with a scheduler behind the gate, as in the engine."""

    def __init__(self, folder: Path | None) -> None:
        self.posted: list[Command] = []
        self.events: list[Event] = []
        self.librarian = Librarian(SPEC, folder, ManualClock(7), self.events.append, self.posted.append)
        self.scheduler = CommitScheduler(TABLE, self.librarian.scenes, HOME, first_epoch=1)
        self.librarian.start()
        self.boundary()  # the first tells what the scene brings along

    def boundary(self, *commands: Command) -> tuple[Event, ...]:
        return self.scheduler.boundary(commands, 0, 0, CHUNK_NS).events

    def save(self, name: str, *before: Command) -> None:
        for event in self.boundary(*before, SaveScene(stamp_ns=3, name=name)):
            assert isinstance(event, SceneCaptured), event
            self.librarian.on_event(event)

    def done(self) -> None:
        """All that was asked for so far is done, and a boundary has heard of it."""
        self.librarian.stop()
        self.boundary(*self.posted)

    @property
    def told(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, ScenesChanged | CommandRefused)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "scenes"


@pytest.fixture
def room(folder: Path) -> Iterator[Room]:
    made = Room(folder)
    yield made
    made.librarian.stop()


def test_what_is_committed_is_saved_and_can_be_cut_to(room: Room, folder: Path) -> None:
    blend = SetPromptBlend(stamp_ns=0, parts=(("sea", 1.0), ("sky", 3.0)), chunks=30)
    room.save("Late  Sun", SetParameter(stamp_ns=0, parameter=KNOB, value=0.25), blend)
    room.done()
    scene = room.librarian.scenes["late sun"]
    assert (scene.name, scene.prompt, scene.parameters[KNOB]) == ("Late Sun", "sea + sky", 0.25)
    assert scene.blend() == PromptBlend((("sea", 0.25), ("sky", 0.75)))
    assert load_scene(folder / SPEC.name / "late-sun.toml", TABLE) == scene
    assert room.told == ["Saved Late Sun"]
    [use] = room.posted
    assert isinstance(use, UseScenes)
    commit = room.scheduler.boundary([HardCut(stamp_ns=0, scene="Late Sun")], 0, 0, CHUNK_NS)
    assert (commit.values, commit.prompt) == (scene.values(TABLE), scene.blend())
    assert load_library(SPEC.name, TABLE, folder)["Late Sun"] == scene


def test_a_save_over_a_factory_scene_hides_it_until_it_is_deleted(room: Room, folder: Path) -> None:
    factory = room.librarian.scenes[HOME]
    room.save(HOME.upper(), SetParameter(stamp_ns=0, parameter=KNOB, value=0.125))
    room.done()
    assert room.librarian.scenes[HOME].parameters[KNOB] == 0.125
    assert list(room.librarian.scenes) == list(load_library(SPEC.name, TABLE))
    again = Room(folder)
    assert again.librarian.scenes[HOME].parameters[KNOB] == 0.125
    again.librarian.accept(DeleteScene(stamp_ns=0, name=HOME))
    again.done()
    assert again.librarian.scenes[HOME] == factory
    assert list((folder / SPEC.name).iterdir()) == []
    assert room.told + again.told == [f"Saved over the factory's {HOME}", f"{HOME} is the factory's again"]


def test_panic_goes_to_the_scene_as_it_is_stored_now(room: Room) -> None:
    room.save(HOME, SetParameter(stamp_ns=0, parameter=KNOB, value=0.125))
    room.done()
    room.boundary(SetParameter(stamp_ns=0, parameter=KNOB, value=1.0, glide=AT_ONCE))
    commit = room.scheduler.boundary([Panic(stamp_ns=0)], 0, 0, CHUNK_NS)
    assert commit.values[KNOB] == 0.125


def test_a_scene_is_renamed_in_its_place_and_the_show_with_it(room: Room, folder: Path) -> None:
    room.save("Mine")
    room.save("Yours")
    room.librarian.accept(RenameScene(stamp_ns=0, name="mine", new_name="Ours"))
    room.done()
    assert list(room.librarian.scenes)[-2:] == ["Ours", "Yours"]
    assert sorted(path.name for path in (folder / SPEC.name).iterdir()) == ["ours.toml", "yours.toml"]
    changed = room.events[-1]
    assert isinstance(changed, ScenesChanged)
    assert (changed.renamed, changed.text) == (("Mine", "Ours"), "Mine is called Ours now")


def test_what_was_deleted_can_be_put_back(room: Room) -> None:
    room.save("Mine")
    room.done()
    scene = room.librarian.scenes["Mine"]
    room.posted.clear()
    again = Room(room.librarian.scenes.own["Mine"].parent.parent)
    again.librarian.accept(DeleteScene(stamp_ns=0, name="Mine"))
    again.librarian.accept(PutScene(stamp_ns=0, scene=scene))
    again.done()
    assert again.librarian.scenes["Mine"] == scene
    assert again.told == ["Deleted Mine", "Saved Mine"]


def test_the_scene_that_plays_may_be_deleted(room: Room) -> None:
    room.save("Mine")
    room.done()
    room.boundary(HardCut(stamp_ns=0, scene="Mine"))
    room.boundary(UseScenes(stamp_ns=0, scenes=load_library(SPEC.name, TABLE)))
    commit = room.scheduler.boundary([Panic(stamp_ns=0)], 0, 0, CHUNK_NS)
    assert (commit.scene, len(commit.cuts)) == ("Mine", 1)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (DeleteScene(stamp_ns=0, name=HOME), f"Factory scenes stay as they are ({HOME}). Save it under a name first."),
        (
            RenameScene(stamp_ns=0, name=HOME, new_name="X"),
            f"Factory scenes stay as they are ({HOME}). Save it under a name first.",
        ),
        (DeleteScene(stamp_ns=0, name="Nowhere"), "There is no such scene (Nowhere)."),
        (
            PutScene(stamp_ns=0, scene=Scene(name="\x00", generator="field", prompt="x")),
            "A scene cannot have this name",
        ),
        (LoadPlaylist(stamp_ns=0, path="/nowhere.txt"), "The playlist cannot be read: No such file or directory"),
        (LoadCues(stamp_ns=0, path="/nowhere.toml"), "The cue list cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(room: Room, command: Command, words: str) -> None:
    assert room.librarian.accept(command)
    room.done()
    [refused] = room.events
    assert isinstance(refused, CommandRefused)
    assert refused.command is command
    assert refused.text.startswith(words)
    assert room.posted == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 49, "a\x07b"])
def test_a_name_that_cannot_be_shown_is_refused_at_the_boundary(room: Room, name: str) -> None:
    [refused] = room.boundary(SaveScene(stamp_ns=0, name=name))
    assert isinstance(refused, CommandRefused)
    assert refused.text.startswith("A scene cannot have this name")


def test_a_taken_name_is_refused(room: Room) -> None:
    room.save("Mine")
    room.librarian.accept(RenameScene(stamp_ns=0, name="Mine", new_name=HOME.lower()))
    room.done()
    assert room.told[-1].startswith("There is a scene of this name already")
    assert "Mine" in room.librarian.scenes


def test_without_a_folder_nothing_is_saved() -> None:
    room = Room(None)
    room.save("Mine")
    room.done()
    assert room.told == ["There is no folder for scenes of your own (Mine)."]


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "scenes").write_text("in the way")
    room = Room(tmp_path / "scenes")
    room.save("Mine")
    room.done()
    [text] = room.told
    assert text.startswith("The scene cannot be saved: ")


def test_names_that_look_alike_on_disk_get_files_of_their_own(room: Room, folder: Path) -> None:
    for name in ("Été", "Ete!", "夜", "con"):
        room.save(name)
    room.done()
    files = {name: path.name for name, path in room.librarian.scenes.own.items()}
    assert files == {"Été": "ete.toml", "Ete!": "ete-2.toml", "夜": "scene.toml", "con": "scene-con.toml"}


def test_lists_that_were_read_enter_by_the_gate(room: Room, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("sea\nsky\n")
    (tmp_path / "c.toml").write_text(f'[[cue]]\nscene = "{HOME}"\n')
    room.librarian.accept(LoadPlaylist(stamp_ns=4, path=str(tmp_path / "p.txt")))
    room.librarian.accept(LoadCues(stamp_ns=5, path=str(tmp_path / "c.toml")))
    room.done()
    playlist, cues = room.posted
    assert isinstance(playlist, UsePlaylist) and playlist.playlist.prompts == ("sea", "sky")
    assert isinstance(cues, UseCues) and cues.cues.cues[0].scene == HOME
    assert not room.librarian.accept(Panic(stamp_ns=0))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[prompts]\nsea = 0", "The weight of 'sea' must be a number above 0 (s.toml)."),
        ("prompts = 3", "The scene's 'prompts' must be a table of weights (s.toml)."),
        ("[prompts]\nsea = true", "The weight of 'sea' must be a number above 0 (s.toml)."),
    ],
)
def test_a_bad_blend_in_a_scene_file_is_told(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(f'name="S"\ngenerator="field"\nprompt="sea"\n{text}\n')
    with pytest.raises(SceneError) as caught:
        load_scene(path, TABLE)
    assert str(caught.value) == words


def test_a_scene_of_an_older_version_migrates(tmp_path: Path) -> None:
    table = type(TABLE)(
        [replace(spec, aliases=("field.former",)) if spec.id == KNOB else spec for spec in TABLE.values()]
    )
    path = tmp_path / "s.toml"
    path.write_text('name="S"\ngenerator="field"\nprompt="sea"\n[parameters]\n"field.former" = 0.25\n')
    assert load_scene(path, table).parameters == {KNOB: 0.25}
    with pytest.raises(ValueError, match=r"field.former is defined twice"):
        type(TABLE)([*table.values(), replace(TABLE[KNOB], id="field.former")])


def test_a_picture_to_begin_with_is_read_for_who_takes_one(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    files = [str(tmp_path / "a.png"), str(tmp_path / "none.png"), ""]
    for takes in (True, False):
        posted, events = list[Command](), list[Event]()
        spec = replace(SPEC, takes_reference=takes)
        librarian = Librarian(spec, None, ManualClock(7), events.append, posted.append)
        librarian.start()
        for file in files:
            assert librarian.accept(ChooseReference(stamp_ns=3, file=file))
        librarian.stop()
        told = [event.text for event in events if isinstance(event, CommandRefused)]
        if takes:
            scheduler = CommitScheduler(TABLE, librarian.scenes, HOME, first_epoch=1)
            commits = [scheduler.boundary([command], 0, 0, CHUNK_NS) for command in posted]
            read = commits[0].reference
            assert read is not None and read.file == files[0] and commits[1].reference is None
            changes = [one.file for commit in commits for one in commit.events if isinstance(one, ReferenceChanged)]
            assert changes == [files[0], ""] and [commit.version for commit in commits] == [1, 2]
            scheduler.boundary(posted[:1], 0, 0, CHUNK_NS)
            assert scheduler.scene_start(HOME).reference == read  # so an opening made ahead has it too
            assert len(told) == 1 and "none.png" in told[0] and "cannot be used" in told[0]
        else:
            assert not posted and len(told) == 2 and all("begins with no picture" in text for text in told)


@pytest.mark.parametrize("fault", [OSError("no disk"), SystemExit("no disk")], ids=["error", "exit"])
def test_nothing_ends_the_thread(tmp_path: Path, fault: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr("engine.librarian.save_emergency", broken)
    monkeypatch.setattr("engine.librarian.load_playlist", broken)
    events = list[Event]()
    librarian = Librarian(SPEC, None, ManualClock(7), events.append, lambda _: None, tmp_path / "emergency.toml")
    librarian.start()
    librarian.keep_emergency(Emergency())
    librarian.accept(LoadPlaylist(stamp_ns=3, path="list.toml"))
    librarian.accept(ChooseReference(stamp_ns=3, file="a.png"))
    librarian.stop()
    text = f"{type(fault).__name__}: no disk"
    assert [event.text for event in events if isinstance(event, Notice | CommandRefused)][:2] == [text, text]
    assert len(events) == 3  # what came behind them is refused for a reason of its own
