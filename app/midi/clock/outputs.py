"""The outputs that the clock is sent to: opened when they appear, never the one that the clock comes from."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.control.clock_settings import is_named, ports_named
from app.errors import MidiError
from app.midi.clock.receive import TICKS_PER_BAR
from app.midi.clock.send import ClockSource, Due
from app.midi.ports.port import MidiSystem, OutputPort
from app.midi.ports.port_names import PortAddress, device, normalise
from engine.clock import NS_PER_SECOND

RETRY_NS: Final = 2 * NS_PER_SECOND
"""As for inputs in use by another program."""

_TICK, _START, _CONTINUE, _STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
_SONG_POSITION: Final = 0xF2


class ClockPortState(Enum):
    """What an output does with the clock."""

    OFF = "off"  # not chosen
    WAITING = "waiting"  # there is no tempo yet
    SENDING = "sending"
    FOLLOWED = "followed"  # the clock comes from there: chosen or not, ours is not sent back
    BUSY = "busy"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ClockPortStatus:
    """One output that a clock can be sent to, as the window shows it.

    Attributes:
        chosen: the clock is to be sent there.
        detail: the reason behind BUSY.
    """

    name: str
    state: ClockPortState
    chosen: bool = True
    detail: str = ""

    @property
    def sentence(self) -> str:
        """The state in words, with the name."""
        return f"{self.name}: {self.words}"

    @property
    def words(self) -> str:
        """The state in words."""
        match self.state:
            case ClockPortState.OFF:
                return "no clock is sent there."
            case ClockPortState.WAITING:
                return "the clock begins with the tempo; tap it."
            case ClockPortState.SENDING:
                return "follows our clock."
            case ClockPortState.FOLLOWED:
                return "its clock is followed, so ours is not sent back to it."
            case ClockPortState.BUSY:
                return f"the clock cannot be sent ({self.detail}); trying again."
            case ClockPortState.ABSENT:
                return "not connected; the clock is sent when it appears."


@dataclass(slots=True)
class _Outlet:
    """One output; joined: it has been told where the song is."""

    name: str
    address: PortAddress
    port: OutputPort | None = None
    joined: bool = False
    followed: bool = False
    detail: str = ""
    retry_ns: int = 0


class ClockPorts:
    """The midi thread owns it.

    Args:
        chosen: texts that name the ports that are sent the clock, see clock_settings.ports_named.
    """

    def __init__(self, chosen: Iterable[str] = ()) -> None:
        self._chosen = tuple(chosen)
        self._source = ClockSource()
        self._outlets: dict[PortAddress, _Outlet] = {}
        self.late_ns = 0
        """How late the latest tick of the present bar was; of the last one at its end."""
        self._latest_ns = 0

    @property
    def chosen(self) -> tuple[str, ...]:
        """The texts by which ports are chosen."""
        return self._chosen

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs that there are."""
        return tuple(outlet.name for outlet in self._outlets.values())

    def choose(self, chosen: Iterable[str]) -> None:
        """Send to other ports from the next scan on."""
        self._chosen = tuple(chosen)

    def follow(self, bpm: float, bar_ns: int, now_ns: int) -> None:
        """The program's tempo has changed."""
        self._source.follow(bpm, bar_ns, now_ns)

    def scan(self, system: MidiSystem, followed: Iterable[str], now_ns: int) -> None:
        """Open and close; followed: raw names of inputs whose clock is followed. MidiError: the system has gone."""
        present = system.outputs()
        avoid = {device(raw, system.api) for raw in followed}
        for address in [address for address in self._outlets if address not in present]:
            self._close(self._outlets.pop(address), stop=False)
        for address in present:
            self._outlets.setdefault(address, _Outlet(normalise(address.raw, system.api), address))
        for address, outlet in self._outlets.items():
            outlet.followed = device(address.raw, system.api) in avoid
            wanted = self._is_chosen(outlet.name) and not outlet.followed
            if outlet.port is not None and not wanted:
                self._close(outlet, stop=True)
            elif outlet.port is None and wanted and now_ns >= outlet.retry_ns:
                self._open(system, outlet, now_ns)

    def tick(self, now_ns: int) -> int | None:
        """Send what is due; when more is due, None while nobody listens. Ticks pass whether anybody listens or not."""
        self._source.wake(now_ns)
        while (due := self._source.due()) is not None and due.at_ns <= now_ns:
            for outlet in self._outlets.values():
                if outlet.port is not None:
                    self._send(outlet, due, now_ns)
            if due.tick:
                self._note(due, now_ns)
            self._source.sent(due)
        listened = any(outlet.port is not None for outlet in self._outlets.values())
        return due.at_ns if due is not None and listened else None

    def statuses(self) -> tuple[ClockPortStatus, ...]:
        """Every output there is, and what was asked for by name and is not there."""
        present = [
            ClockPortStatus(outlet.name, self._state(outlet), self._is_chosen(outlet.name), outlet.detail)
            for outlet in self._outlets.values()
        ]
        missing = [text for text in dict.fromkeys(self._chosen) if not ports_named(text, self.names)]
        return (*present, *(ClockPortStatus(text, ClockPortState.ABSENT) for text in missing))

    def close(self, stop: bool = True) -> None:
        """Stop those who follow and let the ports go; stop False: the system has gone before."""
        for outlet in self._outlets.values():
            self._close(outlet, stop)
        self._outlets.clear()

    def _send(self, outlet: _Outlet, due: Due, now_ns: int) -> None:
        messages: list[bytes] = []
        if due.tick:
            messages.append(_TICK)
        elif due.number == 0:
            messages += [_STOP] * outlet.joined + [_START]
            outlet.joined = True
        elif not outlet.joined and due.number > 0:
            position = due.sixteenths
            messages += [bytes((_SONG_POSITION, position & 0x7F, position >> 7)), _CONTINUE]
            outlet.joined = True
        self._write(outlet, messages, now_ns)

    def _write(self, outlet: _Outlet, messages: Iterable[bytes], now_ns: int) -> None:
        try:
            for message in messages:
                if outlet.port is not None:
                    outlet.port.send(message)
        except MidiError as error:
            self._close(outlet, stop=False)
            outlet.detail, outlet.retry_ns = error.what, now_ns + RETRY_NS

    def _note(self, due: Due, now_ns: int) -> None:
        self._latest_ns = max(self._latest_ns, now_ns - due.at_ns)
        if due.number % TICKS_PER_BAR == TICKS_PER_BAR - 1:
            self.late_ns, self._latest_ns = self._latest_ns, 0

    def _open(self, system: MidiSystem, outlet: _Outlet, now_ns: int) -> None:
        try:
            outlet.port = system.open_output(outlet.address)
        except MidiError as error:
            outlet.detail, outlet.retry_ns = error.what, now_ns + RETRY_NS
        else:
            outlet.detail = ""

    def _close(self, outlet: _Outlet, stop: bool) -> None:
        if outlet.port is None:
            return
        if stop and outlet.joined:
            self._write(outlet, [_STOP], 0)
        if outlet.port is not None:
            outlet.port.close()
        outlet.port, outlet.joined = None, False

    def _is_chosen(self, name: str) -> bool:
        return is_named(name, self._chosen, self.names)

    def _state(self, outlet: _Outlet) -> ClockPortState:
        if outlet.followed:
            return ClockPortState.FOLLOWED
        if not self._is_chosen(outlet.name):
            return ClockPortState.OFF
        if outlet.port is None:
            return ClockPortState.BUSY
        return ClockPortState.SENDING if self._source.due() is not None else ClockPortState.WAITING
