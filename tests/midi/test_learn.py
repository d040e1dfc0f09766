"""Learn: what 300 ms of messages say, runs over a device, and what is kept of them."""

from pathlib import Path

import pytest

from app.control.slots import Slot, SlotKind, parse_slots
from app.control.spans import Shape, Span
from app.control.takeover import TakeoverMode
from app.errors import ControlError
from app.midi.bindings import Binding, Encoding, Mode, Resolution, bound
from app.midi.control_ids import ControlId, MessageKind
from app.midi.controller_manager import ControllerManager
from app.midi.core import MidiCore
from app.midi.learning.learn import BACK_NS, LISTEN_NS, Learning, LearnPhase, guess
from app.midi.learning.learner import (
    ExportBindings,
    Forget,
    ImportBindings,
    Learn,
    ReadAgain,
    Resolve,
    SetControl,
    StopLearning,
    Unlearn,
)
from app.midi.learning.user_bindings import UserBindings, UserBindingsFolder
from app.midi.messages.types import (
    ChannelPressure,
    Clock,
    ControlChange,
    Message,
    NoteOff,
    NoteOn,
    PitchBend,
    PolyPressure,
    ProgramChange,
)
from engine.messages.commands import SetParameter
from tests.midi.core_parts import FakeSystem, profile
from tests.midi.test_core import A, Booth

ENERGY = Slot(SlotKind.PARAMETER, name="field.energy")
HUE = Slot(SlotKind.PARAMETER, name="field.hue")
FREEZE = Slot(SlotKind.FREEZE)
NAME = "Desk one"


def ccs(*values: int, number: int = 20) -> list[Message]:
    return [ControlChange(1, number, value) for value in values]


@pytest.mark.parametrize(
    ("messages", "source", "mode", "encoding"),
    [
        (ccs(64), "CC 20, channel 1", None, None),
        (ccs(10, 11, 12, 13), "CC 20, channel 1", None, None),
        (ccs(1, 2, 3, 4), "CC 20, channel 1", None, None),
        (ccs(127), "CC 20, channel 1", None, None),
        (ccs(127, 0), "CC 20, channel 1", None, None),
        (ccs(60, 62, 63, 65, 68), "CC 20, channel 1", None, None),
        (ccs(1, 1, 1), "CC 20, channel 1", Mode.RELATIVE, Encoding.TWOS_COMPLEMENT),
        (ccs(1, 1, 2, 127, 126), "CC 20, channel 1", Mode.RELATIVE, Encoding.TWOS_COMPLEMENT),
        (ccs(127, 127, 127), "CC 20, channel 1", Mode.RELATIVE, Encoding.TWOS_COMPLEMENT),
        (ccs(1, 3, 65, 67), "CC 20, channel 1", Mode.RELATIVE, Encoding.SIGNED_BIT),
        (ccs(65, 65, 63, 62), "CC 20, channel 1", Mode.RELATIVE, Encoding.BINARY_OFFSET),
        (ccs(65, 65, 65), "CC 20, channel 1", Mode.RELATIVE, Encoding.BINARY_OFFSET),
        ([*ccs(5), *ccs(100, number=52), *ccs(6)], "14-bit CC 20, channel 1", None, None),
        (ccs(5, 6, 7), "CC 20, channel 1", None, None),
        ([NoteOn(10, 36, 9), PolyPressure(10, 36, 50), ControlChange(10, 1, 3)], "note 36, channel 10", None, None),
        ([ControlChange(10, 1, 3), NoteOn(10, 36, 9), NoteOff(10, 36, 9)], "note 36, channel 10", None, None),
        ([PitchBend(1, 5), PitchBend(1, 700)], "pitch bend, channel 1", None, None),
        ([ProgramChange(2, 7)], "program 7, channel 2", None, None),
    ],
)
def test_messages_say_what_a_control_is(
    messages: list[Message], source: str, mode: Mode | None, encoding: Encoding | None
) -> None:
    found = guess(messages)
    assert found is not None
    assert (str(found.source), found.mode) == (source, mode)
    if encoding is not None:
        assert found.encoding is encoding


def test_doubt_is_told() -> None:
    up, both = guess(ccs(1, 1, 1)), guess(ccs(1, 1, 127))
    assert up is not None
    assert both is not None
    assert (up.certain, both.certain) == (False, True)


def test_clock_and_aftertouch_do_not_begin_it() -> None:
    learning = Learning((ENERGY,))
    for message in (Clock(), ChannelPressure(1, 5), PolyPressure(1, 2, 3), NoteOff(1, 2, 3)):
        assert learning.after("x", message, 5) is learning
    heard = learning.after("x", NoteOn(1, 2, 3), 9)
    assert heard.due_ns == 9 + LISTEN_NS
    assert heard.after("another", NoteOn(1, 2, 3), 10) is heard


class School(Booth):
    """A booth with a folder for what is learnt."""

    def __init__(self, folder: Path, system: FakeSystem | None = None) -> None:
        super().__init__(system or FakeSystem([A]))
        controllers = ControllerManager(self._open, self.controllers._profiles)
        self.desk = MidiCore(
            controllers, self.store, self.posted.append, self.states.append, UserBindingsFolder(folder)
        )
        self.store.subscribe(self.desk.handle)
        self.take()

    def play(self, *messages: list[int]) -> None:
        assert isinstance(self.system, FakeSystem)
        self.system.play(A, *messages)
        self.take()

    @property
    def learn(self) -> tuple[LearnPhase, str]:
        state = self.desk.learner.state
        return state.phase, str(state.binding.source) if state.binding else ""


def test_a_knob_is_learnt_in_300_ms_kept_and_plays(tmp_path: Path) -> None:
    school = School(tmp_path)
    school.take(Learn((ENERGY,)))
    assert school.learn == (LearnPhase.WAITING, "")
    school.play([0xF8], [0xB0, 20, 5], [0xB0, 20, 6])
    assert school.learn == (LearnPhase.LISTENING, "")
    assert school.posted == []
    school.pass_time(LISTEN_NS)
    assert school.learn == (LearnPhase.LEARNT, "CC 20, channel 1")
    school.play([0xB0, 20, 0])
    assert [one.parameter for one in school.posted if isinstance(one, SetParameter)] == ["field.energy"]
    again = School(tmp_path)
    again.play([0xB0, 20, 0])
    assert len(again.posted) == 1
    again.take(Forget(NAME))
    again.play([0xB0, 20, 0])
    assert len(again.posted) == 1
    assert School(tmp_path).desk.learner.learnt == {}


@pytest.mark.parametrize(
    ("resolution", "slots"),
    [
        (Resolution.REPLACE, ["freeze"]),
        (Resolution.KEEP_BOTH, ["pad.1", "freeze"]),
        (Resolution.CANCEL, []),
    ],
)
def test_a_conflict_is_asked(tmp_path: Path, resolution: Resolution, slots: list[str]) -> None:
    school = School(tmp_path)
    school.take(Learn((FREEZE,)))
    school.play([0x90, 36, 5])
    school.pass_time(LISTEN_NS)
    conflict = school.desk.learner.state.conflict
    assert conflict is not None
    assert conflict.sentence == "note 36, channel 1 already does pad.1."
    assert school.desk.learner.learnt == {}
    school.take(Resolve(resolution))
    assert [str(one.slot) for one in school.desk.learner.learnt.get(NAME, ())] == slots
    cancelled = resolution is Resolution.CANCEL
    assert school.learn[0] is (LearnPhase.WAITING if cancelled else LearnPhase.LEARNT)
    school.take(StopLearning())
    assert school.learn[0] is LearnPhase.OFF


@pytest.mark.parametrize(
    ("after", "encoding", "certain"),
    [
        ([[0xB0, 20, 127], [0xB0, 20, 127]], Encoding.TWOS_COMPLEMENT, True),
        ([[0xB0, 20, 65], [0xB0, 20, 65]], Encoding.SIGNED_BIT, True),
        ([[0xB0, 20, 1], [0xB0, 20, 1]], Encoding.TWOS_COMPLEMENT, False),  # the same way again
        ([], Encoding.TWOS_COMPLEMENT, False),
    ],
)
def test_an_encoder_turned_one_way_is_asked_to_turn_back(
    tmp_path: Path, after: list[list[int]], encoding: Encoding, certain: bool
) -> None:
    school = School(tmp_path)
    school.take(Learn((ENERGY,)))
    school.play([0xB0, 20, 1], [0xB0, 20, 1], [0xB0, 20, 1])
    school.pass_time(LISTEN_NS)
    assert school.learn == (LearnPhase.WAITING, "CC 20, channel 1")
    assert not school.desk.learner.state.certain
    if after:
        school.play(*after)
        school.pass_time(LISTEN_NS)
    assert (school.learn[0] is LearnPhase.LEARNT) is certain
    school.pass_time(BACK_NS)
    assert school.learn[0] is LearnPhase.LEARNT
    assert not school.desk.learner.active
    assert [(one.slot, one.encoding) for one in school.desk.learner.learnt[NAME]] == [(ENERGY, encoding)]
    assert school.desk.learner.state.certain is certain


def test_whoever_moves_another_control_need_not_turn_back(tmp_path: Path) -> None:
    school = School(tmp_path)
    school.take(Learn((ENERGY, HUE)))
    school.play(*[[0xB0, 20, 1]] * 3)
    school.pass_time(LISTEN_NS)
    school.play([0xB0, 21, 5], [0xB0, 21, 9])
    school.pass_time(LISTEN_NS)
    assert school.learn == (LearnPhase.LEARNT, "CC 21, channel 1")
    assert [one.slot for one in school.desk.learner.learnt[NAME]] == [ENERGY, HUE]


def test_a_whole_device_in_a_run(tmp_path: Path) -> None:
    school = School(tmp_path)
    slots = (*parse_slots("knob.1-8"), *parse_slots("pad.1-16"))
    school.take(Learn(slots))
    for index in range(8):
        school.play([0xB5, 60 + index, 40], [0xB5, 60 + index, 42])
        school.pass_time(LISTEN_NS)
        school.play([0xB5, 60 + index, 43])  # still moving: it is not taken for the next
    for index in range(16):
        school.play([0x95, 60 + index, 40])
        school.pass_time(LISTEN_NS)
    assert school.learn[0] is LearnPhase.LEARNT
    learnt = school.desk.learner.learnt[NAME]
    assert [(one.slot, one.source.number) for one in learnt] == [
        (slot, 60 + index % 8 if index < 8 else 52 + index) for index, slot in enumerate(slots)
    ]


def test_a_binding_is_edited_and_unlearnt(tmp_path: Path) -> None:
    school = School(tmp_path)
    source = ControlId(MessageKind.CC, 20, 1)
    edited = Binding(source=source, slot=ENERGY, mode=Mode.ABSOLUTE, span=Span(0.5, 1.0), takeover=TakeoverMode.JUMP)
    school.take(SetControl(NAME, source, (bound(source, ENERGY),)), SetControl(NAME, source, (edited,)))
    assert school.desk.learner.learnt == {NAME: (edited,)}
    school.take(Unlearn(ENERGY))
    assert school.desk.learner.learnt == {}


FULL = UserBindings(
    "Some Port / 2",
    (
        Binding(
            source=ControlId(MessageKind.CC, 5, 3),
            slot=ENERGY,
            mode=Mode.RELATIVE,
            span=Span(0.25, 0.5, True, Shape.SOFT),
            encoding=Encoding.BINARY_OFFSET,
            takeover=TakeoverMode.SCALE,
            bank=4,
        ),
        Binding(source=ControlId(MessageKind.BEND, 0, 1), slot=Slot(SlotKind.MACRO, 8), mode=Mode.ABSOLUTE),
        Binding(source=ControlId(MessageKind.NOTE, 9), slot=Slot(SlotKind.SCENE, name="A: B"), mode=Mode.TRIGGER),
    ),
)


def test_files_say_all_and_are_replaced_whole(tmp_path: Path) -> None:
    folder = UserBindingsFolder(tmp_path / "midi")
    folder.save(UserBindings(FULL.port))
    folder.save(FULL)
    assert folder.load(FULL.port) == FULL
    assert [file.name for file in (tmp_path / "midi").iterdir()] == ["some-port-2.toml"]
    folder.export(FULL, tmp_path / "out.toml")
    school = School(tmp_path / "other")
    school.take(ImportBindings(tmp_path / "out.toml"), ExportBindings(FULL.port, tmp_path / "again.toml"))
    assert (tmp_path / "again.toml").read_bytes() == (tmp_path / "out.toml").read_bytes()


def test_damaged_files_are_told_and_left(tmp_path: Path) -> None:
    file = tmp_path / "desk-one.toml"
    file.write_text("port = 5")
    school = School(tmp_path)
    assert school.desk.learner.trouble == "'port' needs a text (desk-one.toml). Correct the file."
    school.take(ImportBindings(tmp_path / "nothing.toml"))
    assert "cannot be read" in school.desk.learner.trouble
    (tmp_path / "folder").write_text("")
    with pytest.raises(ControlError, match="cannot be saved"):
        UserBindingsFolder(tmp_path / "folder").save(FULL)


def test_files_that_came_with_a_show_are_in_force_at_once(tmp_path: Path) -> None:
    school = School(tmp_path)
    school.pass_time()
    controller = school.desk.learner._controllers.controller(NAME)
    assert controller is not None
    before = controller.interpreter.layout
    binding = Binding(source=ControlId(MessageKind.CC, 20, 1), slot=FREEZE, mode=Mode.TOGGLE)
    UserBindingsFolder(tmp_path).save(UserBindings(NAME, (binding,)))
    school.desk.handle(ReadAgain((profile(name="Another desk"),)))
    assert controller.profile.name == "Another desk"
    assert controller.interpreter.layout.of(MessageKind.CC, 20, 1) == (binding,)
    assert school.desk.learner.learnt == {NAME: (binding,)}
    assert before.of(MessageKind.CC, 20, 1) == ()
