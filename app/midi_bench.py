"""`hardcut midi bench`: a controller in its own process plays the running program over a real MIDI system.

Three processes: this one asks, the player is the engine at full speed with its MIDI service, the controller sends.
The player notes when each command is handed to the engine; both read one monotonic clock.
"""

import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.midi.ports import PortState
from app.midi.service import MidiService
from app.midi.slots import Assignments
from app.midi.state import MidiState
from app.midi.takeover import TakeoverMode
from engine.bench.figures import percentile
from engine.bench.midi_system import MidiSystem
from engine.bench.namespace import Namespace
from engine.bench.processes import Child, Workplace
from engine.clock import NS_PER_MS, SystemClock
from engine.commands import Command, SetParameter
from engine.engine import Engine, EngineConfig
from engine.events import Committed, Event, GeneratorChanged, StageState
from engine.output.client import OutputConfig

NAME: Final = "Bench Knobs"
KNOB: Final = 1
PATIENCE_S: Final = 60.0
PAIR_GAP_MS: Final = 7.0
LATENCIES: Final = 1000
BURST: Final = 2000
RATE: Final = 500


def run_bench(seconds: float, replugs: int) -> int:
    """Measure and print; 0 if every figure is as it should be."""
    with Workplace() as workplace, Namespace(workplace) as namespace, MidiSystem(workplace, namespace) as system:
        environment = workplace.environment(system.environment)

        def child(role: str) -> Child:
            command = [sys.executable, "-m", "app.midi_bench", role, system.api]
            return Child(namespace.command(command), environment, Path(workplace.path) / f"{role}.log")

        with child("player") as player, child("controller") as controller:
            if player.line() != "ready" or controller.line() != "ready":
                sys.stderr.write(f"{player.last_words()} {controller.last_words()}\n")
                return 1
            return _measure(player, controller, seconds, replugs)


def _measure(player: Child, controller: Child, seconds: float, replugs: int) -> int:
    told = [_latency(player, controller), _burst(player, controller)]
    told += [_fast_knob(player, controller, seconds), _replug(player, controller, replugs)]
    for words, _ in told:
        sys.stdout.write(f"{words}\n")
    return 0 if all(good for _, good in told) else 1


def _ask(child: Child, **question: object) -> Any:
    child.write(json.dumps(question))
    return json.loads(child.line())


def _sweep(count: int) -> list[list[int]]:
    """Every value differs from the one before, so that each is a command of its own."""
    return [[0xB0, KNOB, index % 128] for index in range(count)]


def _values(player: Child, count: int) -> list[tuple[int, float]]:
    """The posted commands, as (instant, value), once so many have come or no more come."""
    got: list[tuple[int, float]] = []
    deadline = time.monotonic() + PATIENCE_S / 4
    while len(got) < count and time.monotonic() < deadline:
        got += [(at_ns, value) for at_ns, value in _ask(player, do="posted")]
        time.sleep(0.1)
    return got


def _latency(player: Child, controller: Child) -> tuple[str, bool]:
    sent = _ask(controller, do="send", messages=_sweep(LATENCIES), gap_ms=PAIR_GAP_MS)
    posted = _values(player, LATENCIES)
    waits = [(at_ns - sent_ns) / NS_PER_MS for sent_ns, (at_ns, _) in zip(sent, posted, strict=False)]
    p50, p95 = percentile(waits, 50), percentile(waits, 95)
    words = f"message to command: p50 {p50:.2f} ms, p95 {p95:.2f} ms, longest {max(waits):.2f} ms ({len(waits)} sent)"
    return words, len(posted) == LATENCIES and p95 <= 5


def _burst(player: Child, controller: Child) -> tuple[str, bool]:
    _ask(controller, do="send", messages=_sweep(BURST), gap_ms=0.0)
    values = [round(value * 127) for _, value in _values(player, BURST)]
    in_order = values == [index % 128 for index in range(BURST)]
    return f"burst of {BURST}: {BURST - len(values)} lost, {'in order' if in_order else 'out of order'}", in_order


def _fast_knob(player: Child, controller: Child, seconds: float) -> tuple[str, bool]:
    count = round(seconds * RATE)
    _ask(player, do="commits")
    sent = _ask(controller, do="send", messages=_sweep(count), gap_ms=1000 / RATE)
    posted = _values(player, count)
    time.sleep(1.0)
    commits = [(at_ns, value) for at_ns, value in _ask(player, do="commits") if posted and at_ns >= posted[0][0]]
    waits = [(at_ns - sent_ns) / NS_PER_MS for sent_ns, (at_ns, _) in zip(sent, posted, strict=False)]
    stale = [_staleness(at_ns, value, posted) / NS_PER_MS for at_ns, value in commits]
    final = bool(commits) and bool(posted) and abs(commits[-1][1] - posted[-1][1]) < 1e-6
    words = (
        f"knob at {RATE} a second for {seconds:g} s: {count - len(posted)} lost, message to command p95 "
        f"{percentile(waits, 95):.2f} ms, {len(commits)} commits, newest value at each to within "
        f"{max(stale, default=0.0):.2f} ms, last committed {'is' if final else 'IS NOT'} last sent"
    )
    return words, final and len(posted) == count


def _staleness(at_ns: int, value: float, posted: Sequence[tuple[int, float]]) -> int:
    """How long before a commit a newer value than the committed one was there, in ns."""
    before = [(when, one) for when, one in posted if when <= at_ns]
    newer_ns = at_ns
    for when, one in reversed(before):
        if abs(one - value) < 1e-6:
            return at_ns - newer_ns
        newer_ns = when
    return 0


def _replug(player: Child, controller: Child, times: int) -> tuple[str, bool]:
    waits: list[float] = []
    lit = True
    for _ in range(times):
        _ask(controller, do="unplug")
        _ask(player, do="await", state="gone")
        began_ns = time.monotonic_ns()
        _ask(controller, do="plug")
        _ask(player, do="await", state="open")
        waits.append((time.monotonic_ns() - began_ns) / 1e9)
        _ask(controller, do="send", messages=[[0xB0, KNOB, 5]], gap_ms=0.0)
        lit = lit and len(_values(player, 1)) == 1
    if not waits:
        return "unplugged and plugged in: not measured", True
    words = f"unplugged and plugged in {times} times: back within {max(waits):.2f} s, {'plays' if lit else 'DEAD'}"
    return words, lit and max(waits) <= 2


# -- the player -------------------------------------------------------------------------------


class _Player:
    """The engine and its MIDI service; answers questions on its standard input."""

    def __init__(self) -> None:
        clock = SystemClock()
        self._clock = clock
        self.ready = threading.Event()
        self._posted: list[tuple[int, float]] = []
        self._commits: list[tuple[int, float]] = []
        output = OutputConfig(name="Hardcut MIDI bench", width=448, height=448)
        self.engine = Engine(EngineConfig(output=output), clock)
        self._parameter = next(iter(self.engine.parameters))
        self.engine.subscribe(self._hear)
        assignments = Assignments(knobs={KNOB: self._parameter}, takeover=TakeoverMode.JUMP)
        self.midi = MidiService(self._post, self.engine.parameters, assignments, clock, self._ignore, NAME)
        self.engine.subscribe(self.midi.hear)

    def _ignore(self, _state: MidiState) -> None:
        return

    def _post(self, command: Command) -> None:
        self.engine.post(command)
        if isinstance(command, SetParameter):
            self._posted.append((self._clock.now_ns(), self._travel(command.value)))

    def _hear(self, event: Event) -> None:
        if isinstance(event, GeneratorChanged) and event.state is StageState.READY:
            self.ready.set()
        if isinstance(event, Committed):
            self._commits.append((event.at_ns, self._travel(event.targets[self._parameter])))

    def _travel(self, value: float) -> float:
        return self.engine.parameters[self._parameter].to_travel(value)

    def answer(self, question: dict[str, Any]) -> object:
        match question["do"]:
            case "posted":
                posted, self._posted = self._posted, []
                return posted
            case "commits":
                commits, self._commits = self._commits, []
                return commits
            case _:
                wanted = PortState(question["state"])
                deadline = time.monotonic() + PATIENCE_S
                while time.monotonic() < deadline:
                    if any(port.state is wanted for port in self.midi.state().ports):
                        return True
                    time.sleep(0.005)
                return False


def _play() -> None:
    player = _Player()
    player.midi.start()
    player.engine.start()
    try:
        player.ready.wait(PATIENCE_S)
        _say("ready")
        player.answer({"do": "await", "state": "open"})
        for line in sys.stdin:
            _say(json.dumps(player.answer(json.loads(line))))
    finally:
        player.midi.close()
        player.engine.stop()


# -- the controller ---------------------------------------------------------------------------


def _control(api: str) -> None:
    import rtmidi

    number = {"alsa": rtmidi.API_LINUX_ALSA, "jack": rtmidi.API_UNIX_JACK, "core": rtmidi.API_MACOSX_CORE}[api]

    def plugged() -> Any:
        port = rtmidi.MidiOut(number, name=NAME)
        port.open_virtual_port(NAME)
        return port

    port = plugged()
    _say("ready")
    for line in sys.stdin:
        question = json.loads(line)
        instants: list[int] = []
        match question["do"]:
            case "unplug":
                port.close_port()
                port.delete()
            case "plug":
                port = plugged()
            case _:
                due_ns = time.monotonic_ns()
                for message in question["messages"]:
                    if (left_ns := due_ns - time.monotonic_ns()) > 0:
                        time.sleep(left_ns / 1e9)
                    instants.append(time.monotonic_ns())
                    port.send_message(message)
                    due_ns += round(question["gap_ms"] * NS_PER_MS)
        _say(json.dumps(instants))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] == "player":
        _play()
    else:
        _control(sys.argv[2])
