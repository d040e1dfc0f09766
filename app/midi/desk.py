"""The midi thread's work without the thread: packets and news in, commands, lights and a state out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from app.midi.hub import PortHub
from app.midi.mapping import interpret
from app.midi.messages import Clock, Message, describe
from app.midi.slots import Assignments, Slot, SlotKind
from app.midi.state import MidiState
from app.midi.surface import Surface
from engine.clock import NS_PER_MS
from engine.commands import Command, Origin, SetParameter
from engine.events import Committed, CutQueued, Event, OutputChanged
from engine.parameters import ParameterTable

SCAN_NS: Final = 500 * NS_PER_MS
"""Pause between two looks at the port names. A USB device needs longer than this to come back, so none slips out
and in unseen; a look takes under a millisecond."""

PUBLISH_NS: Final = 33 * NS_PER_MS
"""Shortest pause between two states: the window shows thirty a second, a knob sends hundreds."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Bytes from a controller, stamped on arrival."""

    port: str
    stamp_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the parameters are headed after a boundary, and who last set them."""

    values: Mapping[str, float]
    origins: Mapping[str, Origin]


@dataclass(frozen=True, slots=True)
class Assigned:
    """New things on the slots; table is None where the parameters stay the same."""

    assignments: Assignments
    table: ParameterTable | None


News = Packet | Targets | Assigned | Event


class MidiDesk:
    """Everything between the ports and the engine. One thread calls it and gives it the time."""

    def __init__(
        self,
        hub: PortHub,
        surface: Surface,
        post: Callable[[Command], None],
        on_change: Callable[[MidiState], None],
    ) -> None:
        self._hub = hub
        self._surface = surface
        self._post = post
        self._on_change = on_change
        self._state = MidiState(cut_mode=surface.assignments.cut_mode)
        self._published = self._state
        self._last_message = ""
        self._next_scan_ns: int | None = None
        self._next_publish_ns = 0
        self._stale = True

    def take(self, news: News) -> None:
        """Act on one piece of news; commands leave before this returns."""
        self._stale = True
        match news:
            case Packet(port, stamp_ns, data):
                self._packet(port, stamp_ns, data)
            case Targets(values, origins):
                self._surface.committed(values, origins)
            case Assigned(assignments, table):
                self._surface.assign(assignments, table)
            case Committed():
                self._surface.committed(news.targets, news.origins)
                self._surface.stage = replace(self._surface.stage, scene=news.scene)
            case CutQueued():
                self._surface.stage = replace(self._surface.stage, queued=news.scene)
            case OutputChanged():
                self._surface.stage = replace(self._surface.stage, freeze=news.freeze, blackout=news.blackout)
            case _:
                pass

    def tick(self, now_ns: int) -> int:
        """Do what is due at now_ns: look for ports, set lights, publish. Returns when to tick again at the latest."""
        if self._next_scan_ns is None or now_ns >= self._next_scan_ns:
            for name in self._hub.scan(now_ns):
                self._surface.vanished(name)
            self._next_scan_ns = now_ns + SCAN_NS
            self._stale = True
        if self._stale:
            self._stale = False
            for controller in self._hub.lit():
                if controller.board is not None:
                    self._hub.send(controller, controller.board.lit(self._surface.assignments, self._surface.stage))
            self._state = self._picture()
        return min(self._next_scan_ns, self._publish(now_ns))

    def close(self) -> None:
        """Lights out, ports closed."""
        self._hub.close()

    def _packet(self, port: str, stamp_ns: int, data: bytes) -> None:
        controller = self._hub.controller(port)
        if controller is None:
            return
        for message in controller.decoder.push(data):
            gesture = interpret(message, controller.profile)
            command = self._surface.play(port, gesture, stamp_ns) if gesture is not None else None
            if command is not None:
                self._post(command)
            if not isinstance(message, Clock):
                self._last_message = self._in_words(port, message, gesture.slot if gesture else None, command)

    def _in_words(self, port: str, message: Message, slot: Slot | None, command: Command | None) -> str:
        text = f"{port}: {describe(message)}"
        if slot is None:
            return text
        if isinstance(command, SetParameter):
            return f"{text} → {slot}, {command.parameter} {command.value:.3g}"
        return f"{text} → {slot}"

    def _picture(self) -> MidiState:
        states = self._surface.knobs()
        return MidiState(
            fault=self._hub.fault,
            ports=self._hub.statuses(),
            last_message=self._last_message,
            knobs=MappingProxyType({slot.number: state for slot, state in states.items() if slot.number}),
            level=states.get(Slot(SlotKind.LEVEL)),
            cut_mode=self._surface.assignments.cut_mode,
        )

    def _publish(self, now_ns: int) -> int:
        """Hand over the state if it is news and not too soon; returns when the next may go, or the far future."""
        if self._state == self._published:
            return now_ns + SCAN_NS
        if now_ns >= self._next_publish_ns:
            self._published = self._state
            self._next_publish_ns = now_ns + PUBLISH_NS
            self._on_change(self._state)
            return now_ns + SCAN_NS
        return self._next_publish_ns
