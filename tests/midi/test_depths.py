"""A control on the depth of a modulator: it is picked up, turned, and told to the engine."""

import pytest

from app.control.slots import Slot, SlotKind, parse_slots
from app.control.takeover import TakeoverMode
from app.midi.bindings import Binding, Mode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.control_surface import ControlSurface
from app.midi.interpreter import Moved, Turned
from engine.messages.commands import Command
from engine.messages.modulation import AudioFollower, Lfo, Modulator
from engine.messages.modulation_commands import SetModulationDepth
from engine.messages.modulation_events import ModulationChanged
from tests.midi.core_parts import front

[SLOT] = parse_slots("depth:field.energy/2")
SOURCE = ControlId(MessageKind.CC, 20, 1)
KICK = Modulator(source=AudioFollower(feature="kick"), depth=0.5)


def surface(mode: TakeoverMode, *there: Modulator) -> ControlSurface:
    found = ControlSurface(front(takeover=mode))
    found.told(ModulationChanged(at_ns=0, on=True, scene={"field.energy": there}, everywhere={}))
    return found


def turned(desk: ControlSurface, *positions: float) -> list[Command]:
    binding = Binding(source=SOURCE, slot=SLOT, mode=Mode.ABSOLUTE)
    asked = [one for position in positions for one in desk.play("desk", Moved(SOURCE, binding, position), 5)]
    assert all(isinstance(one, Command) for one in asked)
    return [one for one in asked if isinstance(one, Command)]


def test_a_depth_is_picked_up_and_turned() -> None:
    assert Slot(SlotKind.DEPTH, name="field.energy/2") == SLOT and str(SLOT) == "depth:field.energy/2"
    desk = surface(TakeoverMode.PICKUP, KICK, KICK)
    assert turned(desk, 0.2, 0.6) == []
    commands = turned(desk, 0.75, 1.0, 0.0)
    assert [(one.target, one.place, one.depth) for one in commands if isinstance(one, SetModulationDepth)] == [
        ("field.energy", 2, 0.5),
        ("field.energy", 2, 1.0),
        ("field.energy", 2, -1.0),
    ]
    assert desk.travel(SLOT) == 0.0


def test_an_encoder_goes_on_from_where_the_depth_is() -> None:
    desk = surface(TakeoverMode.PICKUP, KICK, Modulator(source=Lfo(), depth=-0.2))
    binding = Binding(source=SOURCE, slot=SLOT, mode=Mode.RELATIVE)
    [command] = desk.play("desk", Turned(SOURCE, binding, 0.1), 5)
    assert isinstance(command, SetModulationDepth)
    assert command.depth == pytest.approx(0.0)


def test_where_there_is_no_modulator_nothing_is_asked() -> None:
    desk = surface(TakeoverMode.JUMP, KICK)
    assert turned(desk, 0.0, 1.0) == []
    assert desk.travel(SLOT) is None
