"""Undo follows the hands: knobs, scenes, lists, macros in their order, said in words; nothing that plays goes."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.control.macros import Macro, MacroPart
from app.control.spans import Span
from app.models.binding_edits import MacroEdits
from app.models.undo import Edit, UndoStack
from engine.messages.commands import (
    DeleteScene,
    Origin,
    SetParameter,
    SetPrompt,
)
from engine.messages.list_commands import DropCues, DropPlaylist, GoToPrompt, LoadPlaylist, StepPlaylist
from engine.messages.list_events import PlaylistChanged, no_playlist
from engine.messages.parameters import OUTPUT_PARAMETERS
from engine.messages.scenes import Scene, SceneLibrary
from tests.window.fake_engine import PARAMETERS, SECOND
from tests.window.test_edits import MINE, Desk


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.engine.emit(made.engine.committed())
    return made


def cut(desk: Desk, scene: str, epoch: int, values: dict[str, float] | None = None) -> None:
    """The engine cuts: every value is the scene's."""
    event = desk.engine.committed(scene, values=values, epoch=epoch)
    of_scene = (key for key in event.values if key not in OUTPUT_PARAMETERS)
    desk.engine.emit(replace(event, origins=dict.fromkeys(of_scene, Origin.ENGINE)))


def energy(desk: Desk, value: float) -> SetParameter:
    return SetParameter(stamp_ns=desk.engine.time_ns, parameter="field.energy", value=value)


def test_a_knob_turn_goes_before_the_scene_that_was_saved_earlier(desk: Desk) -> None:
    desk.console.scenes.save("Mine", 2)
    desk.scenes(MINE)
    desk.console.turn_knob("field.energy", 0.7)
    desk.console.turn_knob("field.energy", 0.9)
    desk.take()
    desk.console.undo()
    assert (desk.take(), desk.said) == ([energy(desk, 0.6)], "Took back turning Energy to 0.90")
    desk.console.redo()
    assert (desk.take(), desk.said) == ([energy(desk, 0.9)], "Did turning Energy to 0.90 again")
    desk.console.undo()
    desk.console.undo()
    assert desk.take()[1:] == [DeleteScene(stamp_ns=desk.now, name="Mine")]
    assert desk.said == "Took back saving Mine"


def test_what_plays_is_never_deleted(desk: Desk) -> None:
    desk.console.scenes.save("Mine", 2)
    desk.scenes(MINE)
    desk.engine.emit(desk.engine.committed("Mine"))
    desk.take()
    desk.console.undo()
    said = "Nothing was taken back: Mine plays now. Cut to another scene first."
    assert (desk.take(), desk.said) == ([], said)
    desk.engine.emit(desk.engine.committed("Neon Rain"))
    desk.console.press_pad(2)
    desk.take()
    desk.console.undo()
    assert (desk.take(), desk.said.split(": ")[1]) == ([], "Mine is about to play. Cancel the cut first.")
    desk.console.cancel_queued()
    desk.take()
    desk.console.undo()
    assert desk.take() == [DeleteScene(stamp_ns=desk.now, name="Mine")]


def test_a_deletion_is_not_done_again_while_the_scene_plays(desk: Desk) -> None:
    desk.scenes(MINE)
    desk.console.scenes.delete("Mine")
    desk.console.undo()
    desk.scenes(MINE)
    desk.engine.emit(desk.engine.committed("Mine"))
    desk.take()
    desk.console.redo()
    said = "Nothing was done again: Mine plays now. Cut to another scene first."
    assert (desk.take(), desk.said) == ([], said)


def test_turns_far_apart_are_two(desk: Desk) -> None:
    desk.console.turn_knob("field.energy", 0.7)
    desk.engine.time_ns += 2 * SECOND
    desk.console.turn_knob("field.energy", 0.9)
    desk.console.turn_knob("field.warp", 0.1)
    desk.take()
    for _ in range(3):
        desk.console.undo()
    assert [one.value for one in desk.take() if isinstance(one, SetParameter)] == [0.35, 0.7, 0.6]


def test_a_turn_on_a_controller_is_taken_back_but_not_what_a_cut_moved(desk: Desk) -> None:
    moved = desk.engine.committed(values={"field.hue": 20.0}, targets={"field.hue": 90.0, "field.warp": 0.9})
    desk.engine.emit(replace(moved, origins={"field.hue": Origin.MIDI, "field.warp": Origin.ENGINE}))
    desk.console.undo()
    assert desk.said == "Took back turning Hue to 90°"
    assert desk.take() == [SetParameter(stamp_ns=desk.now, parameter="field.hue", value=0.0)]
    desk.console.undo()
    assert desk.said == "There is nothing to take back"


def test_a_macro_on_a_controller_is_one_gesture(desk: Desk) -> None:
    origins = {"field.hue": Origin.MIDI, "field.energy": Origin.MIDI}
    for step in range(1, 120):
        targets = {"field.hue": float(step), "field.energy": 0.6 + 0.4 * step / 120}
        if step % 3 == 0:
            del targets["field.energy"]
        desk.engine.time_ns += SECOND // 5
        here = desk.engine.committed(values=targets)
        before = {key: knob.value for key, knob in desk.show.knobs.knobs.items()}
        values = {**before, **targets}
        desk.engine.emit(replace(here, values=values, targets=values, origins={key: origins[key] for key in targets}))
    desk.take()
    desk.console.undo()
    assert desk.said == "Took back turning Energy and Hue"
    assert {one.parameter: one.value for one in desk.take() if isinstance(one, SetParameter)} == {
        "field.hue": 0.0,
        "field.energy": 0.6,
    }
    desk.console.undo()
    assert desk.said == "There is nothing to take back"


def test_a_macro_goes_back_as_one(desk: Desk) -> None:
    desk.engine.put_macros({2: Macro((MacroPart("field.energy"), MacroPart("field.hue")), "Storm")})
    desk.show.refresh_front()
    desk.console.turn_knob("macro.2", 100.0)
    desk.take()
    desk.console.undo()
    assert desk.said == "Took back turning Storm to 100%"
    assert [(one.parameter, one.value) for one in desk.take() if isinstance(one, SetParameter)] == [
        ("field.energy", 0.6),
        ("field.hue", 0.0),
    ]


def test_knobs_that_the_next_generator_lacks_are_forgotten(desk: Desk) -> None:
    desk.console.turn_knob("field.energy", 0.9)
    desk.console.turn_knob("output.level", 0.5)
    desk.console.turn_knob("field.hue", 9.0)
    desk.show.load(
        type(PARAMETERS)(spec for key, spec in PARAMETERS.items() if key == "output.level"), desk.engine.scenes
    )
    desk.console.undo()
    desk.console.undo()
    assert [entry.text for entry in desk.show.log.entries][-2:] == [
        "Took back turning Master to 0.50",
        "There is nothing to take back",
    ]


def test_a_reset_goes_to_the_value_of_the_scene(desk: Desk) -> None:
    loud = Scene(name="Loud", generator="field", prompt="loud", parameters={"field.energy": 0.8})
    desk.show.load(PARAMETERS, SceneLibrary({"Loud": loud}))
    desk.engine.emit(desk.engine.committed("Loud", values={"field.energy": 0.3, "field.warp": 0.9}))
    desk.console.reset_knob("field.energy")
    desk.console.reset_knob("field.warp")
    assert [one.value for one in desk.take() if isinstance(one, SetParameter)] == [0.8, 0.35]


def test_steps_and_loads_of_lists_go_back(desk: Desk) -> None:
    here = PlaylistChanged(
        at_ns=0, name="set.txt", number=3, count=9, prompt="ice", loop=False, shuffled=False, path="/a/set.txt"
    )
    desk.console.drop_file(Path("/a/set.txt"))
    desk.engine.emit(here)
    desk.console.drop_file(Path("/a/late.txt"))
    desk.console.step_playlist(1)
    desk.take()
    desk.console.undo()
    assert desk.said == "Took back the step in set.txt"
    desk.console.redo()
    desk.console.undo()
    desk.console.undo()
    assert desk.said == "Took back loading late.txt"
    now = desk.now
    assert desk.take() == [
        GoToPrompt(stamp_ns=now, place=3, chunks=5),
        StepPlaylist(stamp_ns=now, steps=1, chunks=5),
        GoToPrompt(stamp_ns=now, place=3, chunks=5),
        LoadPlaylist(stamp_ns=now, path="/a/set.txt"),
    ]


def test_the_first_step_of_a_list_goes_back_to_the_prompt(desk: Desk) -> None:
    desk.engine.emit(desk.engine.committed(prompt="before"))
    desk.engine.emit(PlaylistChanged(at_ns=0, name="set.txt", number=0, count=9, prompt="", loop=False, shuffled=False))
    desk.console.step_playlist(1)
    desk.take()
    desk.console.undo()
    assert desk.take() == [SetPrompt(stamp_ns=desk.now, text="before", chunks=5)]


def test_macros_are_put_together_and_taken_apart_again(desk: Desk) -> None:
    desk.engine.put_macros({2: Macro((MacroPart("field.energy", Span(0.2, 0.6)),), "Storm")})
    desk.show.refresh_front()
    edits = MacroEdits(desk.engine, desk.show.macros, desk.console.remember, desk.engine.now_ns)
    edits.name(2, "Rain")
    edits.span(2, "field.energy", Span(0.2, 0.7))
    edits.span(2, "field.energy", Span(0.2, 0.9))
    edits.toggle(2, "field.energy")
    desk.engine.lessons.clear()
    said = []
    for _ in range(3):
        desk.console.undo()
        said.append(desk.said)
    assert said == ["Took back the change of Storm", "Took back the range of Storm", "Took back naming macro 2 Rain"]
    assert desk.engine.lessons == [
        "macro 2 field.energy",
        "macro 2 field.energy 0.20 to 0.60",
        "macro 2 field.energy 0.20 to 0.60",
        "macro 2 is Storm",
    ]


def test_an_edit_that_is_blocked_keeps_its_place() -> None:
    stack, reason = UndoStack(), ["it plays"]
    stack.remember(Edit("a", lambda: None, lambda: None, undo_blocked=lambda: reason[0]))
    assert stack.undo_blocked == "it plays"
    reason[0] = ""
    assert (stack.undo_blocked, stack.undo(), stack.undo_blocked, stack.redo_blocked) == ("", "a", "", "")


def test_a_step_by_a_controller_goes_back_too(desk: Desk) -> None:
    places = [
        PlaylistChanged(at_ns=0, name="set.txt", number=number, count=9, prompt="ice", loop=False, shuffled=False)
        for number in (2, 3)
    ]
    for place in places:
        desk.engine.emit(place)
    desk.console.undo()
    assert desk.said == "Took back the step in set.txt"
    desk.console.redo()
    assert [one.place for one in desk.take() if isinstance(one, GoToPrompt)] == [2, 3]
    desk.engine.emit(places[0])  # what was asked for here is told: no step of anybody else's
    desk.console.undo()
    desk.console.undo()
    assert desk.said == "There is nothing to take back"


def test_a_knob_turned_in_another_scene_leaves_the_one_that_plays_alone(desk: Desk) -> None:
    desk.console.turn_knob("output.level", 0.5)
    desk.console.turn_knob("field.energy", 0.9)
    desk.console.turn_knob("field.warp", 0.9)
    cut(desk, "Neon Rain", 4, {"field.energy": 0.2})
    desk.take()
    desk.console.undo()
    said = "Nothing was taken back: turning Warp to 0.90 and 1 more ended with the cut from Ice Cathedral"
    assert (desk.take(), desk.said) == ([], said)
    desk.console.undo()
    assert desk.said == "Took back turning Master to 0.50"  # the output's stays through cuts
    assert [one.parameter for one in desk.take() if isinstance(one, SetParameter)] == ["output.level"]
    desk.console.turn_knob("field.energy", 0.7)
    desk.take()
    desk.console.undo()
    assert desk.take() == [energy(desk, 0.2)]
    cut(desk, "Ice Cathedral", 5)
    desk.console.redo()
    assert desk.said == "Nothing was done again: turning Energy to 0.70 ended with the cut from Neon Rain"
    assert desk.take() == []


def test_turns_before_and_after_a_cut_are_two_gestures(desk: Desk) -> None:
    desk.console.turn_knob("field.energy", 0.9)
    moved = {"field.hue": Origin.MIDI}
    desk.engine.emit(replace(desk.engine.committed(values={"field.hue": 9.0}), origins=moved))
    there = desk.engine.committed("Neon Rain", values={"field.energy": 0.2, "field.hue": 20.0}, epoch=4)
    desk.engine.emit(replace(there, origins={**dict.fromkeys(there.values, Origin.ENGINE), **moved}))
    desk.take()
    desk.console.undo()
    assert desk.said == "Took back turning Hue to 20°"
    assert desk.take() == [SetParameter(stamp_ns=desk.now, parameter="field.hue", value=0.0)]  # the scene's, not 9
    desk.console.turn_knob("field.energy", 0.7)
    desk.take()
    desk.console.undo()
    assert desk.take() == [energy(desk, 0.2)]


def test_what_panic_or_a_soft_cut_has_set_is_no_longer_the_hand_s(desk: Desk) -> None:
    for ending in (desk.engine.committed(epoch=4), desk.engine.committed(epoch=4, values={"field.hue": 5.0})):
        desk.console.turn_knob("field.energy", 0.9)
        desk.engine.emit(replace(ending, origins={"field.energy": Origin.ENGINE}))
        desk.take()
        desk.console.undo()
        assert (desk.take(), desk.said.startswith("Nothing was taken back: turning Energy")) == ([], True)
    desk.console.turn_knob("field.energy", 0.7)
    desk.engine.emit(replace(desk.engine.committed(epoch=5), origins={}))  # a generator that began again
    desk.take()
    desk.console.undo()
    assert desk.take() == [energy(desk, 0.6)]


def test_nothing_is_taken_back_into_a_cut_that_is_on_its_way(desk: Desk) -> None:
    desk.console.turn_knob("field.energy", 0.9)
    desk.console.press_pad(2)
    desk.take()
    desk.console.undo()
    assert (desk.take(), desk.said) == ([], "Nothing was taken back: Neon Rain is about to play.")


def test_prompts_steps_and_modulators_of_another_scene_end_with_it(desk: Desk) -> None:
    desk.engine.emit(PlaylistChanged(at_ns=0, name="set.txt", number=2, count=9, prompt="", loop=False, shuffled=False))
    desk.show.modulation.stays = True
    desk.console.modulation.start("field.hue", "Bar")
    desk.show.modulation.stays = False
    desk.console.modulation.start("field.energy", "Beat")
    desk.console.enter_prompt("gold")
    desk.console.step_playlist(1)
    cut(desk, "Neon Rain", 4)
    desk.take()
    desk.console.undo()
    said = "Nothing was taken back: the step in set.txt and 2 more ended with the cut from Ice Cathedral"
    assert (desk.take(), desk.said) == ([], said)
    desk.console.undo()
    assert desk.said == "Took back the modulation by Bar"


def test_the_first_list_that_is_loaded_goes_again(desk: Desk) -> None:
    desk.console.turn_knob("field.energy", 0.9)
    for path in (Path("/a/set.txt"), Path("/a/show.toml")):
        desk.console.drop_file(path)
    desk.engine.emit(PlaylistChanged(at_ns=0, name="set.txt", number=0, count=9, prompt="", loop=False, shuffled=False))
    desk.take()
    desk.console.undo()
    desk.console.undo()
    assert (desk.said, desk.take()) == (
        "Took back loading set.txt",
        [DropCues(stamp_ns=desk.now), DropPlaylist(stamp_ns=desk.now)],
    )
    desk.engine.emit(no_playlist(0))
    assert (desk.show.lists.playlist, desk.said) == (None, "There is no playlist now")
    desk.console.redo()
    assert desk.take() == [LoadPlaylist(stamp_ns=desk.now, path="/a/set.txt")]
