"""From messages to commands: exact lists."""

import dataclasses

import pytest

from app.control.reducer import apply
from app.control.show import ShowState
from app.control.slots import Slot, SlotKind
from app.control.state import first_state
from app.control.takeover import TakeoverMode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.control_surface import ControlSurface, KnobState
from app.midi.feedback import Shown, led_board
from app.midi.interpreter import Interpreter, Released
from app.midi.messages.types import Clock, ControlChange, Message, NoteOff, NoteOn, PitchBend
from engine.messages.commands import Command, HardCut, Origin, Panic, SetParameter, SoftCut, Tap
from engine.messages.events import ArmState, SceneArming
from engine.messages.output_commands import SetBlackout, SetFreeze
from engine.messages.parameters import OUTPUT_LEVEL, OUTPUT_PARAMETERS, ParameterTable
from engine.messages.transitions import Launch
from tests.midi.core_parts import LEDS, SCENES, TABLE, front, profile

PROFILE = profile()
FRONT = front()
MIDI = Origin.MIDI


def cc(number: int, value: int, channel: int = 1) -> ControlChange:
    return ControlChange(channel, number, value)


def energy(value: int) -> SetParameter:
    return SetParameter(parameter="field.energy", value=value / 127, stamp_ns=5, origin=MIDI)


class Desk:
    """A surface with the table's defaults, played by messages at 5 ns."""

    def __init__(self, **changes: object) -> None:
        self.surface = ControlSurface(front(**changes))

    def play(self, *messages: Message, port: str = "desk") -> list[Command]:
        commands: list[Command] = []
        for message in messages:
            for gesture in Interpreter(PROFILE.layout).read(message):
                for asked in self.surface.play(port, gesture, 5):
                    if isinstance(asked, Command):
                        commands.append(asked)
                    else:
                        outcome = apply(self.surface.state, asked, 5, MIDI)
                        self.surface.follow(outcome.state)
                        commands += outcome.commands
        return commands

    def knob(self, number: int = 1) -> KnobState | None:
        return self.surface.knobs().get(Slot(SlotKind.KNOB, number))


def test_a_knob_picks_up_and_drives() -> None:
    desk = Desk()
    assert desk.play(cc(1, 64), cc(1, 30)) == []
    assert desk.knob() == KnobState("field.energy", 30 / 127, waiting=True)
    assert desk.play(cc(1, 0), cc(1, 20), cc(1, 127)) == [energy(0), energy(20), energy(127)]
    assert desk.knob() == KnobState("field.energy", 1.0, waiting=False)


def test_ranges_and_curves_are_the_parameters_own() -> None:
    desk = Desk(takeover=TakeoverMode.JUMP)
    commands = desk.play(cc(2, 0), cc(3, 127))
    assert [(c.parameter, c.value) for c in commands if isinstance(c, SetParameter)] == [
        ("field.hue", -180.0),
        ("field.grain", 4.0),
    ]


def test_someone_else_moving_the_parameter_rearms_and_crossing_catches_again() -> None:
    desk = Desk()
    assert desk.play(cc(1, 0), cc(1, 20)) == [energy(0), energy(20)]
    desk.surface.committed({"field.energy": 20 / 127}, {"field.energy": MIDI})
    assert desk.play(cc(1, 21)) == [energy(21)]
    desk.surface.committed({"field.energy": 0.9}, {"field.energy": Origin.WINDOW})
    assert desk.knob() == KnobState("field.energy", 21 / 127, waiting=True)
    assert desk.play(cc(1, 40), cc(1, 100)) == []
    assert desk.play(cc(1, 125), cc(1, 124)) == [energy(125), energy(124)]


def test_a_scene_recalled_from_a_pad_rearms_the_knobs() -> None:
    desk = Desk()
    assert desk.play(cc(1, 0), cc(1, 20), NoteOn(1, 37, 100)) == [
        energy(0),
        energy(20),
        HardCut(scene="Tide", stamp_ns=5, origin=MIDI),
    ]
    desk.surface.committed({"field.energy": 0.7}, {"field.energy": MIDI})
    assert desk.play(cc(1, 21)) == []


def test_two_controls_on_one_parameter_hand_over_softly() -> None:
    desk = Desk()
    assert desk.play(cc(1, 0), cc(1, 100), port="left") == [energy(0), energy(100)]
    assert desk.play(cc(1, 10), port="right") == []
    assert desk.knob() == KnobState("field.energy", 10 / 127, waiting=True)
    assert desk.play(cc(1, 110), port="right") == [energy(110)]
    assert desk.play(cc(1, 90), port="left") == []


def test_what_changes_hands_is_rearmed() -> None:
    desk = Desk()
    desk.play(cc(1, 0), cc(1, 100))
    grain, energy = TABLE["field.grain"], TABLE["field.energy"]
    swapped = ParameterTable([grain, energy]).joined(OUTPUT_PARAMETERS)
    desk.surface.follow(first_state(swapped, SCENES))
    assert desk.knob() == KnobState("field.grain", 100 / 127, waiting=True)
    assert desk.play(cc(1, 110)) == []


def test_another_generators_table_brings_its_own_parameters() -> None:
    desk = Desk()
    desk.play(cc(1, 0), cc(2, 64))
    other = ParameterTable([dataclasses.replace(TABLE["field.hue"], id="wan.strength")])
    desk.surface.follow(first_state(other, SCENES))
    assert desk.knob() == KnobState("wan.strength", 0.0, waiting=True)
    assert desk.knob(2) is None
    assert desk.play(cc(2, 66), cc(9, 10)) == []
    desk.surface.committed({"field.energy": 1.0}, {})


def test_unplugging_forgets_where_the_hardware_stood() -> None:
    desk = Desk()
    desk.play(cc(1, 0), cc(1, 100))
    desk.surface.vanished("desk")
    assert desk.knob() is None
    assert desk.play(cc(1, 20)) == []


def test_pads_cut_hard_or_soft_when_told() -> None:
    desk = Desk(launch=Launch.BAR)
    hard = HardCut(scene="Ember", launch=Launch.BAR, stamp_ns=5, origin=MIDI)
    soft = SoftCut(scene="Ember", chunks=5, launch=Launch.BAR, stamp_ns=5, origin=MIDI)
    press = (NoteOn(10, 36, 1), NoteOff(10, 36, 0))
    assert desk.play(*press) == [hard]
    assert desk.play(NoteOn(1, 44, 9)) == []
    assert desk.surface.state.soft
    assert desk.play(*press) == [soft]
    assert desk.play(NoteOn(1, 39, 100)) == []  # no scene on pad 4


def test_buttons_toggle_and_fire() -> None:
    desk = Desk()
    assert desk.play(NoteOn(1, 40, 9), NoteOff(1, 40, 9), NoteOn(1, 40, 9), NoteOn(1, 41, 9), NoteOn(1, 43, 9)) == [
        SetFreeze(on=True, stamp_ns=5, origin=MIDI),
        SetFreeze(on=False, stamp_ns=5, origin=MIDI),
        SetBlackout(on=True, stamp_ns=5, origin=MIDI),
        Tap(stamp_ns=5, origin=MIDI),
    ]


def test_panic_puts_the_master_up_and_rearms_its_fader() -> None:
    desk = Desk()
    down = SetParameter(parameter=OUTPUT_LEVEL, value=0.0, stamp_ns=5, origin=MIDI)
    up = SetParameter(parameter=OUTPUT_LEVEL, value=1.0, stamp_ns=5, origin=MIDI)
    assert desk.play(cc(9, 127), cc(9, 0)) == [up, down]
    assert desk.play(NoteOn(1, 41, 9), NoteOn(1, 42, 9)) == [
        SetBlackout(on=True, stamp_ns=5, origin=MIDI),
        Panic(stamp_ns=5, origin=MIDI),
    ]
    assert desk.surface.show == ShowState()
    assert desk.play(cc(9, 5)) == []


@pytest.mark.parametrize("message", [cc(1, 5, channel=2), cc(99, 5), NoteOn(1, 99, 1), PitchBend(1, 5), Clock()])
def test_what_is_not_bound_does_nothing(message: Message) -> None:
    assert Desk().play(message) == []


def test_a_controller_message_is_a_button_from_half_way() -> None:
    one = profile(controls=[{"slots": "tap", "cc": 41}])
    assert isinstance(Interpreter(one.layout).read(cc(41, 63))[0], Released)
    assert not isinstance(Interpreter(one.layout).read(cc(41, 64))[0], Released)


def test_lights_are_written_once_then_only_what_differs_then_put_out() -> None:
    board = led_board(profile(leds=LEDS))
    assert board is not None
    show = ShowState(scene="Ember", queued="Tide", freeze=True)
    first = board.lit(Shown(front=FRONT, show=show))
    pads = ["90 24 04", "92 25 02", "90 26 01", "90 27 00"]
    buttons = ["90 28 7F", "90 29 00", "90 2A 00", "90 2B 00", "90 2C 00"]
    assert [message.hex(" ").upper() for message in first] == [*pads, *buttons]
    assert board.lit(Shown(front=FRONT, show=show)) == ()
    changed = board.lit(Shown(front=FRONT, show=ShowState(scene="Tide", freeze=True)))
    assert [message.hex(" ").upper() for message in changed] == ["90 24 01", "90 25 04"]
    dark = board.dark()
    assert [message.hex(" ").upper() for message in dark] == ["90 24 00", "90 25 00", "90 26 00", "90 28 00"]
    assert board.dark() == ()
    assert led_board(PROFILE) is None


def test_pads_show_empty_loaded_armed_queued_and_playing_and_queued_blinks() -> None:
    leds = {**LEDS, "pad": {**LEDS["pad"], "armed": 5, "empty": 6}}  # type: ignore[dict-item]
    board = led_board(profile(leds=leds))
    assert board is not None
    show = ShowState(scene="Ember", queued="Tide", arming={"Moss": SceneArming("Moss", ArmState.ARMED)})
    lit = board.lit(Shown(front=FRONT, show=show))
    assert [message.hex(" ").upper() for message in lit[:4]] == ["90 24 04", "92 25 02", "90 26 05", "90 27 06"]
    dark = board.lit(Shown(front=FRONT, show=show, beat=False))
    assert [message.hex(" ").upper() for message in dark] == ["90 25 00"]


def test_rings_show_values_and_are_not_echoed_to_the_hand_that_moved_them() -> None:
    rings = [{"slots": "knob.1-2", "cc": "1-2", "channel": 1, "low": 1, "high": 11, "seeds": True}]
    board = led_board(profile(leds={"rings": rings}))
    assert board is not None
    one, two = Slot(SlotKind.KNOB, 1), Slot(SlotKind.KNOB, 2)

    def sent(**travels: float) -> list[str]:
        wanted = {Slot(SlotKind.KNOB, int(name[1:])): travel for name, travel in travels.items()}
        shown = Shown(front=FRONT, show=ShowState(), travels=wanted)
        return [message.hex(" ").upper() for _, message in board.rings(shown)]

    assert sent(k1=0.0, k2=1.0) == ["B0 01 01", "B0 02 0B"]
    assert sent(k1=0.0, k2=1.0) == []
    board.turned(one, 0.5)
    assert sent(k1=0.5, k2=1.0) == []
    board.turned(two, 0.0)
    assert sent(k1=0.5, k2=0.1) == ["B0 02 02"]
    assert [message.hex(" ").upper() for message in board.dark()] == ["B0 01 00", "B0 02 00"]


def test_lights_by_system_exclusive_are_sent_again_when_a_pad_is_let_go() -> None:
    sysex = {"message": "F0 20 pp cc F7", "slots": "pad.1-4", "places": "112-115"}
    board = led_board(profile(leds={**LEDS, "sysex": sysex, "resend_on_release": True}))
    assert board is not None
    shown = Shown(front=FRONT, show=ShowState())
    assert [message.hex(" ").upper() for message in board.lit(shown)[:2]] == ["F0 20 70 01 F7", "F0 20 71 01 F7"]
    board.released(ControlId(MessageKind.NOTE, 37, 1))
    assert [message.hex(" ").upper() for message in board.lit(shown)] == ["F0 20 71 01 F7"]


def test_a_macro_button_and_a_parameter_button_light_up_with_their_value() -> None:
    controls = [{"slots": "parameter:field.energy", "note": 5, "mode": "toggle", "channel": 1}]
    board = led_board(profile(controls=controls, leds=LEDS))
    assert board is not None
    slot = Slot(SlotKind.PARAMETER, name="field.energy")
    for travel, byte in ((1.0, "7F"), (0.0, "00")):
        shown = Shown(front=FRONT, show=ShowState(), travels={slot: travel})
        assert [message.hex(" ").upper() for message in board.lit(shown)] == [f"90 05 {byte}"]
