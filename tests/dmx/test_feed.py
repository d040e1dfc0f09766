"""DMX beside MIDI in the window's feed: whichever moves first is learnt, and both are told of."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.control.slots import Slot, SlotKind
from app.dmx.service import DmxService
from app.midi.learning.learn import LearnPhase
from app.midi.ports.port import PortState
from app.midi.service import MidiService
from app.models.controllers.feed import ControllerFeed
from engine.clock import SystemClock
from engine.messages.commands import Command
from tests.dmx.desks import levels, sacn
from tests.midi.core_parts import FakeSystem, front, profile, store_of

HUE = Slot(SlotKind.PARAMETER, name="field.hue")
DESK = "Desk:Desk 20:0"


class Booth:
    """Both services and the feed; DMX comes by the core's door."""

    def __init__(self, file: Path) -> None:
        posted: list[Command] = []
        store, clock = store_of(posted, front()), SystemClock()
        self.system = FakeSystem([DESK])
        self.midi = MidiService(posted.append, store, clock, system=lambda: self.system, profiles=[profile()])
        self.dmx = DmxService(posted.append, store, clock, "127.0.0.1", file, ports=(0, 0))
        self.feed = ControllerFeed(store, self.midi, dmx=self.dmx)
        self.midi.start()
        self.dmx.start()
        self.until(
            lambda: any(port.state is PortState.OPEN and port.name == "Desk" for port in self.feed.snapshot().ports)
        )

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 15.0
        while not condition():
            assert time.monotonic() < deadline, self.feed.snapshot()
            time.sleep(0.01)

    def phase(self) -> LearnPhase:
        return self.feed.snapshot().learn.phase

    def fade(self, channel: int) -> None:
        """A fader goes up at the lighting desk."""
        place = self.dmx.state().place.rpartition(":")[2]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
            for sequence in range(40):
                desk.sendto(
                    sacn(levels(**{f"c{channel}": 6 * sequence}), sequence=sequence + 1), ("127.0.0.1", int(place))
                )
                time.sleep(0.002)

    def close(self) -> None:
        self.midi.close()
        self.dmx.close()


@pytest.fixture
def booth(tmp_path: Path) -> Iterator[Booth]:
    one = Booth(tmp_path / "dmx.toml")
    yield one
    one.close()


def test_whichever_moves_first_is_learnt(booth: Booth) -> None:
    assert booth.feed.snapshot().dmx
    booth.feed.learn((HUE,))
    booth.until(lambda: booth.phase() is LearnPhase.WAITING)
    booth.fade(12)
    booth.until(lambda: booth.phase() is LearnPhase.LEARNT)
    assert booth.feed.snapshot().learn.words == "DMX 1.12"
    booth.until(lambda: booth.midi.state().learn.phase is LearnPhase.OFF)
    assert booth.feed.snapshot().learnt == {HUE: ("DMX 1.12",)}
    booth.feed.stop_learning()
    booth.until(lambda: booth.phase() is LearnPhase.OFF)
    booth.feed.learn((HUE,))
    booth.until(lambda: booth.phase() is LearnPhase.WAITING)
    booth.system.play(DESK, *([0xB0, 20, value] for value in range(40, 60)))
    booth.until(lambda: booth.phase() is LearnPhase.LEARNT)
    assert len(booth.feed.snapshot().learnt[HUE]) == 2
    booth.feed.unlearn(HUE)
    booth.until(lambda: not booth.feed.snapshot().learnt)
    assert {port.name for port in booth.feed.snapshot().ports} == {"Desk"}
