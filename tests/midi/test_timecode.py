"""MIDI timecode from a port to the line that the engine follows: on a fake system, and over JACK."""

import threading
from collections.abc import Callable

import pytest

from app.midi.ports.port import PortState, SystemFactory
from app.midi.ports.port_names import Api
from app.midi.ports.rtmidi_system import RtMidiSystem
from app.midi.service import MidiService
from app.timecode.service import TimecodeService
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.messages.commands import Command
from engine.messages.list_commands import FollowTimecode
from engine.messages.timecode import TimecodeRate
from tests.midi.core_parts import FakeSystem, front, store_of
from tests.midi.jack import Controller
from tests.timecode.sounds import quarter_frames

PATIENCE_S = 20.0
DESK = "Desk"


class Chain:
    """Both services, joined as the program joins them; a context manager."""

    def __init__(self, system: SystemFactory) -> None:
        self.lines: list[FollowTimecode] = []
        self.changed = threading.Condition()
        clock = SystemClock()
        self.timecode = TimecodeService(self._post, clock)
        self.midi = MidiService(
            self._post,
            store_of([], front()),
            clock,
            system=system,
            on_change=lambda _: self._tell(),
            on_timecode=self.timecode.hear_midi,
        )

    def __enter__(self) -> "Chain":
        self.timecode.start()
        self.midi.start()
        self.until(lambda: any(one.state is PortState.OPEN for one in self.midi.state().ports))
        return self

    def __exit__(self, *_: object) -> None:
        self.midi.close()
        self.timecode.close()

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE_S), self.lines

    def _post(self, command: Command) -> None:
        with self.changed:
            if isinstance(command, FollowTimecode):
                self.lines.append(command)
            self.changed.notify_all()

    def _tell(self) -> None:
        with self.changed:
            self.changed.notify_all()


def test_a_full_frame_goes_from_the_port_to_the_line() -> None:
    system = FakeSystem(["Desk:Desk 20:0"])
    with Chain(lambda: system) as chain:
        system.play("Desk:Desk 20:0", [0xF0, 0x7F, 0x7F, 1, 1, 0x21, 2, 3, 4, 0xF7])
        chain.until(lambda: len(chain.lines) == 1)
        assert chain.lines[0].rate is TimecodeRate.EBU
        assert chain.lines[0].position_ns == (3600 + 2 * 60 + 3) * NS_PER_SECOND + 160 * NS_PER_MS
        chain.until(lambda: chain.midi.state().last_message == "Desk: system exclusive, 8 bytes")


@pytest.mark.jack
def test_quarter_frames_over_jack_make_a_line_that_runs(controller: Controller) -> None:
    controller.plug(DESK)
    with Chain(lambda: RtMidiSystem(Api.JACK)) as chain:
        sent = quarter_frames(90_000, 25, TimecodeRate.EBU)
        instants = controller.send(DESK, [(0xF1, data) for _, data in sent], gap_ms=10.0)
        chain.until(lambda: bool(chain.lines))
        chain.until(lambda: chain.lines[-1].speed == 0.0)  # two seconds after the last
        running = [line for line in chain.lines if line.speed]
        assert {line.source for line in running} == {f"MTC, {DESK}"}
        assert running[-1].speed == pytest.approx(1.0, abs=0.05)
        first_ns = 3600 * NS_PER_SECOND - instants[0]
        assert running[-1].position_ns == pytest.approx(first_ns + running[-1].stamp_ns, abs=20 * NS_PER_MS)
