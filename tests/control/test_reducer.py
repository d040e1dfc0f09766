"""What lies in front after an intent, and what the engine is asked: exact cases, and what always holds."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.clock_settings import LinkMode
from app.control.intents import (
    AssignPad,
    Intent,
    MoveMacro,
    NameMacro,
    PlayPrompt,
    PlayScene,
    PressPad,
    Recall,
    SendClock,
    SetLaunch,
    SetLink,
    SetMacroSpan,
    SetMorphSeconds,
    SetSoft,
    StepBank,
    StepMorph,
    StepPrompts,
    ToggleMacroPart,
    ToggleMacros,
    TurnBank,
    TurnPage,
    UseFront,
    WritePrompt,
)
from app.control.limits import LAUNCHES, LONGEST_MORPH_S, MORPH_SECONDS
from app.control.pace import ChunkPace
from app.control.reducer import apply, loaded, refreshed, stepped
from app.control.spans import Span
from app.control.state import ControlState
from engine.messages.commands import ArmBank, Command, HardCut, Origin, RecallSnapshot, SetParameter, SetPrompt, SoftCut
from engine.messages.list_commands import GoToPrompt, StepPlaylist
from engine.messages.transitions import Launch
from tests.control.parts import state, table

MIDI = Origin.MIDI


def after(start: ControlState, *intents: Intent) -> tuple[ControlState, list[Command]]:
    """The state and all commands after intents at 7 ns."""
    commands: list[Command] = []
    for intent in intents:
        outcome = apply(start, intent, 7, MIDI)
        start, commands = outcome.state, [*commands, *outcome.commands]
    return start, commands


def names(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"S{number}" for number in range(first, last + 1))


def test_a_pad_pressed_after_a_bank_plays_the_new_banks() -> None:
    _, commands = after(state(), StepBank(1), PressPad(3), StepBank(5), PressPad(1), PressPad(9))
    assert commands == [
        ArmBank(scenes=names(17, 32), stamp_ns=7, origin=MIDI),
        HardCut(scene="S19", stamp_ns=7, origin=MIDI),
        ArmBank(scenes=names(33, 40), stamp_ns=7, origin=MIDI),
        HardCut(scene="S33", stamp_ns=7, origin=MIDI),
    ]  # there is no pad 41


def test_behind_the_bank_in_front_follow_the_others() -> None:
    front, _ = after(state(scenes=18), TurnBank(2))
    assert front.pads_in_order[:3] == ("S17", "S18", "")
    assert front.pads_in_order[16] == front.pad(17) == "S1"
    assert [front.pad(number) for number in (1, 2, 3, 32, 33, 64, 0)] == ["S17", "S18", "", "S16", "", "", ""]


def test_pads_cut_or_morph_when_they_act() -> None:
    paced = state(pace=ChunkPace(200_000_000))
    front, commands = after(paced, SetSoft(), SetLaunch(Launch.BAR), StepMorph(1), PressPad(1), PlayScene("Noir"))
    assert (front.soft, front.launch, front.morph_seconds) == (True, Launch.BAR, 4.0)
    assert commands == [
        SoftCut(scene=scene, chunks=20, launch=Launch.BAR, stamp_ns=7, origin=MIDI) for scene in ("S1", "Noir")
    ]
    _, commands = after(front, SetSoft(), PlayScene("Noir"), PlayScene("Noir", soft=True), PlayScene(""))
    assert commands == [
        HardCut(scene="Noir", launch=Launch.BAR, stamp_ns=7, origin=MIDI),
        SoftCut(scene="Noir", chunks=20, launch=Launch.BAR, stamp_ns=7, origin=MIDI),
    ]


def test_prompts_and_snapshots_take_the_fronts_length_and_quantise() -> None:
    start = state(launch=Launch.BAR, morph_seconds=8.0)
    _, commands = after(start, Recall(3), WritePrompt("glass"), StepPrompts(-1), PlayPrompt(4), PlayPrompt("drop"))
    assert commands == [
        RecallSnapshot(slot=3, launch=Launch.BAR, stamp_ns=7, origin=MIDI),
        SetPrompt(text="glass", chunks=20, stamp_ns=7, origin=MIDI),
        StepPlaylist(steps=-1, chunks=20, stamp_ns=7, origin=MIDI),
        GoToPrompt(place=4, chunks=20, stamp_ns=7, origin=MIDI),
        GoToPrompt(place="drop", chunks=20, stamp_ns=7, origin=MIDI),
    ]


def test_pages_end_with_the_macros() -> None:
    front, commands = after(state(), TurnPage(2))
    assert (front.knob(1), front.knob(5), front.page_shown) == ("p.8", "p.0", 2)
    front, _ = after(front, TurnPage(3), TurnPage(4))
    assert (front.macros_shown, front.page_shown, front.knob_page) == (True, 3, 2)
    front, _ = after(front, TurnPage(2))
    assert (front.macros_shown, front.page_shown) == (False, 2)
    front, _ = after(front, TurnPage(8))
    assert front.macros_shown
    front, _ = after(front, ToggleMacros())
    assert (front.macros_shown, front.page_shown) == (False, 2)
    assert commands == []


@pytest.mark.parametrize(
    ("seconds", "steps", "there"),
    [
        (2.0, 0, 2.0),
        (2.0, 1, 4.0),
        (2.0, -9, 0.25),
        (2.0, 9, 32.0),
        (3.0, 1, 4.0),
        (3.0, -1, 2.0),
        (3.0, 2, 8.0),
        (0.1, 1, 0.25),
        (0.1, -1, 0.25),
        (120.0, -1, 32.0),
        (3.0, 0, 3.0),
    ],
)
def test_morph_lengths_step(seconds: float, steps: int, there: float) -> None:
    assert stepped(seconds, steps) == there


def test_a_length_in_seconds_is_clamped() -> None:
    assert [after(state(), SetMorphSeconds(one))[0].morph_seconds for one in (0.0, 5.5, 999.0)] == [0.1, 5.5, 120.0]


def test_a_pad_beyond_the_last_makes_room_and_only_the_front_is_armed() -> None:
    front, commands = after(state(scenes=3), AssignPad(20, "Noir"))
    assert (front.pads[3:20], front.pads[20], front.banks) == (("",) * 17, "Noir", 2)
    assert front.pad(21) == ""  # dark until there is such a scene
    assert refreshed(front, ("S1", "S2", "S3", "Noir"), None).pad(21) == "Noir"
    assert commands == []
    _, commands = after(front, AssignPad(0, ""))
    assert commands == [ArmBank(scenes=("S2", "S3"), stamp_ns=7, origin=MIDI)]


def test_macros_are_put_together_and_move_what_is_there() -> None:
    front, _ = after(
        state(),
        ToggleMacroPart(2, "p.0"),
        ToggleMacroPart(2, "gone"),
        ToggleMacroPart(2, "p.1"),
        SetMacroSpan(2, "p.1", Span(invert=True)),
        NameMacro(2, " Storm  front "),
    )
    assert front.macros[2].name == "Storm front"
    _, commands = after(front, MoveMacro(2, 0.25), MoveMacro(3, 0.5))
    assert commands == [
        SetParameter(parameter="p.0", value=0.25, stamp_ns=7, origin=MIDI),
        SetParameter(parameter="p.1", value=0.75, stamp_ns=7, origin=MIDI),
    ]
    wrong, _ = after(front, NameMacro(9, "Ninth"))
    assert wrong.macros_trouble == "There is no macro 9. Choose 1 to 8."
    assert after(wrong, NameMacro(1, "First"))[0].macros_trouble == ""


def test_clock_settings_are_kept_and_the_link_of_this_run_follows() -> None:
    front, commands = after(
        replace(state(), link=LinkMode.JOIN), SendClock("Synth", True, ("Synth", "Drums")), SetLink(LinkMode.FOLLOW)
    )
    assert (front.clock.send_to, front.clock.link, front.link) == (("Synth",), LinkMode.FOLLOW, LinkMode.FOLLOW)
    assert after(front, SendClock("Synth", False, ("Synth", "Drums")))[0].clock.send_to == ()
    assert commands == []


def test_another_generator_brings_its_own_and_nothing_in_front_is_left_behind() -> None:
    front, _ = after(state(), TurnBank(3), TurnPage(2))
    there = loaded(front, table(3), ("A", "B"))
    assert (there.pads, there.pad_bank, there.knob_page, there.pages) == (("A", "B"), 1, 1, 1)


def test_a_renamed_scene_keeps_its_pad_and_a_new_one_fills_the_first_gap() -> None:
    front, _ = after(state(scenes=4), AssignPad(1, ""))
    assert refreshed(front, ("S1", "S2", "New", "S4"), ("S3", "New")).pads == ("S1", "S2", "New", "S4")
    assert refreshed(state(scenes=2), ("S1", "S2", "S9"), None).pads == ("S1", "S2", "S9")


# -- what always holds ------------------------------------------------------------------------

steps = st.lists(st.sampled_from((-1, 1)), max_size=30)
front_intents = st.one_of(
    st.builds(TurnBank, st.integers(-2, 9)),
    st.builds(StepBank, st.integers(-3, 3)),
    st.builds(TurnPage, st.integers(-2, 9)),
    st.builds(ToggleMacros),
    st.builds(SetSoft, st.sampled_from((None, True, False))),
    st.builds(SetLaunch, st.sampled_from(LAUNCHES)),
    st.builds(StepMorph, st.integers(-9, 9)),
    st.builds(AssignPad, st.integers(0, 70), st.sampled_from(("", "S1", "S2", "Noir"))),
)
presses = st.builds(PressPad, st.integers(1, 64))


def walked(place: int, moves: list[int], count: int) -> int:
    for move in moves:
        place = min(max(place + move, 1), count)
    return place


@given(steps, steps)
def test_no_step_is_lost_and_steps_add_up_as_clamped_integers(banks: list[int], morphs: list[int]) -> None:
    intents: list[Intent] = [StepBank(one) for one in banks]
    intents += [StepMorph(one) for one in morphs]
    front, _ = after(state(), *intents)
    assert front.pad_bank == walked(1, banks, 3)
    assert MORPH_SECONDS.index(front.morph_seconds) + 1 == walked(4, morphs, 8)


@given(st.permutations([StepBank(1), TurnPage(2), StepMorph(-1), SetSoft(), SetLaunch(Launch.BAR), StepMorph(-1)]))
def test_steps_of_different_hands_commute(intents: list[Intent]) -> None:
    front, _ = after(state(), *intents)
    assert (front.pad_bank, front.knob_page, front.morph_seconds) == (2, 2, 0.5)
    assert (front.soft, front.launch) == (True, Launch.BAR)


@given(st.lists(st.one_of(front_intents, presses), max_size=40))
def test_every_press_plays_what_lay_there_at_that_moment(intents: list[Intent]) -> None:
    front = state()
    for intent in intents:
        outcome = apply(front, intent, 7, MIDI)
        if isinstance(intent, PressPad):
            scene = front.pad(intent.number)
            assert [getattr(one, "scene", None) for one in outcome.commands] == ([scene] if scene else [])
            assert outcome.state is front
        front = outcome.state


@given(st.lists(front_intents, max_size=40))
def test_the_front_stays_within_what_there_is_and_is_what_is_armed(intents: list[Intent]) -> None:
    front = state()
    armed = set(front.front_scenes)
    for intent in intents:
        outcome = apply(front, intent, 7, MIDI)
        for command in outcome.commands:
            assert isinstance(command, ArmBank)
            armed = set(command.scenes)
        front = outcome.state
        assert 1 <= front.pad_bank <= front.banks
        assert 1 <= front.knob_page <= front.pages
        assert armed == set(front.front_scenes)
        assert sorted(front.knobs_in_order) == sorted(front.parameters)
        lit = [scene if scene in front.scenes else "" for scene in front.pads]
        assert sorted(front.pads_in_order) == sorted([*lit, *[""] * (16 * front.banks - len(lit))])
        assert [front.pad(number) for number in range(1, 16 * front.banks + 1)] == list(front.pads_in_order)


@given(st.lists(st.floats(0.1, 120.0), min_size=2, max_size=20))
def test_longer_is_longer(lengths: list[float]) -> None:
    for shorter, longer in pairwise(sorted(lengths)):
        assert stepped(shorter, 1) <= stepped(longer, 1)
        assert stepped(shorter, -1) <= stepped(longer, -1)


def test_a_show_lays_out_all_that_lies_in_front() -> None:
    pads = ("S2", "", "S1", "gone")
    front = UseFront(pads=pads, bank=9, page=9, macros_shown=True, soft=True, launch=Launch.BAR, morph_seconds=1e9)
    laid, commands = after(state(parameters=12, scenes=20), front)
    assert (laid.pads, laid.pad_bank, laid.knob_page) == (pads, 1, 2)  # clamped to what there is
    assert (laid.macros_shown, laid.soft, laid.launch) == (True, True, Launch.BAR)
    assert laid.morph_seconds == LONGEST_MORPH_S
    assert commands == [ArmBank(scenes=("S2", "S1"), stamp_ns=7, origin=MIDI)]


def test_a_generator_of_the_same_scenes_leaves_the_pads_as_they_lie() -> None:
    front = state(scenes=3, pads=("S3", "", "S1"))
    assert loaded(front, table(3), ("S1", "S2", "S3")).pads == ("S3", "", "S1")
    assert loaded(front, table(3), ("A", "B")).pads == ("A", "B")
