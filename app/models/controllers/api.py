"""What the window needs of the controllers, and nothing more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.control.clock_settings import LinkMode
from app.control.slots import Slot
from app.control.spans import Span
from app.midi.bindings import Resolution
from app.midi.learning.learn import LearnPhase
from app.midi.learning.learner import BindingCommand
from app.midi.ports.port import PortState
from app.models.controllers.clocks import ClockSnapshot
from app.models.controllers.devices import ControllerView


@dataclass(frozen=True, slots=True)
class ControllerStatus:
    """One controller of any kind, and a sentence about it for the performer."""

    name: str
    state: PortState
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class LearnSnapshot:
    """Learning at one moment.

    Attributes:
        target: what is learnt; left: how many follow in the run.
        words: what was learnt last, or the control that is asked about.
        existing: what that control does already, while asking.
    """

    phase: LearnPhase = LearnPhase.OFF
    target: Slot | None = None
    left: int = 0
    words: str = ""
    existing: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class MidiSnapshot:
    """The controllers at one moment.

    Attributes:
        fault: why there is no MIDI at all, a sentence; "" while all is well.
        last_message: the last message in words, "" before the first.
        ghosts: parameter id, or macro.1 to macro.8, to the hardware's position, 0..1 of its travel, where it is known.
        waiting: parameters whose control has not been picked up yet.
        learn: where learning stands; learnt: what the user has bound, in words, by what it is bound to.
        trouble: what went wrong with the user's files, a sentence; done: what was done with them.
        clocks: whose tempo is played, and who is sent ours.
        dmx: DMX is listened to, so that a channel can be learnt.
        osc: where OSC listens and who is told, a sentence, or why it does not; osc_failed: it was to, and cannot.
    """

    ports: tuple[ControllerStatus, ...] = ()
    fault: str = ""
    last_message: str = ""
    ghosts: Mapping[str, float] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    learn: LearnSnapshot = LearnSnapshot()
    learnt: Mapping[Slot, tuple[str, ...]] = field(default_factory=dict)
    trouble: str = ""
    done: str = ""
    clocks: ClockSnapshot = field(default_factory=ClockSnapshot)
    dmx: bool = False
    osc: str = ""
    osc_failed: bool = False


class MidiFeed(Protocol):
    """The controllers as the window sees them: asked some ten times a second from the GUI thread."""

    def snapshot(self) -> MidiSnapshot:
        """The controllers now; an equal value as long as nothing changes."""
        ...

    def learn(self, targets: tuple[Slot, ...]) -> None:
        """Learn controls for these, one after another."""
        ...

    def stop_learning(self) -> None:
        """Leave it; what was learnt so far stays."""
        ...

    def resolve(self, answer: Resolution) -> None:
        """Answer the question about a control that does something already."""
        ...

    def unlearn(self, target: Slot) -> None:
        """Forget the controls that the user has bound to this."""
        ...

    def toggle_macro(self, macro: int, parameter: str) -> None:
        """Put a parameter under a macro (1 to 8), or take it away."""
        ...

    def controllers(self) -> tuple[ControllerView, ...]:
        """Every controller with its picture and all that its controls do; an equal value while nothing changes."""
        ...

    def give(self, command: BindingCommand) -> None:
        """Bind a control, restore it, import or export; the snapshot's trouble tells what went wrong."""
        ...

    def span_macro(self, macro: int, parameter: str, span: Span) -> None:
        """Let a macro drive another part of a parameter's travel."""
        ...

    def name_macro(self, macro: int, name: str) -> None:
        """Call a macro something; "" takes it back to its number."""
        ...

    def send_clock(self, output: str, send: bool) -> None:
        """Send our clock to an output from now on, or no longer; the snapshot's clocks tell how it went."""
        ...

    def set_link(self, mode: LinkMode) -> None:
        """Let Ableton Link be this to us from now on."""
        ...


class NoMidi:
    """The feed of a run without controllers."""

    def snapshot(self) -> MidiSnapshot:
        return MidiSnapshot()

    def learn(self, targets: tuple[Slot, ...]) -> None:
        """There is nothing to learn from."""

    def stop_learning(self) -> None:
        """Nothing was begun."""

    def resolve(self, answer: Resolution) -> None:
        """Nothing was asked."""

    def unlearn(self, target: Slot) -> None:
        """Nothing was learnt."""

    def toggle_macro(self, macro: int, parameter: str) -> None:
        """There are no macros."""

    def controllers(self) -> tuple[ControllerView, ...]:
        return ()

    def give(self, command: BindingCommand) -> None:
        """There is nothing to bind."""

    def span_macro(self, macro: int, parameter: str, span: Span) -> None:
        """There are no macros."""

    def name_macro(self, macro: int, name: str) -> None:
        """There are no macros."""

    def send_clock(self, output: str, send: bool) -> None:
        """There are no outputs."""

    def set_link(self, mode: LinkMode) -> None:
        """There is no session."""
