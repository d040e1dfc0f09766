"""What the window shows of MIDI, as one frozen picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.midi.ports import PortState, PortStatus
from app.midi.slots import CutMode
from app.midi.surface import KnobState


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiState:
    """The controllers and where they stand.

    Attributes:
        fault: why there is no MIDI at all, a sentence; "" while all is well.
        ports: every controller seen since the start, with its state.
        last_message: the newest message in words, with its controller and what it did.
        knobs: knob number to its state, for knobs that moved since they were plugged in.
        level: the master fader, likewise.
        cut_mode: what pads do now (a controller may have changed it).
    """

    fault: str = ""
    ports: tuple[PortStatus, ...] = ()
    last_message: str = ""
    knobs: Mapping[int, KnobState] = field(default_factory=lambda: MappingProxyType({}))
    level: KnobState | None = None
    cut_mode: CutMode = CutMode.HARD

    @property
    def sentence(self) -> str:
        """The whole in one line."""
        if self.fault:
            return self.fault
        connected = [port.name for port in self.ports if port.state is PortState.OPEN]
        troubled = [port.sentence for port in self.ports if port.state is not PortState.OPEN]
        if not self.ports:
            return "No MIDI controller is connected; one is picked up when it appears."
        return " ".join([f"{', '.join(connected)}: connected."] * bool(connected) + troubled)
