"""The dmx thread over loopback: real datagrams of both protocols become commands; ports that are taken."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.control.slots import Slot, SlotKind
from app.dmx.bindings import DmxBinding, DmxControl, DmxSettings, load_settings, save_settings
from app.dmx.core import DmxLearn, LearnDmx
from app.dmx.service import DmxService
from app.dmx.sockets import listen, multicast_of
from engine.clock import SystemClock
from engine.messages.commands import Command, SetParameter
from engine.messages.output_commands import SetFreeze
from tests.dmx.desks import art_dmx, levels, sacn
from tests.midi.core_parts import front, store_of

PATIENCE_S = 10.0
HUE = Slot(SlotKind.PARAMETER, name="field.hue")


class Hall:
    """A running service on free ports, and a desk's socket."""

    def __init__(self, file: Path) -> None:
        self.posted: list[Command] = []
        bindings = (DmxBinding(DmxControl(1, 1), HUE), DmxBinding(DmxControl(2, 5), Slot(SlotKind.FREEZE)))
        save_settings(file, DmxSettings(bindings))
        self.service = DmxService(
            self.posted.append, store_of(self.posted, front()), SystemClock(), "127.0.0.1", file, ports=(0, 0)
        )
        self.service.start()
        self.ports = [int(place.rpartition(":")[2]) for place in self.service.state().place.split(", ")]
        self.desk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, datagram: bytes, number: int) -> None:
        self.desk.sendto(datagram, ("127.0.0.1", self.ports[number]))

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, (self.posted, self.service.state())
            time.sleep(0.005)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    one = Hall(tmp_path / "dmx.toml")
    yield one
    one.service.close()
    one.desk.close()


def test_both_protocols_play_over_loopback(hall: Hall) -> None:
    hall.send(art_dmx(levels(c1=255)), 0)
    hall.send(sacn(levels(c5=255), 2, name="Pult"), 1)
    hall.until(lambda: len(hall.posted) == 2)
    assert any(isinstance(one, SetParameter) and one.value == 180.0 for one in hall.posted)
    assert any(isinstance(one, SetFreeze) and one.on for one in hall.posted)
    hall.until(lambda: len(hall.service.state().sources) == 2)
    assert {one.name for one in hall.service.state().sources} == {"127.0.0.1", "Pult"}
    hall.until(lambda: hall.service.state().lost == ("Pult",))  # after 2.5 s
    assert hall.service.state().fault == ""


def test_a_channel_is_learnt_over_loopback(hall: Hall, tmp_path: Path) -> None:
    energy = Slot(SlotKind.PARAMETER, name="field.energy")
    hall.service.learn(LearnDmx(energy))
    hall.until(lambda: hall.service.state().learn is DmxLearn.WAITING)
    for level in range(0, 250, 5):
        hall.send(art_dmx(levels(c9=level), universe=4), 0)
        time.sleep(0.002)
    hall.until(lambda: hall.service.state().learn is DmxLearn.LEARNT)
    assert DmxBinding(DmxControl(4, 9), energy) in load_settings(tmp_path / "dmx.toml").bindings
    assert hall.posted == []


def test_a_port_that_is_taken_is_a_sentence_and_is_tried_again() -> None:
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    posted: list[Command] = []
    service = DmxService(posted.append, store_of(posted, front()), SystemClock(), "127.0.0.1", ports=(port, 0))
    service.start()
    try:
        assert f"DMX cannot listen for Art-Net on 127.0.0.1:{port}" in service.state().fault
        assert service.state().place.startswith("sACN 127.0.0.1:")
        taken.close()
        deadline = time.monotonic() + PATIENCE_S
        while service.state().fault:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        service.close()


def test_without_a_host_nothing_listens() -> None:
    posted: list[Command] = []
    service = DmxService(posted.append, store_of(posted, front()), SystemClock())
    service.start()
    assert (service.asked_for, service.state().place, service.state().fault) == (False, "", "")
    service.close()
    assert listen("no.such.host.invalid", ()).fault
    assert multicast_of(0x1234) == "239.255.18.52"
