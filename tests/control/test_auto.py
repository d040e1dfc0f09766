"""The auto-pilot, modulation and macros from a hand to the engine, and the same over OSC and MIDI."""

from dataclasses import replace

import pytest

from app.control.actions import action, is_in_front
from app.control.auto import AutoSettings
from app.control.intents import (
    SetAuto,
    SetMacroSpan,
    SetModulation,
    ToggleMacroPart,
    TuneAuto,
    TurnBank,
    UseFront,
)
from app.control.macros import Macro, MacroPart
from app.control.reducer import apply, resumed
from app.control.slots import Slot, SlotKind
from app.control.spans import Span
from app.midi.messages.types import ChannelPressure, Message, NoteOn, PolyPressure
from app.midi.modulation import Listening
from app.osc.addresses import depth_path
from app.osc.core import OscCore
from app.osc.packets import Message as OscMessage
from app.osc.packets import OscError
from engine.messages.autopilot import AutoPilotTime, AutoPilotWay
from engine.messages.commands import Command, Origin, SetAutoPilot
from engine.messages.modulation import Envelope, Lfo, Modulator, Pressure, Trigger
from engine.messages.modulation_commands import (
    FireTrigger,
    RouteMacros,
    SetModulationDepth,
    SetPressure,
    SwitchModulation,
)
from engine.messages.modulation_events import ModulationChanged
from engine.messages.output_commands import SetStrobe
from tests.midi.core_parts import front

WINDOW = Origin.WINDOW
PADS = (*(f"Scene {number}" for number in range(16)), "Other", "Scene 3", "Other")


def flying(**settings: object) -> tuple[AutoSettings, list[Command]]:
    state = front(pads=PADS, scenes=frozenset(PADS), auto=AutoSettings(**settings))  # type: ignore[arg-type]
    outcome = apply(state, SetAuto(), 2**40 + 7, WINDOW)
    return outcome.state.auto, list(outcome.commands)


def test_auto_flies_through_the_pads_in_front_and_stops() -> None:
    auto, [command] = flying(bars=4, way=AutoPilotWay.MORPH)
    assert isinstance(command, SetAutoPilot) and command.plan is not None and auto.on
    assert [scene for scene, _ in command.plan.scenes] == list(PADS[:16])
    assert (command.plan.bars, command.plan.way, command.plan.seed) == (4, AutoPilotWay.MORPH, 7)
    _, [command] = flying(on=True)
    assert isinstance(command, SetAutoPilot) and command.plan is None


def test_another_bank_is_another_flight_and_a_scene_on_two_pads_counts_twice() -> None:
    state = front(pads=PADS, scenes=frozenset(PADS), auto=AutoSettings(on=True))
    plan = next(one.plan for one in apply(state, TurnBank(2), 0, WINDOW).commands if isinstance(one, SetAutoPilot))
    assert plan is not None and [scene for scene, _ in plan.scenes] == ["Other", "Scene 3", "Other"]
    still = replace(state, auto=AutoSettings())
    assert not any(isinstance(one, SetAutoPilot) for one in apply(still, TurnBank(2), 0, WINDOW).commands)


def test_macros_are_routed_as_far_as_they_reach() -> None:
    state = front()
    after = apply(state, ToggleMacroPart(2, "field.energy"), 0, WINDOW)
    assert [one.routes for one in after.commands if isinstance(one, RouteMacros)] == [
        {"macro.2": (("field.energy", 1.0),)}
    ]
    turned = apply(after.state, SetMacroSpan(2, "field.energy", Span(0.2, 0.6, invert=True)), 0, WINDOW)
    [command] = turned.commands
    assert isinstance(command, RouteMacros)
    assert command.routes["macro.2"][0][1] == pytest.approx(-0.4)


def test_another_generator_is_told_what_goes_on() -> None:
    macros = {1: Macro((MacroPart("field.hue"),))}
    state = front(macros=macros, modulated=False, auto=AutoSettings(on=True), scenes=frozenset(PADS), pads=PADS)
    kinds = [type(one) for one in resumed(state, 0, WINDOW)]
    assert kinds == [RouteMacros, SwitchModulation, SetAutoPilot]
    assert not resumed(front(), 0, WINDOW)


def test_a_show_brings_back_how_it_flew_and_what_was_off() -> None:
    auto = AutoSettings(on=True, bars=16, way=AutoPilotWay.MORPH)
    for pads in (PADS, ("", *PADS)):  # the same scenes in front, and others
        state = front(scenes=frozenset(PADS), pads=PADS)
        after = apply(state, UseFront(pads=pads, morph_seconds=2.0, auto=auto, modulated=False), 0, WINDOW)
        assert (after.state.auto, after.state.modulated) == (auto, False)
        [flown] = [one for one in after.commands if isinstance(one, SetAutoPilot)]
        assert flown.plan is not None and flown.plan.bars == 16
        assert [one.on for one in after.commands if isinstance(one, SwitchModulation)] == [False]
        ended = apply(after.state, UseFront(pads=pads, morph_seconds=2.0, auto=AutoSettings()), 0, WINDOW)
        assert [one.plan for one in ended.commands if isinstance(one, SetAutoPilot)] == [None]
        assert not ended.state.modulated


@pytest.mark.parametrize("kind", [SlotKind.AUTO_BARS, SlotKind.AUTO_TIME, SlotKind.AUTO_WAY, SlotKind.AUTO_THROUGH])
def test_buttons_let_it_fly_otherwise_and_their_lights_tell_how(kind: SlotKind) -> None:
    state = front()
    numbers = range(1, 2 if kind in (SlotKind.AUTO_TIME, SlotKind.AUTO_THROUGH) else 3)
    for number in (*numbers, numbers.stop):
        asked = action(Slot(kind, number), 0, Origin.MIDI)
        assert isinstance(asked, TuneAuto)
        state = apply(state, asked, 0, Origin.MIDI).state
        lit = [one for one in (*numbers, numbers.stop) if is_in_front(Slot(kind, one), state)]
        assert lit == [number]


def osc(message: OscMessage) -> object:
    [(_, asked)] = OscCore(front()).handle(message, 5).asked
    return asked


@pytest.mark.parametrize(
    ("path", "arguments", "asked"),
    [
        ("/hardcut/auto", (True,), SetAuto(True)),
        ("/hardcut/auto/bars", (16,), TuneAuto(bars=16)),
        ("/hardcut/auto/way", ("either",), TuneAuto(way=AutoPilotWay.EITHER)),
        ("/hardcut/auto/time", ("sections",), TuneAuto(time=AutoPilotTime.SECTIONS)),
        ("/hardcut/auto/through", ("playlist",), TuneAuto(prompts=True)),
        ("/hardcut/modulation", (0,), SetModulation(False)),
        ("/hardcut/trigger", (), FireTrigger(trigger=Trigger.HAND, stamp_ns=5, origin=Origin.OSC)),
        ("/hardcut/strobe", (1,), SetStrobe(on=True, stamp_ns=5, origin=Origin.OSC)),
        (
            "/hardcut/depth/field/hue/2",
            (-0.5,),
            SetModulationDepth(target="field.hue", place=2, depth=-0.5, stamp_ns=5, origin=Origin.OSC),
        ),
        (
            "/hardcut/depth/macro/8/1",
            (1.0,),
            SetModulationDepth(target="macro.8", place=1, depth=1.0, stamp_ns=5, origin=Origin.OSC),
        ),
    ],
)
def test_osc_reaches_all_of_it(path: str, arguments: tuple[object, ...], asked: object) -> None:
    assert osc(OscMessage(path, arguments)) == asked  # type: ignore[arg-type]


def test_osc_tells_depths_and_refuses_what_is_none() -> None:
    core = OscCore(front())
    scene = {"field.hue": (Modulator(source=Lfo(), depth=0.25),)}
    core.hear(ModulationChanged(at_ns=0, on=True, scene=scene, everywhere={}))
    assert core.values[depth_path("field.hue", 1)] == (0.25,)
    assert depth_path("field.hue", 2) not in core.values
    core.hear(ModulationChanged(at_ns=0, on=True, scene={}, everywhere={}))
    assert depth_path("field.hue", 1) not in core.values
    with pytest.raises(OscError):
        osc(OscMessage("/hardcut/depth/field/hue/1", (1.5,)))
    with pytest.raises(OscError):
        osc(OscMessage("/hardcut/depth/output/level/1", (0.5,)))


@pytest.mark.parametrize(
    ("source", "message", "asked"),
    [
        (Envelope(trigger=Trigger.NOTE), NoteOn(1, 60, 90), FireTrigger),
        (Envelope(trigger=Trigger.PAD), NoteOn(1, 60, 90), None),
        (Pressure(), ChannelPressure(1, 127), SetPressure),
        (Pressure(), PolyPressure(1, 60, 64), SetPressure),
        (Pressure(), NoteOn(1, 60, 90), None),
    ],
)
def test_midi_plays_what_listens_to_it(source: object, message: Message, asked: type | None) -> None:
    scene = {"field.hue": (Modulator(source=source),)}  # type: ignore[arg-type]
    for event in (
        ModulationChanged(at_ns=0, on=True, scene=scene, everywhere={}),
        ModulationChanged(at_ns=0, on=True, scene={}, everywhere=scene),
    ):
        command = Listening.to(event).command(message, 3)
        assert (type(command) if command is not None else None) is asked
