"""Gestures become exactly one command each."""

from fractions import Fraction
from pathlib import Path

import pytest

from app.control.macros import Macro, MacroPart
from app.control.show import PadState
from app.control.spans import Span
from app.models.console import Console
from app.models.controllers.api import MidiSnapshot
from app.models.window_models import WindowModels
from engine.messages.commands import (
    ArmBank,
    CancelQueued,
    Command,
    HardCut,
    Origin,
    Panic,
    SelectGenerator,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    Tap,
)
from engine.messages.events import ArmedChanged, ArmState, CommandRefused, CutShown, SceneArming
from engine.messages.input_commands import SelectSource
from engine.messages.output_commands import (
    SetBlackout,
    SetCanvas,
    SetFreeze,
    SetOutputRate,
)
from engine.messages.transitions import Launch
from tests.window.fake_engine import SECOND, FakeEngine


class Desk:
    """A console over a fake engine, without a window."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.show = WindowModels(self.engine.front, self.engine.scenes)
        self.console = Console(self.engine, self.show)
        self.engine.subscribe(self.show.take)
        self.now = self.engine.time_ns

    @property
    def posted(self) -> list[Command]:
        return self.engine.posted


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_pad_cuts_at_once(desk: Desk) -> None:
    desk.console.press_pad(2)
    assert desk.posted == [HardCut(stamp_ns=desk.now, scene="Neon Rain", launch=Launch.NOW)]


def test_a_pad_obeys_quantise_and_morph(desk: Desk) -> None:
    desk.console.set_launch(Launch.BAR)
    desk.console.press_pad(0)
    desk.show.transport.set_soft(True)
    desk.show.transport.step_morph(+1)
    desk.console.press_pad(1)
    assert desk.posted == [
        HardCut(stamp_ns=desk.now, scene="Molten Gold", launch=Launch.BAR),
        SoftCut(stamp_ns=desk.now, scene="Ice Cathedral", chunks=10, launch=Launch.BAR),
    ]


def test_the_pads_in_front_are_armed_and_light_up(desk: Desk) -> None:
    names = tuple(desk.engine.scenes)
    desk.show.pads.turn_bank(1)
    desk.show.pads.turn_bank(1)
    assert desk.posted == [ArmBank(stamp_ns=desk.now, scenes=names[16:])]
    desk.show.pads.assign(16, names[0])
    assert desk.posted[1:] == [ArmBank(stamp_ns=desk.now, scenes=(names[0], *names[17:]))]
    states = (SceneArming(names[17], ArmState.ARMED), SceneArming(names[18], ArmState.ARMING))
    desk.engine.emit(ArmedChanged(at_ns=desk.now, scenes=states))
    assert [pad.state for pad in desk.show.pads.shown[1:3]] == [PadState.ARMED, PadState.LOADED]
    assert desk.show.pads.shown[2].arming
    why = SceneArming(names[17], ArmState.LOADED, "the generator has no time to spare")
    desk.engine.emit(ArmedChanged(at_ns=desk.now, scenes=(why,)))
    assert [pad.why for pad in desk.show.pads.shown[1:3]] == ["the generator has no time to spare", ""]


def test_every_press_of_the_same_pad_is_a_cut(desk: Desk) -> None:
    for _ in range(3):
        desk.console.press_pad(0)
    assert desk.posted == [HardCut(stamp_ns=desk.now, scene="Molten Gold")] * 3


def test_an_empty_pad_does_nothing(desk: Desk) -> None:
    desk.show.pads.turn_bank(1)
    desk.posted.clear()
    desk.console.press_pad(15)
    assert desk.posted == []


def test_a_second_bank_plays_its_own_scenes(desk: Desk) -> None:
    desk.show.pads.turn_bank(1)
    desk.posted.clear()
    desk.console.press_pad(0)
    assert desk.posted == [HardCut(stamp_ns=desk.now, scene="Solar Wind")]


def test_a_knob_is_clamped_and_repeats_nothing(desk: Desk) -> None:
    desk.console.turn_knob("field.energy", 7.0)
    desk.console.turn_knob("field.energy", 1.0)
    desk.console.reset_knob("field.energy")
    assert desk.posted == [
        SetParameter(stamp_ns=desk.now, parameter="field.energy", value=1.0),
        SetParameter(stamp_ns=desk.now, parameter="field.energy", value=0.6),
    ]


def test_a_knob_under_the_hand_does_not_jump_back(desk: Desk) -> None:
    knob = desk.show.knobs.knobs["field.energy"]
    desk.console.turn_knob("field.energy", 0.9)
    desk.engine.emit(desk.engine.committed())  # left the engine before it heard the gesture
    assert knob.target == 0.9
    desk.engine.emit(desk.engine.committed(values={"field.energy": 0.7}, targets={"field.energy": 0.9}))
    assert (knob.value, knob.target, knob.gliding) == (0.7, 0.9, True)
    desk.engine.emit(desk.engine.committed(values={"field.energy": 0.3}))
    assert (knob.value, knob.target) == (0.3, 0.3)


def test_a_gesture_that_nobody_confirms_is_given_up(desk: Desk) -> None:
    knob = desk.show.knobs.knobs["field.energy"]
    desk.console.turn_knob("field.energy", 0.9)
    desk.engine.time_ns += 2 * SECOND
    desk.engine.emit(desk.engine.committed())
    assert knob.target == 0.6


def test_a_refused_value_returns(desk: Desk) -> None:
    desk.console.turn_knob("field.energy", 0.9)
    refused = CommandRefused(at_ns=desk.now, command=desk.posted[0], text="Energy cannot be 0.9.")
    desk.engine.emit(refused)
    assert desk.show.knobs.knobs["field.energy"].target == 0.6
    assert desk.show.log.last is not None
    assert desk.show.log.last.text == "Energy cannot be 0.9."


def test_a_macro_moves_what_lies_under_it_and_stands_with_the_first(desk: Desk) -> None:
    parts = (MacroPart("field.energy", Span(0.2, 0.6)), MacroPart("field.hue", Span(invert=True)), MacroPart("gone"))
    desk.engine.put_macros({2: Macro(parts, "Storm")})
    desk.show.refresh_front()
    desk.posted.clear()  # the engine was told what the macros move
    desk.show.follow(MidiSnapshot(ghosts={"macro.2": 0.9}, waiting=frozenset({"macro.2"})))
    knob = desk.show.macros.knobs[1]
    assert (knob.spec.label, knob.empty, knob.ghost, knob.pickup) == ("Storm", False, 0.9, True)
    assert (desk.show.macros.knobs[0].spec.label, desk.show.macros.knobs[0].empty) == ("Macro 1", True)
    desk.console.turn_knob("macro.2", 50.0)
    desk.console.turn_knob("macro.1", 50.0)
    assert desk.posted == [
        SetParameter(stamp_ns=desk.now, parameter="field.energy", value=pytest.approx(0.4)),
    ]  # hue stands at its middle already
    assert (knob.target, knob.value) == (pytest.approx(50.0), pytest.approx(100.0))
    desk.engine.emit(desk.engine.committed(values={"field.energy": 0.3}, targets={"field.energy": 0.4}))
    assert (knob.target, knob.value) == (pytest.approx(50.0), pytest.approx(25.0))
    desk.console.reset_knob("macro.2")
    assert desk.posted[1:] == [SetParameter(stamp_ns=desk.now, parameter="field.energy", value=0.6)]


def test_prompts_are_tidied_and_can_be_taken_back(desk: Desk) -> None:
    desk.engine.emit(desk.engine.committed(prompt="first"))
    desk.console.enter_prompt("  second   dream ")
    desk.console.enter_prompt("   ")
    desk.console.undo()
    desk.console.undo()
    assert desk.posted == [
        SetPrompt(stamp_ns=desk.now, text="second dream", chunks=5),
        SetPrompt(stamp_ns=desk.now, text="first", chunks=5),
    ]
    assert desk.show.log.last is not None
    assert desk.show.log.last.text == "There is nothing to take back"


def test_an_assignment_can_be_taken_back_and_keeps_ready_what_is_in_front(desk: Desk) -> None:
    names = tuple(desk.engine.scenes)[:16]
    desk.console.scenes.assign(0, "Ash")
    assert desk.show.pads.scene_at(0) == "Ash"
    desk.console.undo()
    assert desk.show.pads.scene_at(0) == "Molten Gold"
    assert desk.posted == [
        ArmBank(stamp_ns=desk.now, scenes=("Ash", *names[1:])),
        ArmBank(stamp_ns=desk.now, scenes=names),
    ]


def test_switches_toggle_from_what_was_asked_last(desk: Desk) -> None:
    desk.console.output.toggle_blackout()
    desk.console.output.toggle_blackout()
    desk.console.output.toggle_freeze()
    desk.console.panic()
    assert desk.posted == [
        SetBlackout(stamp_ns=desk.now, on=True),
        SetBlackout(stamp_ns=desk.now, on=False),
        SetFreeze(stamp_ns=desk.now, on=True),
        Panic(stamp_ns=desk.now),
    ]
    assert not desk.show.transport.freeze.shown


def test_an_old_report_does_not_undo_a_blackout(desk: Desk) -> None:
    desk.console.output.toggle_blackout()
    desk.engine.emit(desk.engine.output(blackout=False))
    assert desk.show.transport.blackout.shown
    desk.engine.emit(desk.engine.output(blackout=True))
    assert not desk.show.transport.blackout.waiting
    desk.engine.emit(desk.engine.output(blackout=False))
    assert not desk.show.transport.blackout.shown


def test_tempo(desk: Desk) -> None:
    desk.console.tap()
    desk.console.set_tempo(1000.0)
    assert desk.posted == [Tap(stamp_ns=desk.now), SetTempo(stamp_ns=desk.now, bpm=300.0)]


def test_sources_generators_and_canvas(desk: Desk) -> None:
    assert desk.console.select_source("camera:2")
    desk.console.drop_file(Path("/shows/a b.mp4"))
    assert not desk.console.select_source("camera:")
    desk.console.select_generator("wan")
    desk.console.output.set_canvas(1920, 1080)
    desk.console.output.set_output_rate(Fraction(25))
    desk.console.cancel_queued()
    assert desk.posted == [
        SelectSource(stamp_ns=desk.now, spec="camera:2"),
        SelectSource(stamp_ns=desk.now, spec="file:/shows/a b.mp4"),
        SelectGenerator(stamp_ns=desk.now, name="wan"),
        SetCanvas(stamp_ns=desk.now, width=1920, height=1080),
        SetOutputRate(stamp_ns=desk.now, rate=Fraction(25)),
        CancelQueued(stamp_ns=desk.now),
    ]
    assert [entry.text for entry in desk.show.log.entries] == [
        "The source camera needs an address (camera:). Write camera:N or camera:NAME or camera:URL."
    ]


def test_a_pressed_pad_waits_until_its_cut_is_seen(desk: Desk) -> None:
    desk.engine.emit(desk.engine.committed("Ice Cathedral"))
    desk.console.press_pad(0)
    states = [pad.state.value for pad in desk.show.pads.shown[:3]]
    assert states == ["queued", "playing", "loaded"]
    desk.engine.emit(
        CutShown(at_ns=desk.now, epoch=4, scene="Molten Gold", origin=Origin.WINDOW, latency_ns=90_000_000)
    )
    assert [pad.state.value for pad in desk.show.pads.shown[:3]] == ["playing", "loaded", "loaded"]
    assert desk.show.log.last is not None
    assert desk.show.log.last.text == "Cut to Molten Gold, 90 ms"
