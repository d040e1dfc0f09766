"""The midi thread: starts, ends, reports what befalls it; and a real controller over JACK."""

import itertools
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from app.control.store import ControlStore
from app.errors import MidiError
from app.midi.clock.outputs import ClockPortState
from app.midi.ports.port import PortState, SystemFactory
from app.midi.ports.port_names import Api
from app.midi.ports.rtmidi_system import RtMidiSystem, find_api
from app.midi.service import MidiService
from app.midi.state import MidiState
from engine.clock import NS_PER_SECOND, SystemClock
from engine.messages.commands import Command, HardCut, Origin, SetParameter
from engine.messages.events import ArmedChanged, ArmState, Committed, CutQueued, SceneArming, TempoChanged
from engine.messages.scenes import SceneLibrary
from tests.midi.core_parts import SCENES, TABLE, FakeSystem, front
from tests.midi.jack import Controller, JackServer

APC = "APC mini mk2 Control"
PATIENCE_S = 20.0
EVERY_LIGHT = 1 + 64 + 5
"""The introduction, the pads and the buttons."""


class Player:
    """A running service and everything it said; a context manager."""

    def __init__(self, system: SystemFactory, port_filter: str | None = None, clock_out: tuple[str, ...] = ()) -> None:
        self.posted: list[Command] = []
        self.changed = threading.Condition()
        self.store = ControlStore(self._post, SystemClock(), lambda: (TABLE, SceneLibrary({})), front())
        self.service = MidiService(
            self._post,
            self.store,
            SystemClock(),
            on_change=self._on_change,
            port_filter=port_filter,
            system=system,
            clock_out=clock_out,
        )

    def __enter__(self) -> "Player":
        self.service.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.service.close()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something the service says or posts."""
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_S), (self.service.state(), self.posted[-3:])

    def until_open(self, name: str = APC) -> None:
        self.until(lambda: (name, PortState.OPEN) in self.ports())

    def ports(self) -> list[tuple[str, PortState]]:
        return [(port.name, port.state) for port in self.service.state().ports]

    def _post(self, command: Command) -> None:
        with self.changed:
            self.posted.append(command)
            self.changed.notify_all()

    def _on_change(self, _: MidiState) -> None:
        with self.changed:
            self.changed.notify_all()


def jack() -> RtMidiSystem:
    return RtMidiSystem(Api.JACK)


def no_system() -> RtMidiSystem:
    raise MidiError("There is no MIDI system on this machine")


def test_a_machine_without_midi_is_a_state() -> None:
    with Player(no_system) as player:
        player.until(lambda: player.service.state().fault != "")
        assert player.service.state().sentence == "There is no MIDI system on this machine."


def test_a_packet_wakes_the_thread() -> None:
    system = FakeSystem(["APC mini mk2:APC mini mk2 Control 20:0"])
    with Player(lambda: system) as player:
        player.until_open()
        system.play("APC mini mk2:APC mini mk2 Control 20:0", [0x90, 56, 1])
        player.until(lambda: len(player.posted) == 1)


def test_the_machines_own_system_is_found_or_told() -> None:
    try:
        api = find_api()
    except MidiError as error:
        assert "MIDI" in error.what
    else:
        assert api in Api


@pytest.mark.jack
def test_a_sweep_and_notes_arrive_all_and_in_order(controller: Controller) -> None:
    controller.plug(APC)
    with Player(jack) as player:
        player.until_open()
        sweep = [(0xB0, 48, value % 128) for value in range(1200)]
        notes = [(status, note, 100) for note in (56, 57, 58) for status in (0x90, 0x80)]
        sent = controller.send(APC, [*sweep, *notes], gap_ms=0.5)
        player.until(lambda: len(player.posted) >= 1203)
        values = [command.value for command in player.posted if isinstance(command, SetParameter)]
        assert values == [value % 128 / 127 for value in range(1200)]
        assert [command.scene for command in player.posted if isinstance(command, HardCut)] == list(SCENES)
        assert all(command.origin is Origin.MIDI for command in player.posted)
        stamps = [command.stamp_ns for command in player.posted]
        assert stamps == sorted(stamps)
        assert sent[0] <= stamps[0] <= time.monotonic_ns()


@pytest.mark.jack
def test_a_burst_loses_nothing(controller: Controller) -> None:
    controller.plug(APC)
    with Player(jack) as player:
        player.until_open()
        controller.send(APC, [(0xB0, 48, value % 128) for value in range(2000)])
        player.until(lambda: len(player.posted) >= 2000)
        values = [command.value for command in player.posted if isinstance(command, SetParameter)]
        assert values == [value % 128 / 127 for value in range(2000)]


@pytest.mark.jack
def test_unplugged_and_plugged_in_again_it_plays_and_its_lights_come_back(controller: Controller) -> None:
    with Player(jack, port_filter="apc") as player:
        player.until(lambda: player.ports() == [("apc", PortState.ABSENT)])
        for count in (1, 2, 3):
            controller.plug(APC, lights=True)
            player.until_open()
            controller.send(APC, [(0x90, 57, 100)])
            player.until(lambda count=count: len(player.posted) == count)  # type: ignore[misc]
            lit = received(controller, lambda messages: len(messages) >= 69)
            assert bytes((0x91, 56, 45)) in lit  # the first scene is loaded
            assert bytes((0x96, 0, 0)) in lit  # the last pad is dark
            controller.unplug(APC)
            player.until(lambda: player.ports() == [(APC, PortState.GONE)])


@pytest.mark.jack
def test_a_replug_too_quick_to_be_seen_in_the_names_is_noticed(controller: Controller) -> None:
    controller.plug(APC, lights=True)
    with Player(jack) as player:
        player.until_open()
        received(controller, lambda messages: len(messages) >= EVERY_LIGHT)
        for count in (1, 2, 3):
            controller.unplug(APC)
            controller.plug(APC, lights=True)
            assert len(received(controller, lambda messages: len(messages) >= EVERY_LIGHT)) == EVERY_LIGHT
            controller.send(APC, [(0x90, 57, 100)])
            player.until(lambda count=count: len(player.posted) == count)  # type: ignore[misc]


@pytest.mark.jack
def test_lights_show_what_plays_and_go_out_at_the_end(controller: Controller) -> None:
    controller.plug(APC, lights=True)
    with Player(jack) as player:
        player.until_open()
        received(controller, lambda messages: len(messages) >= 69)
        player.service.hear(
            Committed(
                at_ns=0,
                version=1,
                chunk_index=0,
                epoch=0,
                scene="Tide",
                prompt="",
                prompt_progress=1.0,
                values={},
                targets={},
            )
        )
        assert received(controller, bool) == [bytes((0x96, 57, 21))]
        armed = SceneArming("Moss", ArmState.ARMED)
        player.service.hear(ArmedChanged(at_ns=0, scenes=(armed, SceneArming("Ember", ArmState.ARMING))))
        assert received(controller, bool) == [bytes((0x92, 58, 9))]  # amber; what is being prepared is not ready
        player.service.hear(TempoChanged(at_ns=0, bpm=120.0, beat_ns=0))
        player.service.hear(CutQueued(at_ns=0, scene="Moss", due_ns=10**18))
        blinks = received(controller, lambda messages: len(messages) >= 5)
        assert set(blinks) == {bright := bytes((0x96, 58, 9)), dark := bytes((0x96, 58, 0))}
        assert all({one, other} == {bright, dark} for one, other in itertools.pairwise(blinks))  # by turns
        player.service.hear(CutQueued(at_ns=0, scene="", due_ns=0))
        assert received(controller, lambda messages: messages[-1:] == [bytes((0x92, 58, 9))])
    left = received(controller, lambda messages: len(messages) >= 3)
    assert left == [bytes((0x96, pad, 0)) for pad in (56, 57, 58)]


@pytest.mark.jack
def test_the_clock_goes_out_from_the_bar_on_and_never_back(controller: Controller) -> None:
    controller.plug("Drums", lights=True)
    with Player(jack, clock_out=("drums",)) as player:
        player.until(lambda: clock_state(player) is ClockPortState.WAITING)
        now_ns = time.monotonic_ns()
        player.service.hear(TempoChanged(at_ns=now_ns, bpm=240.0, beat_ns=now_ns + NS_PER_SECOND // 4))
        heard = received(controller, lambda messages: messages.count(b"\xf8") >= 100, "Drums")
        start = heard.index(b"\xfa")
        assert {*heard[:start], *heard[start + 1 :]} == {b"\xf8"}
        controller.send("Drums", [(0xF8,)] * 72, gap_ms=20.0)
        player.until(lambda: clock_state(player) is ClockPortState.FOLLOWED)
        assert received(controller, lambda messages: b"\xfc" in messages, "Drums")[-1] == b"\xfc"
        assert player.service.state().clock.followed == ("Drums",)


def clock_state(player: Player) -> ClockPortState | None:
    """What the only output does with the clock."""
    return next((port.state for port in player.service.state().clock.ports), None)


@pytest.mark.jack
def test_a_controller_whose_process_dies_is_gone(controller: Controller) -> None:
    with Controller() as doomed, Player(jack) as player:
        doomed.plug(APC)
        player.until_open()
        doomed.kill()
        player.until(lambda: player.ports() == [(APC, PortState.GONE)])


@pytest.mark.jack
def test_opening_and_closing_leaves_no_files_open(controller: Controller) -> None:
    controller.plug(APC, lights=True)
    counts = []
    for _ in range(4):
        with Player(jack) as player:
            player.until_open()
        counts.append(psutil.Process().num_fds())
    assert counts[1:] == counts[1:2] * 3


@pytest.mark.jack
def test_a_midi_system_that_stops_and_runs_again_is_found_again() -> None:
    with JackServer() as server, Controller() as controller, Player(jack) as player:
        controller.plug(APC)
        player.until_open()
        server.stop()
        player.until(lambda: player.service.state().fault != "")
        assert "JACK" in player.service.state().sentence
        assert player.ports() == [(APC, PortState.GONE)]
        server.start()
        with Controller() as again:
            again.plug(APC)
            player.until_open()
            again.send(APC, [(0x90, 57, 100)])
            player.until(lambda: len(player.posted) == 1)


def received(controller: Controller, enough: Callable[[list[bytes]], bool], name: str = APC) -> list[bytes]:
    """What reaches the lights, until it is enough."""
    messages: list[bytes] = []
    deadline = time.monotonic() + PATIENCE_S
    while not enough(messages) and time.monotonic() < deadline:
        messages += controller.received(name)
        time.sleep(0.02)
    return messages
