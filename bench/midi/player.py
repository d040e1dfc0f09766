"""The player of `hardcut midi bench`: the engine at full speed with its MIDI service, in a process of its own.

It answers questions, lines of JSON, on its standard input.
"""

import json
import sys
import threading
import time
from dataclasses import replace
from typing import Any, Final

from app.control.state import first_state
from app.control.store import ControlStore
from app.control.takeover import TakeoverMode
from app.midi.ports.port import PortState
from app.midi.service import MidiService
from app.midi.state import MidiState
from engine.clock import SystemClock
from engine.engine import Engine, EngineConfig
from engine.mailbox import Mailbox
from engine.messages.commands import Command, SetParameter, SetTempo
from engine.messages.events import Committed, ComponentState, Event, GeneratorChanged
from engine.output.client import OutputConfig

NAME: Final = "Bench APC mini mk2"
"""The controller's; it makes the program take it for one with lights."""

PATIENCE_S: Final = 60.0


class Player:
    """Run the engine and its MIDI service. Values are normalised to 0..1."""

    def __init__(self) -> None:
        clock = SystemClock()
        self._clock = clock
        self.ready = threading.Event()
        self._posted: Mailbox[tuple[int, int, float]] = Mailbox()
        self._commits: Mailbox[tuple[int, float]] = Mailbox()
        self._late: Mailbox[int] = Mailbox()
        output = OutputConfig(name="Hardcut MIDI bench", width=448, height=448)
        self.engine = Engine(EngineConfig(output=output), clock)
        self._parameter = next(iter(self.engine.parameters))
        self.engine.subscribe(self._on_event)
        first = replace(first_state(self.engine.parameters, self.engine.scenes), takeover=TakeoverMode.JUMP)
        front = ControlStore(self._post, clock, lambda: (self.engine.parameters, self.engine.scenes), first)
        self.midi = MidiService(self._post, front, clock, on_change=self._changed, port_filter=NAME, clock_out=(NAME,))
        self.engine.subscribe(self.midi.hear)
        front.subscribe(self.midi.follow)

    def _changed(self, state: MidiState) -> None:
        self._late.put(state.clock.late_ns)

    def _post(self, command: Command) -> None:
        self.engine.post(command)
        if isinstance(command, SetParameter):
            self._posted.put((self._clock.now_ns(), command.stamp_ns, self._travel(command.value)))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, GeneratorChanged) and event.state is ComponentState.READY:
            self.ready.set()
        if isinstance(event, Committed):
            self._commits.put((event.at_ns, self._travel(event.targets[self._parameter])))

    def _travel(self, value: float) -> float:
        return self.engine.parameters[self._parameter].to_travel(value)

    def answer(self, question: dict[str, Any]) -> object:
        """Answer a question, or return True once an action is done."""
        match question["do"]:
            case "posted":
                return self._posted.drain()
            case "commits":
                return self._commits.drain()
            case "late":
                return self._late.drain()
            case "lost":
                return sum(port.overruns for port in self.midi.state().ports)
            case "tempo":
                self.engine.post(SetTempo(bpm=question["bpm"], stamp_ns=self._clock.now_ns()))
                return True
            case _:
                return self._await(PortState(question["state"]))

    def _await(self, wanted: PortState) -> bool:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if any(port.state is wanted for port in self.midi.state().ports):
                return True
            time.sleep(0.005)
        return False


def play() -> None:
    """Perform until standard input ends."""
    player = Player()
    player.midi.start()
    player.engine.start()
    try:
        player.ready.wait(PATIENCE_S)
        reply("ready")
        for line in sys.stdin:
            reply(json.dumps(player.answer(json.loads(line))))
    finally:
        player.midi.close()
        player.engine.stop()


def reply(line: str) -> None:
    """Write a line to standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    play()
