"""Ports that come and go, under a manual clock: exact lists of what is opened, sent and told."""

import random
from dataclasses import replace

import pytest

from app.control.slots import Slot, SlotKind
from app.errors import MidiError
from app.midi.bindings import bound
from app.midi.control_ids import ControlId, MessageKind
from app.midi.controller_manager import RETRY_NS, SYSEX_GAP_NS, ControllerManager
from app.midi.core import PUBLISH_NS, SCAN_NS, MidiCore, News
from app.midi.learning.learner import SetControl
from app.midi.ports.port import PortState
from app.midi.ports.port_names import Api
from app.midi.profiles.profile import Profile
from app.midi.state import MidiState
from engine.clock import ManualClock
from engine.messages.commands import (
    Command,
    HardCut,
    Origin,
    SetParameter,
)
from engine.messages.events import (
    Committed,
    CutQueued,
    TempoChanged,
)
from engine.messages.output_commands import SetFreeze
from engine.messages.output_events import OutputChanged
from tests.midi.core_parts import LEDS, FakeSystem, profile, store_of
from tests.output_events import output_changed

A, A_AGAIN = "Desk:Desk one 20:0", "Desk:Desk one 24:0"
GENERIC = profile(name="Anything", match=[])
LIT = profile(leds=LEDS)


class Booth:
    """A desk on a fake system; time moves only here."""

    def __init__(self, system: FakeSystem | MidiError, *profiles: Profile, port_filter: str | None = None) -> None:
        self.system = system
        self.clock = ManualClock(1_000)
        self.posted: list[Command] = []
        self.states: list[MidiState] = []
        self.store = store_of(self.posted)
        self.controllers = ControllerManager(self._open, profiles or (profile(), GENERIC), port_filter)
        self.desk = MidiCore(self.controllers, self.store, self.posted.append, self.states.append)
        self.store.subscribe(self.desk.handle)

    def _open(self) -> FakeSystem:
        if isinstance(self.system, MidiError):
            raise self.system
        return self.system

    def take(self, *news: News) -> int:
        """One turn of the midi thread."""
        self.desk.listen(self.clock.now_ns())
        for item in news:
            self.desk.handle(item)
        return self.desk.tick(self.clock.now_ns())

    def pass_time(self, delta_ns: int = SCAN_NS) -> None:
        self.clock.advance(delta_ns)
        self.take()

    def ports(self) -> list[tuple[str, PortState]]:
        return [(port.name, port.state) for port in self.states[-1].ports]

    def sent(self) -> list[str]:
        assert isinstance(self.system, FakeSystem)
        sent = [message.hex(" ").upper() for message in self.system.sent]
        self.system.sent.clear()
        return sent


def committed(scene: str, **targets: float) -> Committed:
    return Committed(
        at_ns=0,
        version=1,
        chunk_index=0,
        epoch=0,
        scene=scene,
        prompt="",
        prompt_progress=1.0,
        values={},
        targets={f"field.{key}": value for key, value in targets.items()},
        origins={f"field.{key}": Origin.ENGINE for key in targets},
    )


def output(freeze: bool, blackout: bool) -> OutputChanged:
    return output_changed(
        name="X (Hardcut)",
        freeze=freeze,
        blackout=blackout,
    )


def test_what_arrives_becomes_commands_with_the_time_of_arrival() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take()
    assert system.log == [f"open {A}"]
    system.play(A, [0xB0, 1, 0], [0x90, 36])
    booth.desk.listen(booth.clock.now_ns())
    booth.clock.advance(7)
    system.play(A, [100])
    booth.desk.listen(booth.clock.now_ns())
    booth.clock.advance(50)
    booth.take()
    assert booth.posted == [
        SetParameter(parameter="field.energy", value=0.0, stamp_ns=1_000, origin=Origin.MIDI),
        HardCut(scene="Ember", stamp_ns=1_007, origin=Origin.MIDI),
    ]


def test_unplugged_and_back_under_another_number() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take()
    system.play(A, [0xB0, 1, 0])
    booth.pass_time()
    assert booth.states[-1].knobs[1].ghost == 0.0
    system.plugged = []
    booth.pass_time()
    assert booth.ports() == [("Desk one", PortState.GONE)]
    assert booth.states[-1].knobs == {}
    assert booth.states[-1].sentence == "Desk one: unplugged; it is picked up again when it returns."
    system.plugged = [A_AGAIN]
    booth.pass_time()
    assert booth.ports() == [("Desk one", PortState.OPEN)]
    assert system.log == [f"open {A}", f"close {A}", f"open {A_AGAIN}"]


def test_a_new_number_between_two_looks_is_opened_anew() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take()
    system.plugged = [A_AGAIN]
    booth.pass_time()
    assert system.log == [f"open {A}", f"close {A}", f"open {A_AGAIN}"]
    assert booth.ports() == [("Desk one", PortState.OPEN)]


def test_a_controller_that_came_back_between_two_looks_is_opened_anew() -> None:
    booth = Booth(system := FakeSystem([A]), LIT)
    system.lights = [A]
    booth.take()
    booth.sent()
    system.log.clear()
    system.serials[A] = 1
    booth.pass_time()
    assert system.log == [f"close {A}", f"close lights {A}", f"open {A}", f"open lights {A}"]
    assert booth.sent()[0] == "F0 01 F7"
    assert booth.ports() == [("Desk one", PortState.OPEN)]


def test_a_port_that_fails_is_opened_anew_and_what_was_lost_is_told() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take()
    system.open_inputs[A].overruns = 2
    booth.pass_time()
    assert booth.states[-1].sentence == (
        "Desk one: connected. Desk one: connected as Test desk (too much at once 2 times, some was lost)."
    )
    system.open_inputs[A].failed = True
    system.log.clear()
    booth.pass_time()
    assert system.log == [f"close {A}", f"open {A}"]
    system.open_inputs[A].connected = False
    system.log.clear()
    booth.pass_time()
    assert system.log == [f"close {A}", f"open {A}"]


def test_a_busy_port_is_a_state_and_tried_again() -> None:
    booth = Booth(system := FakeSystem([A]))
    system.busy = {A}
    booth.take()
    assert booth.ports() == [("Desk one", PortState.BUSY)]
    assert booth.states[-1].sentence == "Desk one: in use by another program (The driver refused); trying again."
    system.busy.clear()
    booth.pass_time(SCAN_NS)
    assert booth.ports() == [("Desk one", PortState.BUSY)]
    booth.pass_time(RETRY_NS)
    assert booth.ports() == [("Desk one", PortState.OPEN)]


def test_a_busy_port_that_vanishes_and_one_that_slips_away() -> None:
    booth = Booth(system := FakeSystem([A]))
    system.busy = {A}
    booth.take()
    system.plugged = []
    booth.pass_time()
    assert booth.ports() == [("Desk one", PortState.GONE)]
    system.plugged, system.busy, system.slippery = [A], set(), {A}
    booth.pass_time()
    assert booth.ports() == [("Desk one", PortState.GONE)]
    assert system.log == []


def test_equal_devices_are_told_apart_and_keep_their_names() -> None:
    booth = Booth(system := FakeSystem([A, A_AGAIN]))
    booth.take()
    assert booth.ports() == [("Desk one", PortState.OPEN), ("Desk one #2", PortState.OPEN)]
    system.plugged = [A_AGAIN]
    booth.pass_time()
    assert booth.ports() == [("Desk one", PortState.GONE), ("Desk one #2", PortState.OPEN)]
    system.plugged = [A_AGAIN, A]
    booth.pass_time()
    assert booth.ports() == [("Desk one", PortState.OPEN), ("Desk one #2", PortState.OPEN)]
    assert system.log == [f"open {A}", f"open {A_AGAIN}", f"close {A}", f"open {A}"]


def test_equal_names_of_the_system_are_opened_one_by_one() -> None:
    booth = Booth(system := FakeSystem(["Desk", "Desk"], Api.CORE_MIDI))
    booth.take()
    assert system.log == ["open Desk", "open Desk/1"]
    assert booth.ports() == [("Desk", PortState.OPEN), ("Desk #2", PortState.OPEN)]


def test_a_port_asked_for_by_name() -> None:
    booth = Booth(system := FakeSystem(["Other:Other 16:0"]), port_filter="desk ONE")
    booth.take()
    assert booth.ports() == [("desk ONE", PortState.ABSENT)]
    assert booth.states[-1].sentence == "desk ONE: not connected; it is picked up when it appears."
    system.plugged.append(A)
    booth.pass_time()
    assert booth.ports() == [("Desk one", PortState.OPEN)]
    assert system.log == [f"open {A}"]


def test_no_midi_system_is_a_state_that_may_pass() -> None:
    booth = Booth(MidiError("There is no MIDI system on this machine", remedy="Plug in a controller."))
    booth.take()
    assert booth.states[-1].sentence == "There is no MIDI system on this machine. Plug in a controller."
    booth.system = FakeSystem([A])
    booth.pass_time(SCAN_NS)
    assert booth.states[-1].ports == ()
    booth.pass_time(RETRY_NS)
    assert booth.ports() == [("Desk one", PortState.OPEN)]
    assert booth.states[-1].sentence == "Desk one: connected."


def test_no_controller_is_a_sentence() -> None:
    assert MidiState().sentence == "No MIDI controller is connected; one is picked up when it appears."


def test_a_midi_system_that_dies_takes_its_ports_along_and_is_sought_again() -> None:
    booth = Booth(first := FakeSystem([A]))
    booth.take()
    first.dead = True
    booth.pass_time()
    assert (booth.states[-1].fault, booth.ports()) == (
        "ALSA no longer lists its MIDI inputs.",
        [("Desk one", PortState.GONE)],
    )
    assert first.closed
    assert not first.open_inputs
    booth.system = second = FakeSystem([A])
    booth.pass_time(RETRY_NS)
    assert second.log == [f"open {A}"]
    assert booth.ports() == [("Desk one", PortState.OPEN)]


def test_freeze_toggles_from_what_the_output_says() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take(output(freeze=True, blackout=False))
    system.play(A, [0x90, 40, 1])
    booth.take()
    assert booth.posted == [SetFreeze(on=False, stamp_ns=1_000, origin=Origin.MIDI)]


def test_the_master_fader_meets_a_level_that_somebody_else_has_set() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take(output(freeze=False, blackout=False))
    system.play(A, [0xB0, 9, 127], [0xB0, 9, 64])
    booth.take()
    own = booth.posted[-1]
    assert isinstance(own, SetParameter)
    booth.take(replace(output(freeze=False, blackout=False), level=own.value))  # its own, coming back
    booth.take(replace(output(freeze=False, blackout=False), level=0.2))
    booth.posted.clear()
    system.play(A, [0xB0, 9, 60])
    booth.take()
    assert booth.posted == []
    system.play(A, [0xB0, 9, 10])
    booth.take()
    assert [one.value for one in booth.posted if isinstance(one, SetParameter)] == [10 / 127]


def test_committed_targets_feed_the_pickup() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take(committed("Tide", energy=1.0), committed("Tide", hue=180.0))
    system.play(A, [0xB0, 1, 0], [0xB0, 1, 127], [0xB0, 2, 64], [0xB0, 2, 127])
    booth.take()
    assert [command.value for command in booth.posted if isinstance(command, SetParameter)] == [1.0, 180.0]


def test_states_come_at_most_thirty_a_second_and_the_last_one_comes() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take()
    assert len(booth.states) == 1
    for value in range(10):
        booth.clock.advance(1)
        system.play(A, [0xB0, 1, value])
        due = booth.take()
        assert due == 1_000 + PUBLISH_NS
    assert len(booth.states) == 1
    booth.clock.advance_to(due)
    assert booth.take() == 1_000 + SCAN_NS
    assert len(booth.states) == 2
    assert booth.states[-1].knobs[1].ghost == 9 / 127
    assert booth.states[-1].last_message == "Desk one: CC 1 = 9, channel 1 → knob.1, field.energy 0.0709"


def test_the_cut_mode_and_unbound_messages_are_shown() -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take()
    system.play(A, [0x90, 44, 1], [0xF8])
    booth.pass_time()
    assert booth.store.state.soft
    assert booth.states[-1].last_message == "Desk one: note 44 on, velocity 1, channel 1 → cut_mode"
    system.play(A, [0xC0, 5])
    booth.take()
    booth.pass_time()
    assert booth.states[-1].last_message == "Desk one: program 5, channel 1"


@pytest.mark.parametrize("junk", [[0xFF, 0xF4], [0x00] * 100, [0xF0] * 9, [0xB0, 1]])
def test_junk_does_nothing(junk: list[int]) -> None:
    booth = Booth(system := FakeSystem([A]))
    booth.take()
    system.play(A, junk)
    assert booth.posted == []


def test_faders_that_tell_where_they_stand_are_known_before_they_are_touched() -> None:
    seed = {"prefix": "F0 47 61", "cc": "1-3", "channel": 1}
    booth = Booth(system := FakeSystem([A]), profile(seed=seed), GENERIC)
    booth.take()
    system.play(A, [0xF0, 0x47, 0x61, 0, 127, 5, 0xF7], [0xB0, 1, 1], [0xB0, 2, 126])
    booth.take()
    assert [command.parameter for command in booth.posted if isinstance(command, SetParameter)] == ["field.energy"]
    booth.pass_time()
    assert {number: knob.waiting for number, knob in booth.states[-1].knobs.items()} == {1: False, 2: True, 3: True}


def test_what_is_queued_blinks_on_the_beat() -> None:
    booth = Booth(system := FakeSystem([A]), LIT, GENERIC)
    system.lights = [A]
    booth.take()
    booth.pass_time(SYSEX_GAP_NS)
    booth.sent()
    start = booth.clock.now_ns()
    due = booth.take(
        TempoChanged(at_ns=0, bpm=240.0, beat_ns=start), CutQueued(at_ns=0, scene="Tide", due_ns=start + 10**9)
    )
    assert booth.sent() == ["92 25 02"]
    assert due <= start + 125_000_000
    booth.clock.advance_to(start + 125_000_000)
    booth.take()
    assert booth.sent() == ["90 25 00"]
    booth.clock.advance_to(start + 250_000_000)
    booth.take()
    assert booth.sent() == ["92 25 02"]


def test_rings_are_told_fifty_times_a_second_at_most_and_the_last_value_comes() -> None:
    rings = [{"slots": "knob.1", "cc": 1, "channel": 1, "seeds": True}]
    booth = Booth(system := FakeSystem([A]), profile(leds={"rings": rings}), GENERIC)
    system.lights = [A]
    booth.take(committed("Tide", energy=0.0))
    assert booth.sent() == ["B0 01 00"]
    for index in range(1, 11):
        booth.clock.advance(1_000_000)
        booth.take(committed("Tide", energy=index / 10))
    assert booth.sent() == []
    booth.clock.advance(10_000_000)
    booth.take()
    assert booth.sent() == ["B0 01 7F"]
    system.play(A, [0xB0, 1, 126])  # it goes on from its ring: nothing to pick up, and it is not told what it said
    booth.pass_time()
    assert [command.value for command in booth.posted if isinstance(command, SetParameter)] == [126 / 127]
    assert booth.sent() == []


@pytest.mark.slow
def test_a_million_random_bytes_raise_nothing() -> None:
    booth = Booth(system := FakeSystem([A]), profile(match=["desk"], seed={"prefix": "F0", "cc": 1}), GENERIC)
    booth.take()
    chance = random.Random(7)
    for _ in range(1000):
        # Half of it as messages would be: status bytes are frequent and data follows.
        packet = chance.randbytes(500) + bytes(
            chance.choice((0x80, 0x90, 0xB0, 0xC0, 0xE0, 0xF0, 0xF7, 0xF8)) if index % 3 == 0 else chance.randrange(128)
            for index in range(500)
        )
        booth.clock.advance(1_000_000)
        system.play(A, list(packet))
        booth.take()
        booth.posted.clear()


def test_any_bytes_are_taken() -> None:
    """Bytes of any kind, most of them near to what a controller sends, through everything behind the port."""
    chance = random.Random(9)
    booth = Booth(FakeSystem([A]), LIT)
    booth.take()
    assert isinstance(booth.system, FakeSystem)
    pair = bound(ControlId(MessageKind.CC14, 1), Slot(SlotKind.MACRO, 1))
    booth.desk.handle(SetControl("Desk one", pair.source, (pair,)))
    likely = bytes([0x90, 0x80, 0xB0, 0xB1, 0xC0, 0xD0, 0xE0, 0xF0, 0xF1, 0xF2, 0xF7, 0xF8, 0xFA, 0xFC, 1, 33, 36, 64])
    sent = 0
    while sent < 30_000:
        packet = bytes(chance.choice(likely) if chance.random() < 0.5 else chance.randrange(256) for _ in range(97))
        booth.system.open_inputs[A].arrived.append(packet)
        sent += len(packet)
        booth.clock.advance(SCAN_NS // 100)
        booth.take()
        booth.posted.clear()
        booth.states.clear()
        booth.system.sent.clear()
    booth.system.open_inputs[A].arrived.append(bytes.fromhex("F7 90 28 00 90 28 7F"))
    booth.take()
    assert any(isinstance(one, SetFreeze) for one in booth.posted)  # what is played is still heard
