"""The controllers at hand: opens what appears, notices what vanishes, keeps each one's decoder and lights.

The midi thread owns a hub. Nothing here waits, and nothing about a single controller is an error.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.errors import MidiError
from app.midi.decode import Decoder
from app.midi.feedback import LedBoard, led_board
from app.midi.names import Address, normalise
from app.midi.ports import InputPort, MidiSystem, OutputPort, PortGoneError, PortState, PortStatus, SystemFactory
from app.midi.profile import Profile, match_profile
from engine.clock import NS_PER_SECOND

RETRY_NS: Final = 2 * NS_PER_SECOND
"""Pause before a busy port or a missing system is tried again: soon enough for a performer who closes the other
program, seldom enough that the drivers' own attempts cost nothing."""

Sink = Callable[[str, bytes], None]
"""Takes a packet and the name of the controller it came from, on a thread of the MIDI system."""


@dataclass(slots=True)
class Controller:
    """One controller, present or not; known by its normalised name."""

    name: str
    profile: Profile
    address: Address | None = None
    state: PortState = PortState.GONE
    detail: str = ""
    retry_ns: int = 0
    input: InputPort | None = None
    output: OutputPort | None = None
    board: LedBoard | None = None
    decoder: Decoder = field(default_factory=Decoder)

    def status(self) -> PortStatus:
        """As the window shows it."""
        return PortStatus(
            name=self.name,
            state=self.state,
            profile=self.profile.name,
            confidence=self.profile.confidence.value,
            lights=self.output is not None,
            detail=self.detail,
        )


class PortHub:
    """All controllers of the machine, or those whose name contains port_filter.

    Args:
        open_system: makes the MIDI system; called again while it fails.
        profiles: what controllers are matched against; one of them has an empty match and takes the rest.
    """

    def __init__(
        self, open_system: SystemFactory, profiles: Sequence[Profile], sink: Sink, port_filter: str | None = None
    ) -> None:
        self._open_system = open_system
        self._profiles = profiles
        self._sink = sink
        self._filter = port_filter
        self._system: MidiSystem | None = None
        self._system_retry_ns = 0
        self._controllers: dict[str, Controller] = {}
        self.fault = ""
        """Why there is no MIDI system, a sentence; "" while there is one."""

    def scan(self, now_ns: int) -> tuple[str, ...]:
        """Look at what is plugged in, open and close accordingly; the names of those that vanished."""
        system = self._system or self._found_system(now_ns)
        if system is None:
            return ()
        try:
            present = system.inputs()
        except MidiError as error:
            self._lose_system(error, now_ns)
            return tuple(self._controllers)
        gone = [known for known in self._controllers.values() if known.address and known.address not in present]
        for controller in gone:
            self._release(controller, PortState.GONE)
        for address in present:
            self._meet(system, address, now_ns)
        return tuple(controller.name for controller in gone)

    def controller(self, name: str) -> Controller | None:
        """The controller of that name, present or not."""
        return self._controllers.get(name)

    def lit(self) -> tuple[Controller, ...]:
        """The controllers whose lights can be set now."""
        return tuple(one for one in self._controllers.values() if one.output is not None and one.board is not None)

    def send(self, controller: Controller, messages: Iterable[bytes]) -> None:
        """Send to a controller's lights; a port that refuses is closed and its state says so."""
        if controller.output is None:
            return
        try:
            for message in messages:
                controller.output.send(message)
        except MidiError as error:
            controller.output.close()
            controller.output = None
            controller.detail = f"its lights cannot be set: {error.what}"

    def statuses(self) -> tuple[PortStatus, ...]:
        """Every controller seen so far, and the one asked for if it never was."""
        seen = tuple(controller.status() for controller in self._controllers.values())
        if self._filter is not None and not seen:
            return (PortStatus(name=self._filter, state=PortState.ABSENT),)
        return seen

    def close(self) -> None:
        """Put out the lights and let everything go."""
        for controller in self._controllers.values():
            if controller.board is not None:
                self.send(controller, controller.board.dark())
            if controller.profile.leds is not None:
                self.send(controller, controller.profile.leds.exit)
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
        for controller in self._controllers.values():
            self._release(controller, PortState.GONE)
        if self._system is not None:
            self._system.close()
        self._system = None
        self.fault = str(error)
        self._system_retry_ns = now_ns + RETRY_NS

    def _meet(self, system: MidiSystem, address: Address, now_ns: int) -> None:
        controller = self._known(system, address)
        if controller is None or controller.state is PortState.OPEN or now_ns < controller.retry_ns:
            return
        controller.address = address
        name = controller.name
        try:
            controller.input = system.open_input(address, lambda packet: self._sink(name, packet))
        except PortGoneError:
            self._release(controller, PortState.GONE)
            return
        except MidiError as error:
            controller.state, controller.detail = PortState.BUSY, error.what
            controller.retry_ns = now_ns + RETRY_NS
            return
        controller.state, controller.detail, controller.retry_ns = PortState.OPEN, "", 0
        controller.decoder = Decoder()
        self._light_up(system, controller)

    def _known(self, system: MidiSystem, address: Address) -> Controller | None:
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
        number = 1
        while True:
            name = plain if number == 1 else f"{plain} #{number}"
            known = self._controllers.setdefault(name, Controller(name, profile))
            if known.address is None:
                return known
            number += 1

    def _light_up(self, system: MidiSystem, controller: Controller) -> None:
        leds = controller.profile.leds
        if leds is None:
            return
        try:
            address = self._output_for(system, controller)
            if address is None:
                controller.detail = "its lights have no port"
                return
            controller.output = system.open_output(address)
        except MidiError as error:
            controller.detail = f"its lights cannot be set: {error.what}"
            return
        controller.board = led_board(controller.profile)
        self.send(controller, leds.init)

    def _output_for(self, system: MidiSystem, controller: Controller) -> Address | None:
        """The output beside an input: of the same profile, of the same name if there is one, the same of equals."""
        ours = [
            (normalise(address.raw, system.api), address)
            for address in system.outputs()
            if match_profile(normalise(address.raw, system.api), self._profiles) is controller.profile
        ]
        plain, _, number = controller.name.partition(" #")
        same = [address for name, address in ours if name == plain] or [address for _, address in ours]
        index = int(number) - 1 if number else 0
        return same[min(index, len(same) - 1)] if same else None

    def _release(self, controller: Controller, state: PortState) -> None:
        if controller.input is not None:
            controller.input.close()
        if controller.output is not None:
            controller.output.close()
        controller.input = controller.output = controller.board = None
        controller.address, controller.state, controller.detail = None, state, ""
        controller.retry_ns = 0
