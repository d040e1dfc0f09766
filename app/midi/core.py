"""The midi thread's work without the thread: packets and news in, commands and intents, lights and a state out."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.control.slots import SlotKind
from app.control.state import ControlState
from app.control.store import ControlStore
from app.midi.clock.clocks import Clocks
from app.midi.control_ids import ControlId
from app.midi.control_surface import Asked, ControlSurface
from app.midi.controller_manager import Controller, ControllerManager
from app.midi.feedback import Shown
from app.midi.interpreter import Gesture, Moved, Pressed, Released
from app.midi.learning.learner import BindingCommand, BindingLearner
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.messages.activity import Activity
from app.midi.messages.types import Clock, Message, NoteOff, NoteOn, QuarterFrame, SysEx, describe
from app.midi.modulation import Listening
from app.midi.ports.port import Packet
from app.midi.state import MidiState
from engine.clock import NS_PER_MS
from engine.messages.commands import Command, Origin, SetParameter
from engine.messages.events import Committed, Event, MapChanged, TempoChanged
from engine.messages.modulation_events import ModulationChanged
from engine.messages.output_events import OutputChanged

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

LONGEST_TIMECODE: Final = 10
"""Bytes of a full frame; nothing longer is timecode."""

_OTHERS: Final = (SlotKind.MACRO, SlotKind.PARAMETER)


HearTimecode = Callable[[str, bytes, int], None]
"""Takes what may be MIDI timecode: whose it is, a quarter frame or a whole system exclusive message, its arrival."""

News = BindingCommand | ControlState | Event


class MidiCore:
    """Everything between the ports and the engine. One thread calls it and gives it the time."""

    def __init__(
        self,
        controllers: ControllerManager,
        store: ControlStore,
        post: Callable[[Command], None],
        on_change: Callable[[MidiState], None],
        folder: UserBindingsFolder | None = None,
        clock_out: tuple[str, ...] = (),
        on_timecode: HearTimecode | None = None,
    ) -> None:
        self._controllers = controllers
        self._on_timecode = on_timecode
        self._store = store
        self._surface = ControlSurface(store.state)
        self._post = post
        self._on_change = on_change
        self._state = MidiState()
        self._published = self._state
        self._last_message = ""
        self._activity = Activity()
        self._next_scan_ns: int | None = None
        self._next_publish_ns = 0
        self._stale = True
        self._beat = True
        self._next_ring_ns = 0
        self._clocks = Clocks(controllers.clock, store.state.clock, clock_out)
        self._modulation = Listening()
        self.learner = BindingLearner(controllers, folder)

    @property
    def listening(self) -> bool:
        """A controller is open: listen every LISTEN_NS."""
        return self._controllers.listening

    def listen(self, now_ns: int) -> None:
        """Act on what has arrived; commands leave before this returns."""
        for packet in self._controllers.read(now_ns):
            self._stale = True
            self._packet(packet)

    def handle(self, news: News) -> None:
        """Act on one piece of news; commands leave before this returns."""
        self._stale = True
        match news:
            case ControlState():
                self._follow()
            case Event():
                self._surface.show = self._surface.show.after(news)
                if isinstance(news, Committed):
                    self._surface.committed(news.targets, news.origins)
                elif isinstance(news, OutputChanged):
                    self._surface.committed(news.controls, {})
                    self._surface.told(news)
                elif isinstance(news, MapChanged):
                    self._surface.committed(news.values, {})
                elif isinstance(news, TempoChanged):
                    self._clocks.tempo(news)
                elif isinstance(news, ModulationChanged):
                    self._modulation = Listening.to(news)
                    self._surface.told(news)
            case _:
                self.learner.apply(news)

    def _follow(self) -> None:
        """Take in what lies in front now: the store's newest, which an intent of ours may just have changed."""
        state = self._store.state
        if state is not self._surface.state:
            self._stale = True
            self._surface.follow(state)
            if self._clocks.follow(state.clock):
                self._next_scan_ns = None  # outputs open and close at a scan

    def tick(self, now_ns: int) -> int:
        """Do what is due at now_ns: look for ports, set lights, publish. Returns when to tick again at the latest."""
        if self._next_scan_ns is None or now_ns >= self._next_scan_ns:
            for name in self._controllers.scan(now_ns):
                self._surface.vanished(name)
            self._next_scan_ns = now_ns + SCAN_NS
            self._stale = True
        clock_ns = self._clocks.tick(now_ns)
        before = self.learner.state
        learn_ns = self.learner.tick(now_ns)
        beat, beat_ns = self._surface.show.blink(now_ns)
        if self._stale or self.learner.state is not before or beat is not self._beat:
            self._beat = beat
            ring_ns = self._light(now_ns)
            flush_ns = self._controllers.flush(now_ns)
            self._state = self._describe_state()
            self._stale = ring_ns is not None
        else:
            ring_ns, flush_ns = None, self._controllers.flush(now_ns)
        published_ns = self._publish(now_ns)
        others = (clock_ns, learn_ns, beat_ns, ring_ns, flush_ns)
        return min(self._next_scan_ns, published_ns, *(due for due in others if due is not None))

    def _light(self, now_ns: int) -> int | None:
        """Bring lights up to date; when the rings may be, if they could not be now."""
        rings = now_ns >= self._next_ring_ns
        waiting = False
        for controller in self._controllers.lit():
            if controller.board is None:
                continue
            travels = {
                slot: travel for slot in controller.board.follows if (travel := self._surface.travel(slot)) is not None
            }
            shown = Shown(
                front=self._surface.state,
                show=self._surface.show,
                travels=travels,
                beat=self._beat,
                bank=controller.interpreter.bank,
            )
            self._controllers.send(controller, controller.board.lit(shown))
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
            self._controllers.send(controller, (message,))
            if leds is None or not leds.rings[slot].seeds:
                continue
            for binding in controller.interpreter.layout.every():
                if binding.slot == slot:
                    source = replace(binding.source, channel=binding.source.channel or 1)
                    self._surface.ring_sent(controller.name, source, binding)

    def darken(self) -> None:
        """Lights out; drain sends it."""
        self._controllers.darken()

    def drain(self, now_ns: int) -> int | None:
        """Send what is due to the lights; when there is more, None if there is not."""
        return self._controllers.flush(now_ns)

    def close(self) -> None:
        """Lights out, ports closed."""
        self._controllers.close()

    def _packet(self, packet: Packet) -> None:
        self._follow()
        controller = self._controllers.controller(packet.port)
        if controller is None:
            return
        for message in controller.decoder.push(packet.data):
            self._activity.record(packet.port, message, packet.stamp_ns)
            if self.learner.active:
                self.learner.hear(packet.port, message, packet.stamp_ns)
            else:
                self._play(controller, message, packet.stamp_ns)

    def _play(self, controller: Controller, message: Message, stamp_ns: int) -> None:
        for command in controller.clock.handle(message, stamp_ns):
            self._post(command)
        if isinstance(message, Clock):
            return
        if isinstance(message, QuarterFrame):
            self._tell_timecode(controller, bytes((0xF1, message.data)), stamp_ns)
            return
        if isinstance(message, SysEx):
            self._seed(controller, message)
            self._tell_timecode(controller, b"\xf0" + message.data + b"\xf7", stamp_ns)
        gestures = self._played_by_hand(controller, message, controller.interpreter.read(message, stamp_ns), stamp_ns)
        asked = [one for gesture in gestures for one in self._gesture(controller, gesture, stamp_ns)]
        modulating = None if gestures else self._modulation.command(message, stamp_ns)
        if modulating is not None:
            self._post(modulating)
        self._last_message = self._describe(controller.name, message, gestures, asked)

    def _tell_timecode(self, controller: Controller, data: bytes, stamp_ns: int) -> None:
        if self._on_timecode is not None and len(data) <= LONGEST_TIMECODE:
            self._on_timecode(controller.name, data, stamp_ns)

    def _played_by_hand(
        self, controller: Controller, message: Message, gestures: tuple[Gesture, ...], stamp_ns: int
    ) -> tuple[Gesture, ...]:
        """Leave out a sequencer's tunes: notes from an unknown device, while its clock ticks, unless learnt."""
        if controller.profile.match or not isinstance(message, NoteOn | NoteOff):
            return gestures
        if not controller.clock.ticking(stamp_ns):
            return gestures
        learnt = self.learner.learnt.get(controller.name, ())
        return tuple(gesture for gesture in gestures if gesture.binding in learnt)

    def _gesture(self, controller: Controller, gesture: Gesture, stamp_ns: int) -> tuple[Asked, ...]:
        port = controller.name
        if isinstance(gesture, Pressed) and controller.interpreter.turn_bank(gesture.slot):
            self._surface.bank_turned(port)
        asked = self._surface.play(port, gesture, stamp_ns)
        for one in asked:
            if isinstance(one, Command):
                self._post(one)
            else:
                self._store.send(one, Origin.MIDI, stamp_ns)
                self._follow()
        if controller.board is not None:
            if isinstance(gesture, Moved):
                controller.board.turned(gesture.slot, gesture.position)
            elif isinstance(gesture, Released):
                controller.board.released(gesture.source)
        return asked

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

    def _describe(self, port: str, message: Message, gestures: tuple[Gesture, ...], asked: list[Asked]) -> str:
        text = f"{port}: {describe(message)}"
        if not gestures:
            tune = isinstance(message, NoteOn) and port in self._controllers.followed
            return f"{text} (a sequencer's: its clock ticks; learn it to play it)" if tune else text
        text = f"{text} → {', '.join(str(gesture.slot) for gesture in gestures)}"
        values = [f"{one.parameter} {one.value:.3g}" for one in asked if isinstance(one, SetParameter)]
        return ", ".join([text, *values])

    def _describe_state(self) -> MidiState:
        states = self._surface.knobs()
        return MidiState(
            fault=self._controllers.fault,
            ports=self._controllers.statuses(),
            last_message=self._last_message,
            knobs=MappingProxyType({slot.number: one for slot, one in states.items() if slot.kind is SlotKind.KNOB}),
            others=MappingProxyType({slot: one for slot, one in states.items() if slot.kind in _OTHERS}),
            level=next((one for slot, one in states.items() if slot.kind is SlotKind.LEVEL), None),
            learn=self.learner.state,
            learnt=self.learner.learnt,
            heard=self._activity.picture(),
            clock=self._clocks.state(self._controllers.followed),
            trouble=self.learner.trouble,
            done=self.learner.done,
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
