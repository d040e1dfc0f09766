"""Bindings: encodings, spans, modes, pairs, banks, macros and scale takeover, from messages to exact commands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.macros import Macro, MacroPart
from app.control.reducer import apply
from app.control.slots import Slot, SlotKind
from app.control.spans import Shape, Span
from app.control.takeover import Takeover, TakeoverMode
from app.midi.bindings import Binding, BindingMap, Encoding, Mode, Resolution, bound, find_conflict, settled
from app.midi.control_ids import ControlId, MessageKind
from app.midi.control_surface import ControlSurface
from app.midi.interpreter import Interpreter
from app.midi.messages.pairs import Pair
from app.midi.messages.types import (
    ChannelPressure,
    ControlChange,
    Message,
    NoteOff,
    NoteOn,
    PitchBend,
    PolyPressure,
    ProgramChange,
)
from engine.messages.commands import (
    Command,
    HardCut,
    Origin,
    SetParameter,
)
from engine.messages.output_commands import SetBlackout, SetFreeze
from tests.midi.core_parts import front

KNOB = ControlId(MessageKind.CC, 1, 1)
PAD = ControlId(MessageKind.NOTE, 36, 1)
ENERGY = Slot(SlotKind.PARAMETER, name="field.energy")
HUE = Slot(SlotKind.PARAMETER, name="field.hue")


def binding(source: ControlId = KNOB, slot: Slot = ENERGY, mode: Mode = Mode.ABSOLUTE, **more: object) -> Binding:
    return Binding(source=source, slot=slot, mode=mode, **more)  # type: ignore[arg-type]


class Board:
    """Bindings played by messages at 7 ns; answers with (parameter, value) or the command's class."""

    def __init__(self, *bindings: Binding, **macros: tuple[MacroPart, ...]) -> None:
        self.reader = Interpreter(BindingMap().over(bindings))
        numbered = {int(name[1:]): Macro(parts) for name, parts in macros.items()}
        self.surface = ControlSurface(front(macros=numbered))

    def play(self, *messages: Message) -> list[Command]:
        commands: list[Command] = []
        for message in messages:
            for gesture in self.reader.read(message):
                if self.reader.turn_bank(gesture.slot):
                    self.surface.bank_turned("x")
                for asked in self.surface.play("x", gesture, 7):
                    if isinstance(asked, Command):
                        commands.append(asked)
                    else:
                        commands += apply(self.surface.state, asked, 7, Origin.MIDI).commands
        return commands

    def values(self, *messages: Message) -> list[tuple[str, float]]:
        return [(one.parameter, one.value) for one in self.play(*messages) if isinstance(one, SetParameter)]


def cc(value: int, number: int = 1) -> ControlChange:
    return ControlChange(1, number, value)


@pytest.mark.parametrize(
    ("encoding", "up", "fast_up", "down", "fast_down"),
    [
        (Encoding.TWOS_COMPLEMENT, 1, 5, 127, 123),
        (Encoding.SIGNED_BIT, 1, 5, 65, 69),
        (Encoding.BINARY_OFFSET, 65, 69, 63, 59),
    ],
)
def test_relative_encodings_keep_their_magnitude(
    encoding: Encoding, up: int, fast_up: int, down: int, fast_down: int
) -> None:
    assert [encoding.steps(value) for value in (up, fast_up, down, fast_down)] == [1, 5, -1, -5]
    board = Board(binding(mode=Mode.RELATIVE, encoding=encoding))
    values = [value for _, value in board.values(cc(up), cc(fast_up), cc(down), cc(fast_down), cc(fast_down))]
    assert values == pytest.approx([1 / 127, 6 / 127, 5 / 127, 0.0, 0.0])


@given(st.sampled_from(Shape), st.floats(0, 0.5), st.floats(0.5001, 1), st.booleans(), st.floats(0, 1))
def test_a_span_is_undone_by_its_inverse(shape: Shape, low: float, high: float, invert: bool, position: float) -> None:
    span = Span(low, high, invert, shape)
    assert low - 1e-9 <= span.travel(position) <= high + 1e-9
    assert span.travel(span.position(span.travel(position))) == pytest.approx(span.travel(position), abs=1e-6)


def test_range_and_invert() -> None:
    board = Board(binding(span=Span(0.25, 0.75, invert=True), takeover=TakeoverMode.JUMP))
    assert board.values(cc(0), cc(127)) == [("field.energy", 0.75), ("field.energy", 0.25)]
    with pytest.raises(ValueError, match="upwards"):
        Span(0.8, 0.2)


def test_pickup_on_a_part_of_the_range_meets_its_nearest_end() -> None:
    board = Board(binding(span=Span(0.5, 1.0)))  # the value, 0, lies below the range
    assert board.values(cc(64)) == []
    assert board.values(cc(0)) == [("field.energy", 0.5)]


def test_a_pair_rests_where_it_was_left_whichever_half_comes_first() -> None:
    board = Board(binding(ControlId(MessageKind.CC14, 1, 1), takeover=TakeoverMode.JUMP))
    assert board.values(cc(127)) == [("field.energy", 1.0)]  # a seven-bit device reaches the top
    for halves, rest in (
        ((("M", 0), ("L", 0), ("M", 1), ("L", 0), ("M", 0), ("L", 0)), 0.0),
        ((("L", 0), ("M", 0), ("L", 0), ("M", 1), ("L", 0), ("M", 2), ("L", 0), ("M", 1), ("L", 0), ("M", 0)), 0.0),
        ((("L", 0), ("M", 0), ("L", 0), ("M", 64), ("L", 127), ("M", 127)), 1.0),
        ((("L", 0), ("M", 63), ("L", 127), ("M", 63), ("L", 0), ("M", 64)), 64 * 128 / 16383),
        ((("M", 10), ("L", 5), ("M", 100)), 100 * 128 / 16383),  # alone, it sets the fine half to 0
    ):
        board = Board(binding(ControlId(MessageKind.CC14, 1, 1), takeover=TakeoverMode.JUMP))
        heard = board.values(*(cc(value, 1 if half == "M" else 33) for half, value in halves))
        assert heard[-1] == ("field.energy", pytest.approx(rest)), halves


@given(st.booleans(), st.integers(0, 1), st.lists(st.integers(0, 16383), min_size=3, max_size=12))
def test_the_pause_tells_which_halves_belong_together(fine_first: bool, lost: int, values: list[int]) -> None:
    """A pair is heard from the middle of a value on, as when it is bound while it moves."""
    sent: list[tuple[bool, int, int]] = []
    for number, value in enumerate(values):
        at_ns = 10_000_000 * number
        halves = [(True, value >> 7), (False, value & 127)]
        for later, (coarse, half) in enumerate(reversed(halves) if fine_first else halves):
            sent.append((coarse, half, at_ns + later * 1_000_000))
    pair, heard = Pair(), None
    for coarse, half, at_ns in sent[lost:]:
        heard = pair.coarse(half, at_ns) if coarse else pair.fine(half, at_ns)
    assert heard == pytest.approx(values[-1] / 16383)


def test_a_pair_stands_for_its_halves() -> None:
    layout = BindingMap().over([bound(KNOB, HUE), bound(ControlId(MessageKind.CC, 33), HUE)])
    over = layout.over([bound(ControlId(MessageKind.CC14, 1, 1), ENERGY)])
    assert [one.slot for one in over.every()] == [ENERGY]


def test_bend_pressure_and_programs_are_controls() -> None:
    board = Board(
        binding(ControlId(MessageKind.BEND, 0, 1), takeover=TakeoverMode.JUMP),
        binding(ControlId(MessageKind.PRESSURE, 0, 1), HUE, takeover=TakeoverMode.JUMP),
        binding(ControlId(MessageKind.POLY_PRESSURE, 36, 1), HUE, takeover=TakeoverMode.JUMP),
        binding(ControlId(MessageKind.PROGRAM, 3, 1), Slot(SlotKind.SCENE, name="Tide"), Mode.TRIGGER),
    )
    assert board.values(PitchBend(1, -8192), PitchBend(1, 8191)) == [("field.energy", 0.0), ("field.energy", 1.0)]
    pressed = board.values(ChannelPressure(1, 127), PolyPressure(1, 36, 0))
    assert pressed == [("field.hue", 180.0), ("field.hue", -180.0)]
    assert board.play(ProgramChange(1, 2)) == []
    assert board.play(ProgramChange(1, 3)) == [HardCut(scene="Tide", stamp_ns=7, origin=Origin.MIDI)]


ON, OFF = NoteOn(1, 36, 127), NoteOff(1, 36, 0)


@pytest.mark.parametrize(
    ("mode", "values"),
    [
        (Mode.TOGGLE, [1.0, 0.0]),
        (Mode.MOMENTARY, [1.0, 0.0, 1.0, 0.0]),
        (Mode.TRIGGER, [1.0, 1.0]),
    ],
)
def test_buttons_on_parameters(mode: Mode, values: list[float]) -> None:
    assert [value for _, value in Board(binding(PAD, mode=mode)).values(ON, OFF, ON, OFF)] == values


def test_velocity_as_a_value() -> None:
    board = Board(binding(PAD, mode=Mode.ABSOLUTE, takeover=TakeoverMode.JUMP))
    assert board.values(NoteOn(1, 36, 100)) == [("field.energy", 100 / 127)]


def test_momentary_freeze_and_trigger_blackout() -> None:
    board = Board(
        binding(PAD, Slot(SlotKind.FREEZE), Mode.MOMENTARY),
        binding(ControlId(MessageKind.NOTE, 37, 1), Slot(SlotKind.BLACKOUT), Mode.TRIGGER),
    )
    assert board.play(ON, OFF) == [
        SetFreeze(on=True, stamp_ns=7, origin=Origin.MIDI),
        SetFreeze(on=False, stamp_ns=7, origin=Origin.MIDI),
    ]
    other = NoteOn(1, 37, 5)
    assert board.play(other, other) == [SetBlackout(on=True, stamp_ns=7, origin=Origin.MIDI)] * 2


def test_banks_share_a_control_and_rearm_it() -> None:
    board = Board(
        binding(bank=1),
        binding(slot=HUE, bank=2),
        bound(ControlId(MessageKind.NOTE, 1, 1), Slot(SlotKind.BANK_NEXT)),
        bound(ControlId(MessageKind.NOTE, 2, 1), Slot(SlotKind.BANK, 1)),
    )
    assert board.values(cc(0), cc(100)) == [("field.energy", 0.0), ("field.energy", 100 / 127)]
    board.play(NoteOn(1, 1, 9))
    assert board.values(cc(110)) == []  # hue stands in the middle and is to be crossed
    assert [name for name, _ in board.values(cc(20))] == ["field.hue"]
    board.play(NoteOn(1, 2, 9))
    assert board.values(cc(30)) == []  # energy was left at 100
    assert [name for name, _ in board.values(cc(120))] == ["field.energy"]


def test_a_macro_moves_several_and_is_picked_up_like_one() -> None:
    parts = (MacroPart("field.energy", Span(0.0, 0.5)), MacroPart("field.hue", Span(invert=True)))
    board = Board(bound(KNOB, Slot(SlotKind.MACRO, 1)), m1=parts)
    assert board.values(cc(64)) == []
    assert board.values(cc(0)) == [("field.energy", 0.0), ("field.hue", 180.0)]
    assert board.values(cc(127)) == [("field.energy", 0.5), ("field.hue", -180.0)]
    board.surface.committed({"field.energy": 0.1}, {"field.energy": Origin.WINDOW})
    assert board.values(cc(120)) == []


def test_the_knobs_are_the_macros_while_these_lie_in_front() -> None:
    board = Board(bound(KNOB, Slot(SlotKind.KNOB, 1)), m1=(MacroPart("field.hue"), MacroPart("field.energy")))
    assert [name for name, _ in board.values(cc(127), cc(0))] == ["field.energy"]
    board.surface.follow(replace(board.surface.state, macros_shown=True))
    assert board.values(cc(1)) == []  # hue stands in the middle
    assert [name for name, _ in board.values(cc(70))] == ["field.hue", "field.energy"]
    [state] = board.surface.knobs().values()
    assert state.parameter == "macro.1"


def test_one_control_may_do_two_things() -> None:
    board = Board(binding(takeover=TakeoverMode.JUMP), binding(slot=HUE, takeover=TakeoverMode.JUMP))
    assert board.values(cc(127)) == [("field.energy", 1.0), ("field.hue", 180.0)]


def test_a_silenced_control_does_nothing() -> None:
    factory = BindingMap().over([bound(ControlId(MessageKind.CC, 1), ENERGY)])
    board = Board()
    board.reader.layout = factory.over([binding(slot=Slot(SlotKind.NONE), mode=Mode.TRIGGER)])
    assert board.play(cc(0), cc(127)) == []


moves = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(st.floats(0, 1), st.floats(0, 1), moves)
def test_scaling_never_leaps_and_stays_in_range(travel: float, start: float, positions: list[float]) -> None:
    state = Takeover(start)
    for position in positions:
        before = travel
        state = state.moved(position, travel, TakeoverMode.SCALE)
        travel = travel if state.drives is None else state.drives
        assert -1e-9 <= travel <= 1 + 1e-9
        if not state.held:
            assert (travel - before) * (position - start) >= -1e-9  # the way the hand goes
        start = position


def test_scaling_meets_at_the_ends() -> None:
    state, travel = Takeover(0.2), 0.8
    for position in (0.5, 0.9, 1.0):
        state = state.moved(position, travel, TakeoverMode.SCALE)
        travel = travel if state.drives is None else state.drives
    assert (state.held, travel) == (True, pytest.approx(1.0))


def test_conflicts_are_told_and_settled_as_asked() -> None:
    layout = BindingMap().over(
        [bound(ControlId(MessageKind.CC, 1), HUE), binding(ControlId(MessageKind.CC, 2, 1), bank=2)]
    )
    wanted = binding()
    conflict = find_conflict(layout, wanted)
    assert conflict is not None
    assert conflict.sentence == "CC 1, channel 1 already does parameter:field.hue."
    assert [one.slot for one in settled(layout, wanted, Resolution.REPLACE)] == [ENERGY]
    both = settled(layout, wanted, Resolution.KEEP_BOTH)
    assert [(one.slot, one.source) for one in both] == [(HUE, KNOB), (ENERGY, KNOB)]
    assert [one.slot for one in settled(layout, wanted, Resolution.CANCEL)] == [HUE]
    assert find_conflict(layout, binding(slot=HUE)) is None  # it does that already
    assert find_conflict(layout, binding(ControlId(MessageKind.CC, 2, 1), HUE, bank=1)) is None  # another bank
    assert find_conflict(layout, binding(ControlId(MessageKind.CC, 9, 1))) is None
