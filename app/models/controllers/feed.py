"""The controllers' service as the window's feed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Protocol

from app.control.clock_settings import LinkMode
from app.control.slots import MAX_SLOT, Assignments, CutMode, parse_slots
from app.control.spans import Span
from app.link.service import LinkState
from app.midi.bindings import Resolution
from app.midi.clock.clocks import ClockWish, SendClock, SetLink
from app.midi.learning.learn import LearnPhase
from app.midi.learning.lessons import (
    BindingCommand,
    Learn,
    NameMacro,
    Resolve,
    SetMacroSpan,
    StopLearning,
    ToggleMacroPart,
    Unlearn,
    summary,
)
from app.midi.ports.port import PortState
from app.midi.state import LearnState, MidiState
from app.models.controllers.clocks import clock_snapshot
from app.models.controllers.devices import ControllerView, ControllerViews
from app.models.engine_api import (
    Answer,
    Front,
    LearnSnapshot,
    LearnStep,
    MidiPortState,
    MidiPortStatus,
    MidiSnapshot,
    Played,
)
from app.models.transport import MORPH_SECONDS
from app.osc.core import Played as OscPlayed
from app.osc.service import OscState
from app.streamdeck.stage import Played as DecksPlayed
from app.streamdeck.system import DecksState, DeckState
from engine.messages.parameters import ParameterTable

_STATES: Final = {
    PortState.OPEN: MidiPortState.OPEN,
    PortState.BUSY: MidiPortState.BUSY,
    PortState.GONE: MidiPortState.GONE,
    PortState.ABSENT: MidiPortState.ABSENT,
}
_DECK_STATES: Final = {
    DeckState.OPEN: MidiPortState.OPEN,
    DeckState.BUSY: MidiPortState.BUSY,
    DeckState.DENIED: MidiPortState.BUSY,
    DeckState.GONE: MidiPortState.GONE,
}

_STEPS: Final = {phase: LearnStep(phase.value) for phase in LearnPhase}
_ANSWERS: Final = {answer: Resolution(answer.value) for answer in Answer}


_OFF: Final = MidiState(trouble="MIDI is off (--midi none): nothing can be learnt, and no macro put together.")


class OscControl(Protocol):
    """What the feed needs of OSC."""

    def state(self) -> OscState:
        """The newest state."""
        ...

    def play(self, played: OscPlayed, table: ParameterTable | None = None) -> None:
        """What the pads play."""
        ...


class DecksControl(Protocol):
    """What the feed needs of the Stream Decks."""

    def state(self) -> DecksState:
        """The newest state."""
        ...

    def play(self, played: DecksPlayed, table: ParameterTable | None = None) -> None:
        """What is in front."""
        ...


class LinkControl(Protocol):
    """What the feed needs of Ableton Link."""

    def state(self) -> LinkState:
        """The newest state."""
        ...

    def set_mode(self, mode: LinkMode) -> None:
        """Enter a session, lead it, or leave."""
        ...


class MidiControl(Protocol):
    """What the feed needs of the service."""

    def state(self) -> MidiState:
        """The newest state."""
        ...

    def set_assignments(self, assignments: Assignments, table: ParameterTable | None = None) -> None:
        """Put other things on the slots."""
        ...

    def give(self, wish: BindingCommand | ClockWish) -> None:
        """Learn, bind, forget, set a clock."""
        ...


class ControllerFeed:
    """Tells the window how the controllers stand, and the controllers what the window shows.

    Args:
        service: the MIDI service, or None.
        parameters: the table in force, asked at every assignment.
        osc: the OSC service, or None.
        decks: the Stream Decks, or None; the window shows them among the controllers.
        link: Ableton Link, or None: its extra is not installed.
    """

    def __init__(
        self,
        service: MidiControl | None,
        parameters: Callable[[], ParameterTable],
        osc: OscControl | None = None,
        decks: DecksControl | None = None,
        link: LinkControl | None = None,
    ) -> None:
        self._service = service
        self._osc = osc
        self._osc_state: OscState | None = None
        self._decks = decks
        self._decks_state: DecksState | None = None
        self._link = link
        self._link_state: LinkState | None = None
        self._parameters = parameters
        self._state: MidiState | None = None
        self._snapshot = MidiSnapshot()
        self._views = ControllerViews()

    def snapshot(self) -> MidiSnapshot:
        """The controllers now; the same object as long as the service's state is the same."""
        state = self._service.state() if self._service is not None else _OFF
        osc = self._osc.state() if self._osc is not None else None
        decks = self._decks.state() if self._decks is not None else None
        link = self._link.state() if self._link is not None else None
        told = osc is self._osc_state and decks == self._decks_state and link == self._link_state
        if not told or (state is not self._state and state != self._state):
            self._state, self._osc_state, self._decks_state, self._link_state = state, osc, decks, link
            clocks = clock_snapshot(state if self._service is not None else None, link)
            shown = midi_snapshot(state)
            ports, failed = shown.ports + _deck_ports(decks), bool(osc and osc.fault)
            self._snapshot = replace(shown, ports=ports, clocks=clocks, osc=_osc_words(osc), osc_failed=failed)
        return self._snapshot

    def play(self, played: Played) -> None:
        """Knob 1 is the first knob in front, pad 1 the first pad in front; what lies behind follows on."""
        seconds = MORPH_SECONDS[played.front.morph - 1]
        if self._osc is not None:
            pads = OscPlayed(pads=played.pads, soft=played.soft, launch=played.launch, morph_seconds=seconds)
            self._osc.play(pads, self._parameters())
        if self._decks is not None:
            front = DecksPlayed(
                pads=played.pads,
                knobs=played.knobs,
                soft=played.soft,
                launch=played.launch,
                morph_seconds=seconds,
            )
            self._decks.play(front, self._parameters())
        if self._service is None:
            return
        self._service.set_assignments(
            Assignments(
                knobs=_numbered(played.knobs),
                pads=_numbered(played.pads),
                cut_mode=CutMode.SOFT if played.soft else CutMode.HARD,
                launch=played.launch,
                macros=played.macros,
                morph=played.front.morph,
                morph_chunks=played.morph_chunks,
                pad_bank=played.front.pad_bank,
                knob_page=played.front.knob_page,
            ),
            self._parameters(),
        )

    def learn(self, targets: tuple[str, ...]) -> None:
        """Learn controls for these, one after another."""
        self._give(Learn(tuple(slot for target in targets for slot in parse_slots(target))))

    def stop_learning(self) -> None:
        """Leave it; what was learnt so far stays."""
        self._give(StopLearning())

    def resolve(self, answer: Answer) -> None:
        """Answer the question about a control that does something already."""
        self._give(Resolve(_ANSWERS[answer]))

    def unlearn(self, target: str) -> None:
        """Forget the controls that the user has bound to this."""
        self._give(Unlearn(parse_slots(target)[0]))

    def toggle_macro(self, macro: int, parameter: str) -> None:
        """Put a parameter under a macro, or take it away."""
        self._give(ToggleMacroPart(macro, parameter))

    def span_macro(self, macro: int, parameter: str, span: Span) -> None:
        """Let a macro drive another part of a parameter's travel."""
        self._give(SetMacroSpan(macro, parameter, span))

    def name_macro(self, macro: int, name: str) -> None:
        """Call a macro something; "" takes it back to its number."""
        self._give(NameMacro(macro, name))

    def send_clock(self, output: str, send: bool) -> None:
        """Send our clock to an output, or no longer."""
        self._give(SendClock(output, send))

    def set_link(self, mode: LinkMode) -> None:
        """Let Link be this to us, also where the command line had said something else for this run."""
        if self._link is not None:
            self._link.set_mode(mode)
        self._give(SetLink(mode))

    def controllers(self) -> tuple[ControllerView, ...]:
        """Every controller with its picture and all that its controls do."""
        return self._views.of(self._service.state()) if self._service is not None else ()

    def give(self, lesson: BindingCommand) -> None:
        """Bind a control, restore it, import or export."""
        self._give(lesson)

    def _give(self, wish: BindingCommand | ClockWish) -> None:
        if self._service is not None:
            self._service.give(wish)


def _deck_ports(decks: DecksState | None) -> tuple[MidiPortStatus, ...]:
    if decks is None:
        return ()
    if decks.fault:
        return (MidiPortStatus("Stream Deck", MidiPortState.BUSY, decks.fault),)
    return tuple(MidiPortStatus(deck.name, _DECK_STATES[deck.state], deck.sentence) for deck in decks.decks)


def _osc_words(osc: OscState | None) -> str:
    if osc is None:
        return "OSC is off (--osc)."
    if osc.fault:
        return osc.fault
    told = f" Told: {', '.join(osc.subscribers)}." if osc.subscribers else ""
    refused = f" {osc.refused} messages could not be used." if osc.refused else ""
    return f"OSC listens on {osc.place}.{told}{refused}"


def _learn_snapshot(learn: LearnState) -> LearnSnapshot:
    words = summary(learn.binding, learn.certain) if learn.binding is not None else ""
    existing: tuple[str, ...] = ()
    if learn.conflict is not None:
        words = str(learn.conflict.wanted.source)
        existing = tuple(str(binding.slot) for binding in learn.conflict.existing)
    return LearnSnapshot(_STEPS[learn.phase], str(learn.slot) if learn.slot else "", learn.left, words, existing)


def _numbered(names: tuple[str, ...]) -> Mapping[int, str]:
    return MappingProxyType({number: name for number, name in enumerate(names[:MAX_SLOT], 1) if name})


def midi_snapshot(state: MidiState) -> MidiSnapshot:
    """A MidiState as the window shows it."""
    learnt: dict[str, tuple[str, ...]] = {}
    for port, bindings in state.learnt.items():
        for binding in bindings:
            key = str(binding.slot)
            learnt[key] = (*learnt.get(key, ()), f"{port}, {summary(binding)}")
    knobs = [*state.knobs.values(), *state.others.values(), *([state.level] if state.level is not None else [])]
    return MidiSnapshot(
        ports=tuple(MidiPortStatus(port.name, _STATES[port.state], port.sentence) for port in state.ports),
        fault=state.fault,
        last_message=state.last_message,
        ghosts=MappingProxyType({knob.parameter: knob.ghost for knob in knobs}),
        waiting=frozenset(knob.parameter for knob in knobs if knob.waiting),
        soft=state.cut_mode is CutMode.SOFT,
        front=Front(state.front.launch, state.front.morph, state.front.pad_bank, state.front.knob_page),
        learn=_learn_snapshot(state.learn),
        learnt=MappingProxyType(learnt),
        macros=state.macros,
        trouble=state.trouble,
        told=state.told,
    )
