"""A display's corners under knobs: bound as anything continuous, picked up, told to the engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.corners import REACH, CornerSeat, DisplayCorners, corner_of
from app.control.slots import SlotKind, parse_slots
from app.control.takeover import TakeoverMode
from app.dmx.bindings import DmxBinding, DmxControl
from app.dmx.surface import asked
from app.midi.bindings import Binding, Mode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.control_surface import ControlSurface
from app.midi.interpreter import Moved, Turned
from engine.messages.commands import Origin
from engine.messages.output_commands import AdjustShape
from engine.messages.output_events import OutputChanged
from engine.messages.shape import DisplayShape, parse_shape
from tests.midi.core_parts import FakeSystem, front, profile
from tests.midi.test_core import A, Booth
from tests.output_events import output_changed

[RIGHT] = parse_slots("corner:display:2/1/x")
[DOWN] = parse_slots("corner:display:2/1/y")
CONTROL = ControlId(MessageKind.CC, 20, 1)


def output(shape: DisplayShape) -> OutputChanged:
    return output_changed(
        name="Test",
        shapes={"display:2": shape},
    )


class Wall:
    """A surface with one knob, and the shape that its commands give."""

    def __init__(self, mode: TakeoverMode = TakeoverMode.PICKUP) -> None:
        self.surface = ControlSurface(front(takeover=mode))
        self.shape = DisplayShape()

    def turn(self, *positions: float) -> int:
        """Turn the knob; return how many commands that gave."""
        binding = Binding(source=CONTROL, slot=RIGHT, mode=Mode.ABSOLUTE)
        commands = [one for at in positions for one in self.surface.play("desk", Moved(CONTROL, binding, at), 5)]
        for one in commands:
            assert isinstance(one, AdjustShape) and one.sink == "display:2"
            self.shape = parse_shape(str(one.after(self.shape)))  # as it goes to the output and back
        return len(commands)

    def tell(self, shape: DisplayShape) -> None:
        self.shape = shape
        self.surface.told(output(shape))


def test_a_corner_is_picked_up_and_turned_in_its_own_direction() -> None:
    wall = Wall()
    wall.tell(DisplayShape(((0.0, 0.1), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))))
    assert wall.turn(0.1, 0.3) == 0  # the corner stands in the middle
    assert wall.turn(0.6, 1.0) == 2
    assert wall.shape.corners[0] == (REACH, 0.1)
    assert wall.surface.travel(RIGHT) == 1.0
    wall.turn(0.0)
    assert wall.shape.corners[0] == (-REACH, 0.1)


def test_bytes_of_a_controller_move_the_picture_on_the_display() -> None:
    """Two knobs on the two directions of one corner, turned in turn, and its state told back by the output."""
    controls = [{"slots": [str(RIGHT), str(DOWN)], "cc": "20-21", "channel": 1}]
    system = FakeSystem([A])
    booth = Booth(system, profile(controls=controls))
    booth.pass_time()
    shape = DisplayShape()
    for control, value in ((20, 64), (21, 63), (20, 127), (21, 127), (20, 96)):
        system.open_inputs[A].arrived.append(bytes([0xB0, control, value]))
        booth.take(output(shape))
        for command in booth.posted:
            assert isinstance(command, AdjustShape)
            shape = parse_shape(str(command.after(shape)))
        booth.posted.clear()
    assert shape.corners[0] == pytest.approx(((2 * 96 / 127 - 1) * REACH, REACH), abs=1e-4)
    assert shape.corners[1:] == DisplayShape().corners[1:]


def test_its_own_moves_come_back_late_and_do_not_take_it_out_of_the_hand() -> None:
    wall = Wall()
    wall.turn(0.5, 0.6)
    first = wall.shape
    wall.turn(0.7, 0.9)
    newest = wall.shape
    for late in (DisplayShape(), first, newest):
        wall.surface.told(output(late))
        assert wall.surface.travel(RIGHT) == pytest.approx(0.9)
    assert wall.turn(0.2) == 1


def test_moved_by_another_hand_it_is_picked_up_anew() -> None:
    wall = Wall()
    wall.turn(0.5, 0.6)
    wall.surface.told(output(wall.shape))
    wall.tell(DisplayShape(((-0.16, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))))
    assert wall.surface.travel(RIGHT) == pytest.approx(0.1)
    assert wall.turn(0.65, 0.5) == 0
    assert wall.turn(0.05) == 1


def test_an_encoder_goes_on_from_where_the_corner_is() -> None:
    wall = Wall()
    wall.tell(DisplayShape(((0.1, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))))
    binding = Binding(source=CONTROL, slot=RIGHT, mode=Mode.RELATIVE)
    for _ in range(2):
        [command] = wall.surface.play("desk", Turned(CONTROL, binding, 0.1), 5)
        assert isinstance(command, AdjustShape)
        wall.shape = command.after(wall.shape)
    assert wall.shape.corners[0] == pytest.approx((0.18, 0.0))


def test_a_channel_of_dmx_is_the_place() -> None:
    binding = DmxBinding(DmxControl(1, 7), DOWN)
    [command] = asked(binding, 1.0, None, front(), 5)
    assert isinstance(command, AdjustShape) and command.origin is Origin.DMX
    assert command.place == (None, REACH)


@given(
    st.sampled_from(["display", "display:2", "display:HDMI/A 1"]),
    st.integers(1, 4),
    st.integers(0, 1),
    st.floats(0.0, 1.0),
)
def test_every_corner_can_be_written_and_comes_back_where_it_was_put(
    sink: str, corner: int, axis: int, travel: float
) -> None:
    seat = CornerSeat(sink, corner, axis)
    [slot] = parse_slots(str(seat.slot))
    assert slot == seat.slot and slot.continuous and corner_of(slot) == seat
    found = DisplayCorners().turned(slot, travel, 5, Origin.MIDI)
    assert found is not None
    command, there = found
    told = DisplayCorners({sink: parse_shape(str(command.after(DisplayShape())))})
    assert told.travel(slot) == there == pytest.approx(travel, abs=1e-3)


@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from([0.0, 1.0]) | st.floats(0.0, 1.0)), max_size=30))
def test_no_knob_brings_the_corners_across_each_other(moves: list[tuple[int, float]]) -> None:
    shape = DisplayShape()
    for number, travel in moves:
        found = DisplayCorners().turned(CornerSeat("display", number // 2 + 1, number % 2).slot, travel, 5, Origin.MIDI)
        assert found is not None
        shape = found[0].after(shape)
    assert shape.places


@pytest.mark.parametrize("text", ["corner:display:2", "corner:display:2/5/x", "corner:display:2/1/z", "corner:/1/x"])
def test_what_names_no_corner_moves_nothing(text: str) -> None:
    [slot] = parse_slots(text)
    assert slot.kind is SlotKind.CORNER and corner_of(slot) is None
    assert DisplayCorners().turned(slot, 0.5, 5, Origin.MIDI) is None
