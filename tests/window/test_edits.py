"""Edits that can be taken back and done again, lists, snapshots and the beat, as commands."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.control.show import PadState
from app.models.console import Console
from app.models.undo import DEPTH, Edit, UndoStack
from app.models.window_models import WindowModels
from app.views.main_window import MainWindow
from app.widgets.fields import Field
from engine.messages.commands import (
    ArmBank,
    CancelQueued,
    Command,
    DeleteScene,
    HardCut,
    NudgeTempo,
    PutScene,
    RecallSnapshot,
    RenameScene,
    Resync,
    SaveScene,
    SetPrompt,
    StoreSnapshot,
)
from engine.messages.events import CutQueued, ScenesChanged, SnapshotStored
from engine.messages.list_commands import (
    LoadCues,
    LoadPlaylist,
    StepCues,
    StepPlaylist,
)
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.transitions import Launch
from tests.window.fake_engine import SECOND, FakeEngine, library

MINE = Scene(name="Mine", generator="field", prompt="mine")


class Desk:
    """A console over a fake engine that keeps scenes."""

    def __init__(self) -> None:
        self.engine = FakeEngine(library(3))
        self.show = WindowModels(self.engine.front, self.engine.scenes)
        self.console = Console(self.engine, self.show)
        self.engine.subscribe(self.show.take)
        self.now = self.engine.time_ns

    def take(self) -> list[Command]:
        """What was posted, but for what keeps ready the scenes in front."""
        posted, self.engine.posted[:] = list(self.engine.posted), []
        return [command for command in posted if not isinstance(command, ArmBank)]

    def scenes(self, *own: Scene, renamed: tuple[str, str] | None = None) -> None:
        """The engine says which scenes there are now."""
        scenes = {**self.engine.scenes, **{scene.name: scene for scene in own}}
        mine = {scene.name: Path(f"{scene.name}.toml") for scene in own}
        kept = SceneLibrary(scenes, own=mine)
        self.engine.emit(ScenesChanged(at_ns=self.now, scenes=kept, text="Saved", renamed=renamed))
        self.show.refresh_front()  # as at every tick

    @property
    def said(self) -> str:
        assert self.show.log.last is not None
        return self.show.log.last.text


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_stack_goes_back_and_forth_and_forgets_what_was_overtaken() -> None:
    log: list[str] = []
    stack = UndoStack()
    for name in "abc":
        stack.remember(Edit(name, lambda n=name: log.append(f"-{n}"), lambda n=name: log.append(f"+{n}")))
    assert (stack.undo(), stack.undo(), stack.redo()) == ("c", "b", "b")
    stack.remember(Edit("d", lambda: log.append("-d"), lambda: log.append("+d")))
    assert (stack.redo(), stack.undo(), stack.undo(), stack.undo(), stack.undo()) == ("", "d", "b", "a", "")
    assert log == ["-c", "-b", "+b", "-d", "-b", "-a"]
    for _ in range(DEPTH + 5):
        stack.remember(Edit("x", lambda: None, lambda: None))
    assert sum(bool(stack.undo()) for _ in range(DEPTH + 5)) == DEPTH


def test_assignments_and_prompts_come_back_and_go_again(desk: Desk) -> None:
    desk.engine.emit(desk.engine.committed(prompt="first"))
    desk.console.scenes.assign(0, "Neon Rain")
    desk.console.enter_prompt("second")
    desk.console.undo()
    desk.console.undo()
    assert desk.show.pads.scene_at(0) == "Molten Gold"
    desk.console.redo()
    desk.console.redo()
    desk.console.redo()
    assert desk.show.pads.scene_at(0) == "Neon Rain"
    assert [command.text for command in desk.take() if isinstance(command, SetPrompt)] == ["second", "first", "second"]
    assert desk.said == "There is nothing to do again"


def test_cuts_and_taps_are_never_taken_back(desk: Desk) -> None:
    desk.console.press_pad(0)
    desk.console.tap()
    desk.console.recall_snapshot(1)
    desk.console.step_playlist(1)
    desk.take()
    desk.console.undo()
    assert (desk.take(), desk.said) == ([], "There is nothing to take back")


def test_a_new_scene_takes_its_pad_and_is_deleted_by_undo(desk: Desk) -> None:
    desk.console.scenes.save("  Mine ", 5)
    assert desk.take() == [SaveScene(stamp_ns=desk.now, name="Mine")]
    assert desk.show.pads.shown[5].scene == ""  # not there yet: the pad stays dark
    desk.scenes(MINE)
    assert (desk.show.pads.shown[5].scene, desk.said) == ("Mine", "Saved")
    desk.console.undo()
    assert (desk.take(), desk.show.pads.scene_at(5)) == ([DeleteScene(stamp_ns=desk.now, name="Mine")], "")
    desk.scenes()
    desk.console.redo()
    assert (desk.take(), desk.show.pads.scene_at(5)) == ([PutScene(stamp_ns=desk.now, scene=MINE)], "Mine")


def test_a_scene_that_was_saved_over_comes_back(desk: Desk) -> None:
    desk.scenes(MINE)
    desk.console.scenes.save("mine", 3)
    later = replace(MINE, prompt="later")
    desk.scenes(later)
    desk.take()
    desk.console.undo()
    desk.scenes(MINE)
    desk.console.redo()
    assert desk.take() == [PutScene(stamp_ns=desk.now, scene=MINE), PutScene(stamp_ns=desk.now, scene=later)]


def test_renaming_and_deleting_can_be_taken_back(desk: Desk) -> None:
    desk.scenes(MINE)
    desk.console.scenes.rename("Mine", "Ours")
    desk.scenes(replace(MINE, name="Ours"), renamed=("Mine", "Ours"))
    assert desk.show.pads.scene_at(3) == "Ours"
    desk.console.scenes.delete("Ours")
    desk.console.scenes.delete("Molten Gold")  # the factory's
    desk.console.undo()
    desk.console.undo()
    assert desk.take() == [
        RenameScene(stamp_ns=desk.now, name="Mine", new_name="Ours"),
        DeleteScene(stamp_ns=desk.now, name="Ours"),
        PutScene(stamp_ns=desk.now, scene=replace(MINE, name="Ours")),
        RenameScene(stamp_ns=desk.now, name="Ours", new_name="Mine"),
    ]


def test_new_scenes_get_the_first_free_pad_and_the_others_stay(desk: Desk) -> None:
    desk.console.scenes.assign(1, "")
    desk.scenes(MINE)
    pads = desk.show.pads
    assert [pads.scene_at(index) for index in range(4)] == ["Molten Gold", "Ice Cathedral", "Neon Rain", "Mine"]


def test_files_that_are_lists_are_loaded(desk: Desk) -> None:
    desk.console.drop_file(Path("/set/Words.TXT"))
    desk.console.drop_file(Path("/set/show.toml"))
    assert desk.take() == [
        LoadPlaylist(stamp_ns=desk.now, path="/set/Words.TXT"),
        LoadCues(stamp_ns=desk.now, path="/set/show.toml"),
    ]


def test_where_the_lists_are_is_said_in_words(desk: Desk) -> None:
    playlist = PlaylistChanged(at_ns=0, name="p.txt", number=0, count=9, prompt="", loop=False, shuffled=False)
    cue = CueChanged(at_ns=0, name="c.toml", number=2, count=5, scene="A", next_scene="B", follow_ns=9, note="dim")
    said = []
    for event in (
        playlist,
        replace(playlist, number=3, prompt="sea", loop=True, shuffled=True),
        cue,
        replace(cue, number=5, next_scene="", follow_ns=0, note=""),
        SnapshotStored(at_ns=0, slot=2, scene="A"),
    ):
        desk.engine.emit(event)
        said.append(desk.said)
    assert said == [
        "p.txt, 9 lines",
        "p.txt shuffled looped, 3 of 9: sea",
        "c.toml, 2 of 5: A (dim); next by itself B",
        "c.toml, 5 of 5: A",
        "Snapshot 2 holds A",
    ]


def test_keys_step_nudge_and_remember(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    shift, none = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.NoModifier
    for key, modifier in (
        (Qt.Key.Key_N, none),
        (Qt.Key.Key_N, shift),
        (Qt.Key.Key_M, none),
        (Qt.Key.Key_M, shift),
        (Qt.Key.Key_T, none),
        (Qt.Key.Key_Comma, none),
        (Qt.Key.Key_Period, none),
        (Qt.Key.Key_F6, shift),
        (Qt.Key.Key_F6, none),
    ):
        qtbot.keyClick(window, key, modifier)
    now = engine.time_ns
    chunks = engine.front.state.morph_chunks
    assert engine.posted == [
        StepPlaylist(stamp_ns=now, steps=1, chunks=chunks),
        StepPlaylist(stamp_ns=now, steps=-1, chunks=chunks),
        StepCues(stamp_ns=now, steps=1),
        StepCues(stamp_ns=now, steps=-1),
        Resync(stamp_ns=now),
        NudgeTempo(stamp_ns=now, offset_ns=-10_000_000),
        NudgeTempo(stamp_ns=now, offset_ns=10_000_000),
        StoreSnapshot(stamp_ns=now, slot=2),
        RecallSnapshot(stamp_ns=now, slot=2),
    ]


def test_a_pads_menu_saves_what_plays(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.surface.pads.pads[2].menu_asked.emit(2)
    [field] = [one for one in window.overlays.popover.findChildren(Field) if "Save" in one.accessibleName()]
    field.setText("My scene")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    kept = ArmBank(stamp_ns=engine.time_ns, scenes=tuple(engine.scenes)[:2] + tuple(engine.scenes)[3:16])
    assert engine.posted == [SaveScene(stamp_ns=engine.time_ns, name="My scene"), kept]
    assert not window.overlays.popover.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Z, both)
    posted = [command for command in engine.posted[1:] if not isinstance(command, ArmBank)]
    assert posted == [DeleteScene(stamp_ns=engine.time_ns, name="My scene")]


def test_every_launch_can_be_chosen(window: MainWindow, engine: FakeEngine) -> None:
    for index in range(5):
        window.surface.pads.launch.chosen.emit(index)
        window.console.press_pad(2)
    asked = [command.launch.value for command in engine.posted if isinstance(command, HardCut)]
    assert asked == ["now", "beat", "bar", "2 bars", "4 bars"]


def test_a_queued_cut_is_seen_and_cancelled(window: MainWindow, engine: FakeEngine, qapp: QApplication) -> None:
    surface, now = window.surface, engine.time_ns
    surface.pads.launch.chosen.emit(3)
    window.console.press_pad(2)
    engine.emit(CutQueued(at_ns=now, scene="Neon Rain", due_ns=now + 4 * SECOND))
    qapp.processEvents()
    assert (window.models.pads.shown[2].state, surface.pads.cancel.isEnabled()) == (PadState.QUEUED, True)
    surface.pads.cancel.pressed.emit()
    engine.emit(CutQueued(at_ns=now, scene="", due_ns=0))
    qapp.processEvents()
    assert (window.models.pads.shown[2].state, surface.pads.cancel.isEnabled()) == (PadState.LOADED, False)
    assert engine.posted == [
        HardCut(stamp_ns=now, scene="Neon Rain", launch=Launch.TWO_BARS),
        CancelQueued(stamp_ns=now),
    ]
