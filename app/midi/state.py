"""What the window shows of MIDI, as one frozen picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.control.slots import Slot
from app.midi.bindings import Binding
from app.midi.clock.clocks import ClockState
from app.midi.control_surface import KnobState
from app.midi.learning.learn import LearnState
from app.midi.messages.activity import Touches
from app.midi.ports.port import PortState, PortStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class MidiState:
    """The controllers and where they stand.

    Attributes:
        fault: why there is no MIDI at all, a sentence; "" while all is well.
        ports: every controller seen since the start, with its state.
        last_message: the newest message in words, with its controller and what it did.
        knobs: knob number to its state, for knobs that moved since they were plugged in.
        others: the same for macros and for parameters bound by name.
        level: the master fader, likewise.
        learn: where learning stands.
        learnt: the user's own bindings by controller.
        heard: by controller, what each of its controls sent last.
        clock: where tempo comes from and goes to.
        done: what was done with the user's files last, a sentence; "" after anything else was asked.
        trouble: the newest thing that went wrong with the user's files, a sentence; "" while all is well.
    """

    fault: str = ""
    ports: tuple[PortStatus, ...] = ()
    last_message: str = ""
    knobs: Mapping[int, KnobState] = field(default_factory=lambda: MappingProxyType({}))
    others: Mapping[Slot, KnobState] = field(default_factory=lambda: MappingProxyType({}))
    level: KnobState | None = None
    learn: LearnState = field(default_factory=LearnState)
    learnt: Mapping[str, tuple[Binding, ...]] = field(default_factory=lambda: MappingProxyType({}))
    heard: Mapping[str, Touches] = field(default_factory=lambda: MappingProxyType({}))
    clock: ClockState = field(default_factory=ClockState)
    trouble: str = ""
    done: str = ""

    @property
    def sentence(self) -> str:
        """The whole in one line."""
        if self.fault:
            return self.fault
        connected = [port.name for port in self.ports if port.state is PortState.OPEN]
        troubled = [port.sentence for port in self.ports if port.state is not PortState.OPEN or port.overruns]
        if not self.ports:
            return "No MIDI controller is connected; one is picked up when it appears."
        return " ".join(filter(None, [f"{', '.join(connected)}: connected." * bool(connected), *troubled]))
