"""Ports as the program sees them: the protocol of a MIDI system, and the states a controller can be in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from app.errors import MidiError
from app.midi.ports.port_names import Api, PortAddress


class PortGoneError(MidiError):
    """The port vanished between being listed and being opened."""


@dataclass(frozen=True, slots=True)
class Packet:
    """Bytes from a controller, stamped with their arrival."""

    port: str
    stamp_ns: int
    data: bytes


class InputPort(Protocol):
    """An open input. The system's own thread fills a queue of it; nobody waits there for anything of ours."""

    @property
    def overruns(self) -> int:
        """How often the queue was found full: what came then was lost."""
        ...

    @property
    def connected(self) -> bool:
        """It is still joined to the device it was opened on, as far as the system tells."""
        ...

    def read(self, now_ns: int) -> Sequence[tuple[int, bytes]]:
        """What has arrived since the last call, each with its instant; MidiError if the port has failed."""
        ...

    def close(self) -> None:
        """Stop listening and let the port go. Never raises; call once."""
        ...


class OutputPort(Protocol):
    """An open output."""

    def send(self, message: bytes) -> None:
        """Send one whole message; MidiError if the port does not take it."""
        ...

    def close(self) -> None:
        """Let the port go. Never raises; call once."""
        ...


class MidiSystem(Protocol):
    """A way to the machine's MIDI ports. One thread uses it."""

    @property
    def api(self) -> Api:
        """Which system it is; decides how names are read."""
        ...

    def inputs(self) -> tuple[PortAddress, ...]:
        """The ports to listen to now. MidiError if the system has gone."""
        ...

    def outputs(self) -> tuple[PortAddress, ...]:
        """The ports to send to now. MidiError if the system has gone."""
        ...

    def open_input(self, address: PortAddress) -> InputPort:
        """Listen.

        Raises:
            PortGoneError: it is no longer listed.
            MidiError: it cannot be opened, mostly because another program has it.
        """
        ...

    def open_output(self, address: PortAddress) -> OutputPort:
        """Open for sending; errors as for open_input."""
        ...

    def close(self) -> None:
        """Let the system go. Ports are closed before."""
        ...


SystemFactory = Callable[[], MidiSystem]
"""Makes the machine's MIDI system; MidiError with the reason if there is none."""


class PortState(Enum):
    """What a controller is doing."""

    ABSENT = "absent"  # asked for by name and never seen
    OPEN = "open"
    BUSY = "busy"  # there, but it cannot be opened; tried again
    GONE = "gone"  # was open and has vanished; opened again when it returns


@dataclass(frozen=True, slots=True, kw_only=True)
class PortStatus:
    """One controller as the window shows it.

    Attributes:
        name: its normalised name, with " #2" and so on for equal devices.
        profile, confidence: what it is taken for and how sure that is; "" while unknown.
        lights: its lights are being set.
        detail: the reason behind BUSY, or why its lights stay off; "" otherwise.
        bank: which of its banks is in force.
        overruns: how often more came than was kept.
    """

    name: str
    state: PortState
    profile: str = ""
    confidence: str = ""
    lights: bool = False
    detail: str = ""
    bank: int = 1
    overruns: int = 0

    @property
    def sentence(self) -> str:
        """The state in words."""
        lost = f"too much at once {self.overruns} times, some was lost" if self.overruns else ""
        details = "; ".join(filter(None, (self.detail, lost)))
        detail = f" ({details})" if details else ""
        match self.state:
            case PortState.OPEN:
                return f"{self.name}: connected as {self.profile}{detail}."
            case PortState.BUSY:
                return f"{self.name}: in use by another program{detail}; trying again."
            case PortState.GONE:
                return f"{self.name}: unplugged; it is picked up again when it returns."
            case PortState.ABSENT:
                return f"{self.name}: not connected; it is picked up when it appears."
