"""The controllers: opens what appears, notices what vanishes, keeps each one's decoder and lights.

The midi thread owns a manager. Nothing here waits, and nothing about a single controller is an error.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from app.errors import MidiError
from app.midi.bindings import BindingMap
from app.midi.clock.outputs import ClockPorts
from app.midi.clock.receive import ClockFollower
from app.midi.feedback import LedBoard, led_board
from app.midi.interpreter import Interpreter
from app.midi.messages.decode import Decoder
from app.midi.ports.port import (
    InputPort,
    MidiSystem,
    OutputPort,
    Packet,
    PortGoneError,
    PortState,
    PortStatus,
    SystemFactory,
)
from app.midi.ports.port_names import PortAddress, normalise
from app.midi.profiles.profile import Profile, match_profile
from engine.clock import NS_PER_MS, NS_PER_SECOND

RETRY_NS: Final = 2 * NS_PER_SECOND
"""Pause before a busy port or a missing system is tried again: soon enough for a performer who closes the other
program, seldom enough that the drivers' own attempts cost nothing."""

SYSEX_GAP_NS: Final = NS_PER_MS
"""Pause after a system exclusive message: small controllers lose what comes sooner (Novation's and Akai's advice)."""


@dataclass(slots=True)
class Controller:
    """One controller, present or not.

    Attributes:
        plain: its normalised name, without what tells equal controllers apart.
        number: from 1, which of equal controllers it is.
    """

    plain: str
    profile: Profile
    number: int = 1
    address: PortAddress | None = None
    state: PortState = PortState.GONE
    detail: str = ""
    retry_ns: int = 0
    lights_ns: int = 0
    input: InputPort | None = None
    failed: bool = False
    output: OutputPort | None = None
    board: LedBoard | None = None
    decoder: Decoder = field(default_factory=Decoder)
    clock: ClockFollower = field(default_factory=ClockFollower)
    interpreter: Interpreter = field(init=False)
    outbox: deque[bytes] = field(default_factory=deque)
    send_ns: int = 0

    def __post_init__(self) -> None:
        self.interpreter = Interpreter(self.profile.layout)

    @property
    def name(self) -> str:
        """What it is known by: its plain name, with " #2" and so on for equal controllers."""
        return self.plain if self.number == 1 else f"{self.plain} #{self.number}"

    def status(self) -> PortStatus:
        """As the window shows it."""
        return PortStatus(
            name=self.name,
            state=self.state,
            profile=self.profile.name,
            confidence=self.profile.confidence.value,
            lights=self.output is not None,
            detail=self.detail,
            bank=self.interpreter.bank,
            overruns=self.input.overruns if self.input is not None else 0,
        )


class ControllerManager:
    """All controllers of the machine, or those whose name contains port_filter.

    Args:
        open_system: makes the MIDI system; called again while it fails.
        profiles: what controllers are matched against; one of them has an empty match and takes the rest.
    """

    def __init__(self, open_system: SystemFactory, profiles: Sequence[Profile], port_filter: str | None = None) -> None:
        self._open_system = open_system
        self._profiles = profiles
        self._filter = port_filter
        self.on_new: Callable[[Controller], None] = _nothing
        """Called with each controller never seen before, before it is opened."""
        self._system: MidiSystem | None = None
        self._system_retry_ns = 0
        self._controllers: dict[str, Controller] = {}
        self.clock = ClockPorts()
        """Where the program's tempo is sent."""
        self.followed: tuple[str, ...] = ()
        """The controllers whose clock was ticking at the last scan."""
        self.fault = ""
        """Why there is no MIDI system, a sentence; "" while there is one."""

    def scan(self, now_ns: int) -> tuple[str, ...]:
        """Look at what is plugged in, open and close accordingly; the names of those that vanished."""
        system = self._system or self._found_system(now_ns)
        if system is None:
            return ()
        ticking = [one for one in self._controllers.values() if one.address and one.clock.ticking(now_ns)]
        self.followed = tuple(one.name for one in ticking)
        followed = [one.address.raw for one in ticking if one.address is not None]
        try:
            present = system.inputs()
            self.clock.scan(system, followed, now_ns)
        except MidiError as error:
            self._lose_system(error, now_ns)
            return tuple(self._controllers)
        gone = [
            known
            for known in self._controllers.values()
            if known.address and (known.address not in present or _is_deaf(known))
        ]
        for controller in gone:
            self._release(controller, PortState.GONE)
        for address in present:
            self._open(system, address, now_ns)
        for controller in self._controllers.values():
            if controller.state is PortState.OPEN and controller.output is None and now_ns >= controller.lights_ns:
                self._light_up(system, controller, now_ns)
        return tuple(controller.name for controller in gone)

    @property
    def listening(self) -> bool:
        """Something may arrive."""
        return any(controller.input is not None for controller in self._controllers.values())

    def read(self, now_ns: int) -> tuple[Packet, ...]:
        """What has arrived, in order of arrival."""
        packets: list[Packet] = []
        for controller in self._controllers.values():
            if controller.input is None or controller.failed:
                continue
            try:
                heard = controller.input.read(now_ns)
            except MidiError:
                controller.failed = True  # the next scan lets it go and opens it again
                continue
            packets.extend(Packet(controller.name, stamp_ns, data) for stamp_ns, data in heard)
        return tuple(sorted(packets, key=lambda packet: packet.stamp_ns))

    def controller(self, name: str) -> Controller | None:
        """The controller of that name, present or not."""
        return self._controllers.get(name)

    def lay_out(self, controller: Controller, layout: BindingMap) -> None:
        """Give a controller another layout; its lights are written anew."""
        controller.interpreter.layout = layout
        if controller.board is not None:
            self.send(controller, controller.board.dark())
            controller.board = led_board(controller.profile, layout)

    def match_again(self, profiles: Sequence[Profile]) -> tuple[Controller, ...]:
        """Match every controller against other profiles; lights that are set otherwise are begun anew. All of them."""
        self._profiles = profiles
        for controller in self._controllers.values():
            profile = match_profile(controller.plain, profiles)
            if profile is None:
                continue  # it is to be left alone from the next start on
            before, controller.profile = controller.profile, profile
            if profile != before:
                self._put_out(controller, before)
                self.lay_out(controller, profile.layout)
        return tuple(self._controllers.values())

    def _put_out(self, controller: Controller, profile: Profile) -> None:
        """Let its lights go, as its profile has it; the next scan opens them again."""
        if controller.output is None:
            return
        dark = controller.board.dark() if controller.board is not None else ()
        self.send(controller, (*dark, *(profile.leds.exit if profile.leds is not None else ())))
        with suppress(MidiError):  # it has gone: the next scan sees that
            self._flush(controller, None)
        controller.output.close()
        controller.output = controller.board = None
        controller.outbox.clear()
        controller.lights_ns = 0

    def lit(self) -> tuple[Controller, ...]:
        """The controllers whose lights can be set now."""
        return tuple(one for one in self._controllers.values() if one.output is not None and one.board is not None)

    def send(self, controller: Controller, messages: Iterable[bytes]) -> None:
        """Have messages sent to a controller's lights, in order; flush sends them."""
        if controller.output is not None:
            controller.outbox.extend(messages)

    def flush(self, now_ns: int | None) -> int | None:
        """Send what may go at now_ns (None: everything); when there is more to send, None if there is not.

        A port that refuses is closed and its state says so.
        """
        due: list[int] = []
        for controller in self._controllers.values():
            try:
                self._flush(controller, now_ns)
            except MidiError as error:
                if controller.output is not None:
                    controller.output.close()
                controller.output = None
                controller.lights_ns = (now_ns or 0) + RETRY_NS
                controller.outbox.clear()
                controller.detail = f"its lights cannot be set: {error.what}"
            if controller.outbox:
                due.append(controller.send_ns)
        return min(due, default=None)

    @staticmethod
    def _flush(controller: Controller, now_ns: int | None) -> None:
        while controller.outbox and controller.output is not None:
            if now_ns is not None and now_ns < controller.send_ns:
                return
            message = controller.outbox.popleft()
            controller.output.send(message)
            if message[0] == 0xF0 and now_ns is not None:
                controller.send_ns = now_ns + SYSEX_GAP_NS

    def statuses(self) -> tuple[PortStatus, ...]:
        """Every controller seen so far, and the one asked for if it never was."""
        seen = tuple(controller.status() for controller in self._controllers.values())
        if self._filter is not None and not seen:
            return (PortStatus(name=self._filter, state=PortState.ABSENT),)
        return seen

    def darken(self) -> None:
        """Have the lights put out; flush sends it."""
        for controller in self._controllers.values():
            if controller.board is not None:
                self.send(controller, controller.board.dark())
                controller.board = None
                if controller.profile.leds is not None:
                    self.send(controller, controller.profile.leds.exit)

    def close(self) -> None:
        """Put out the lights and let everything go."""
        self.clock.close()
        self.darken()
        self.flush(None)
        for controller in self._controllers.values():
            self._release(controller, PortState.GONE)
        if self._system is not None:
            self._system.close()
            self._system = None

    def _found_system(self, now_ns: int) -> MidiSystem | None:
        if now_ns < self._system_retry_ns:
            return None
        try:
            self._system = self._open_system()
        except MidiError as error:
            self.fault = str(error)
            self._system_retry_ns = now_ns + RETRY_NS
        else:
            self.fault = ""
        return self._system

    def _lose_system(self, error: MidiError, now_ns: int) -> None:
        self.clock.close(stop=False)
        for controller in self._controllers.values():
            self._release(controller, PortState.GONE)
        if self._system is not None:
            self._system.close()
        self._system = None
        self.fault = str(error)
        self._system_retry_ns = now_ns + RETRY_NS

    def _open(self, system: MidiSystem, address: PortAddress, now_ns: int) -> None:
        controller = self._known(system, address)
        if controller is None or controller.state is PortState.OPEN or now_ns < controller.retry_ns:
            return
        controller.address = address
        try:
            controller.input = system.open_input(address)
        except PortGoneError:
            self._release(controller, PortState.GONE)
            return
        except MidiError as error:
            controller.state, controller.detail = PortState.BUSY, error.what
            controller.retry_ns = now_ns + RETRY_NS
            return
        controller.state, controller.detail, controller.retry_ns = PortState.OPEN, "", 0
        controller.decoder, controller.clock = Decoder(), ClockFollower()
        controller.interpreter.bank = 1
        controller.lights_ns = now_ns

    def _known(self, system: MidiSystem, address: PortAddress) -> Controller | None:
        """The controller at an address: the one already there, one of that name that is away, or a new one."""
        for controller in self._controllers.values():
            if controller.address == address:
                return controller
        plain = normalise(address.raw, system.api)
        if self._filter is not None and self._filter.casefold() not in plain.casefold():
            return None
        profile = match_profile(plain, self._profiles)
        if profile is None:
            return None
        equals = [one for one in self._controllers.values() if one.plain == plain]
        away = next((one for one in equals if one.address is None), None)
        if away is not None:
            return away
        controller = Controller(plain, profile, len(equals) + 1)
        self._controllers[controller.name] = controller
        self.on_new(controller)
        return controller

    def _light_up(self, system: MidiSystem, controller: Controller, now_ns: int) -> None:
        """Open its output; one that is not there yet, or in use, is tried again."""
        controller.lights_ns = now_ns + RETRY_NS
        leds = controller.profile.leds
        if leds is None:
            return
        try:
            address = self._output_for(system, controller)
            if address is None:
                controller.detail, controller.lights_ns = "its lights have no port", now_ns  # it may be about to come
                return
            controller.output = system.open_output(address)
        except MidiError as error:
            controller.detail = f"its lights cannot be set: {error.what}"
            return
        controller.detail = ""
        controller.board = led_board(controller.profile, controller.interpreter.layout)
        self.send(controller, leds.init)

    def _output_for(self, system: MidiSystem, controller: Controller) -> PortAddress | None:
        """The output beside an input: of the same profile, of the same name if there is one, the same of equals."""
        ours = [
            (normalise(address.raw, system.api), address)
            for address in system.outputs()
            if match_profile(normalise(address.raw, system.api), self._profiles) is controller.profile
        ]
        same = [address for name, address in ours if name == controller.plain] or [address for _, address in ours]
        return same[min(controller.number, len(same)) - 1] if same else None

    def _release(self, controller: Controller, state: PortState) -> None:
        if controller.input is not None:
            controller.input.close()
        if controller.output is not None:
            controller.output.close()
        controller.input = controller.output = controller.board = None
        controller.address, controller.state, controller.detail = None, state, ""
        controller.retry_ns = 0
        controller.failed = False
        controller.outbox.clear()


def _is_deaf(controller: Controller) -> bool:
    """It is there, and its port does not hear it any more."""
    return controller.input is not None and (controller.failed or not controller.input.connected)


def _nothing(_controller: Controller) -> None:
    return
