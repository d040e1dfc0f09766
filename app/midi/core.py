"""The midi thread's work without the thread: packets and news in, commands, lights and a state out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from app.control.slots import Assignments, SlotKind
from app.midi.clock.clocks import Clocks, ClockWish, SendClock, SetLink
from app.midi.control_ids import ControlId
from app.midi.control_surface import ControlSurface
from app.midi.controller_manager import Controller, ControllerManager
from app.midi.feedback import Shown
from app.midi.interpreter import Gesture, Moved, Pressed, Released
from app.midi.learning.lessons import BindingCommand, BindingLearner
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.messages.activity import Activity
from app.midi.messages.types import Clock, Message, NoteOff, NoteOn, SysEx, describe
from app.midi.ports.port import Packet
from app.midi.state import MidiState
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.commands import Command, Origin, SetParameter
from engine.messages.events import ArmedChanged, ArmState, Committed, CutQueued, Event, OutputChanged, TempoChanged
from engine.messages.parameters import ParameterTable

SCAN_NS: Final = 500 * NS_PER_MS
"""Pause between two looks at the port names; a look takes under a millisecond. What goes and comes back between two
looks is told by its address where the system lets us know (see rtmidi_system)."""

LISTEN_NS: Final = NS_PER_MS
"""Pause between two looks into the queues of what arrived. A millisecond is a fifth of what a hand may wait, and a
thousand looks a second cost 2 % of a core."""

PUBLISH_NS: Final = 33 * NS_PER_MS
"""Shortest pause between two states: the window shows thirty a second, a knob sends hundreds."""


RING_NS: Final = 20 * NS_PER_MS
"""Shortest pause between two looks at the rings: fifty a second is smooth, and no serial line chokes on it."""

_OTHERS: Final = (SlotKind.MACRO, SlotKind.PARAMETER)

BLINK_BPM: Final = 120.0
"""What is queued blinks so while there is no tempo."""


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


News = Targets | Assigned | BindingCommand | ClockWish | Event


class MidiCore:
    """Everything between the ports and the engine. One thread calls it and gives it the time."""

    def __init__(
        self,
        hub: ControllerManager,
        surface: ControlSurface,
        post: Callable[[Command], None],
        on_change: Callable[[MidiState], None],
        folder: UserBindingsFolder | None = None,
        clock_out: tuple[str, ...] = (),
    ) -> None:
        self._hub = hub
        self._surface = surface
        self._post = post
        self._on_change = on_change
        self._state = MidiState(cut_mode=surface.assignments.cut_mode, front=surface.assignments)
        self._published = self._state
        self._last_message = ""
        self._heard = Activity()
        self._next_scan_ns: int | None = None
        self._next_publish_ns = 0
        self._stale = True
        self._tempo: TempoChanged | None = None
        self._beat = True
        self._next_ring_ns = 0
        self._clocks = Clocks(hub.clock, folder, clock_out)
        self.lessons = BindingLearner(hub, folder, surface.set_macros)

    @property
    def listening(self) -> bool:
        """A controller is open: listen every LISTEN_NS."""
        return self._hub.listening

    def listen(self, now_ns: int) -> None:
        """Act on what has arrived; commands leave before this returns."""
        for packet in self._hub.read(now_ns):
            self._stale = True
            self._packet(packet)

    def take(self, news: News) -> None:
        """Act on one piece of news; commands leave before this returns."""
        self._stale = True
        match news:
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
            case TempoChanged():
                self._tempo = news
                self._clocks.tempo(news)
            case SendClock() | SetLink():
                self._clocks.take(news)
                self._next_scan_ns = None  # outputs open and close at a scan
            case ArmedChanged():
                armed = frozenset(one.scene for one in news.scenes if one.state is ArmState.ARMED)
                self._surface.stage = replace(self._surface.stage, armed=armed)
            case Event():
                pass
            case _:
                self.lessons.give(news)

    def tick(self, now_ns: int) -> int:
        """Do what is due at now_ns: look for ports, set lights, publish. Returns when to tick again at the latest."""
        if self._next_scan_ns is None or now_ns >= self._next_scan_ns:
            for name in self._hub.scan(now_ns):
                self._surface.vanished(name)
            self._next_scan_ns = now_ns + SCAN_NS
            self._stale = True
        clock_ns = self._clocks.tick(now_ns)
        lesson = self.lessons.state
        learn_ns = self.lessons.tick(now_ns)
        beat, beat_ns = self._blink(now_ns)
        if self._stale or self.lessons.state is not lesson or beat is not self._beat:
            self._beat = beat
            ring_ns = self._light(now_ns)
            flush_ns = self._hub.flush(now_ns)
            self._state = self._picture()
            self._stale = ring_ns is not None
        else:
            ring_ns, flush_ns = None, self._hub.flush(now_ns)
        published_ns = self._publish(now_ns)
        others = (clock_ns, learn_ns, beat_ns, ring_ns, flush_ns)
        return min(self._next_scan_ns, published_ns, *(due for due in others if due is not None))

    def _light(self, now_ns: int) -> int | None:
        """Bring lights up to date; when the rings may be, if they could not be now."""
        rings = now_ns >= self._next_ring_ns
        waiting = False
        for controller in self._hub.lit():
            if controller.board is None:
                continue
            travels = {
                slot: travel for slot in controller.board.follows if (travel := self._surface.travel(slot)) is not None
            }
            shown = Shown(
                assignments=self._surface.assignments,
                stage=self._surface.stage,
                travels=travels,
                beat=self._beat,
                bank=controller.interpreter.bank,
            )
            self._hub.send(controller, controller.board.lit(shown))
            if not controller.profile.leds or not controller.profile.leds.rings:
                continue
            if rings:
                self._ring(controller, shown)
            waiting = waiting or not rings
        if rings:
            self._next_ring_ns = now_ns + RING_NS
        return self._next_ring_ns if waiting else None

    def _ring(self, controller: Controller, shown: Shown) -> None:
        assert controller.board is not None
        leds = controller.profile.leds
        for slot, message in controller.board.rings(shown):
            self._hub.send(controller, (message,))
            if leds is None or not leds.rings[slot].seeds:
                continue
            for binding in controller.interpreter.layout.every():
                if binding.slot == slot:
                    source = replace(binding.source, channel=binding.source.channel or 1)
                    self._surface.ring_sent(controller.name, source, binding)

    def _blink(self, now_ns: int) -> tuple[bool, int | None]:
        """The bright or the dark half of a beat while something is queued, and when it turns."""
        if not self._surface.stage.queued:
            return True, None
        tempo = self._tempo
        bpm = tempo.bpm if tempo is not None and tempo.bpm > 0 else BLINK_BPM
        half_ns = round(30 * NS_PER_SECOND / bpm)
        since_ns = now_ns - (tempo.beat_ns if tempo is not None else 0)
        return since_ns // half_ns % 2 == 0, now_ns + half_ns - since_ns % half_ns

    def darken(self) -> None:
        """Lights out; drain sends it."""
        self._hub.darken()

    def drain(self, now_ns: int) -> int | None:
        """Send what is due to the lights; when there is more, None if there is not."""
        return self._hub.flush(now_ns)

    def close(self) -> None:
        """Lights out, ports closed."""
        self._hub.close()

    def _packet(self, packet: Packet) -> None:
        controller = self._hub.controller(packet.port)
        if controller is None:
            return
        for message in controller.decoder.push(packet.data):
            self._heard.take(packet.port, message, packet.stamp_ns)
            if self.lessons.active:
                self.lessons.hear(packet.port, message, packet.stamp_ns)
            else:
                self._play(controller, message, packet.stamp_ns)

    def _play(self, controller: Controller, message: Message, stamp_ns: int) -> None:
        for command in controller.clock.take(message, stamp_ns):
            self._post(command)
        if isinstance(message, Clock):
            return
        if isinstance(message, SysEx):
            self._seed(controller, message)
        gestures = self._meant(controller, message, controller.interpreter.read(message), stamp_ns)
        commands = [command for gesture in gestures for command in self._gesture(controller, gesture, stamp_ns)]
        self._last_message = self._in_words(controller.name, message, gestures, commands)

    def _meant(
        self, controller: Controller, message: Message, gestures: tuple[Gesture, ...], stamp_ns: int
    ) -> tuple[Gesture, ...]:
        """Leave out a sequencer's tunes: notes from an unknown device, while its clock ticks, unless learnt."""
        if controller.profile.match or not isinstance(message, NoteOn | NoteOff):
            return gestures
        if not controller.clock.ticking(stamp_ns):
            return gestures
        learnt = self.lessons.learnt.get(controller.name, ())
        return tuple(gesture for gesture in gestures if gesture.binding in learnt)

    def _gesture(self, controller: Controller, gesture: Gesture, stamp_ns: int) -> tuple[Command, ...]:
        port = controller.name
        if isinstance(gesture, Pressed) and controller.interpreter.turn_bank(gesture.slot):
            self._surface.bank_turned(port)
        commands = self._surface.play(port, gesture, stamp_ns)
        for command in commands:
            self._post(command)
        if controller.board is not None:
            if isinstance(gesture, Moved):
                controller.board.turned(gesture.slot, gesture.position)
            elif isinstance(gesture, Released):
                controller.board.released(gesture.source)
        return commands

    def _seed(self, controller: Controller, message: SysEx) -> None:
        """Some devices tell where their faders stand: pickup knows before they are touched."""
        seed = controller.profile.seed
        for source, position in seed.positions(message.data) if seed is not None else ():
            channel = source.channel or 1
            own = ControlId(source.kind, source.number, channel)
            interpreter = controller.interpreter
            for binding in interpreter.layout.of(source.kind, source.number, channel, interpreter.bank):
                if binding.slot.continuous:
                    self._surface.seed(controller.name, binding, own, position)

    def _in_words(self, port: str, message: Message, gestures: tuple[Gesture, ...], commands: list[Command]) -> str:
        text = f"{port}: {describe(message)}"
        if not gestures:
            tune = isinstance(message, NoteOn) and port in self._hub.followed
            return f"{text} (a sequencer's: its clock ticks; learn it to play it)" if tune else text
        text = f"{text} → {', '.join(str(gesture.slot) for gesture in gestures)}"
        values = [f"{one.parameter} {one.value:.3g}" for one in commands if isinstance(one, SetParameter)]
        return ", ".join([text, *values])

    def _picture(self) -> MidiState:
        states = self._surface.knobs()
        return MidiState(
            fault=self._hub.fault,
            ports=self._hub.statuses(),
            last_message=self._last_message,
            knobs=MappingProxyType({slot.number: one for slot, one in states.items() if slot.kind is SlotKind.KNOB}),
            others=MappingProxyType({slot: one for slot, one in states.items() if slot.kind in _OTHERS}),
            level=next((one for slot, one in states.items() if slot.kind is SlotKind.LEVEL), None),
            cut_mode=self._surface.assignments.cut_mode,
            front=self._surface.assignments,
            learn=self.lessons.state,
            learnt=self.lessons.learnt,
            macros=self._surface.macros,
            heard=self._heard.picture(),
            clock=self._clocks.state(self._hub.followed),
            trouble=" ".join(filter(None, (self.lessons.trouble, self._clocks.trouble))),
            told=self.lessons.told,
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
