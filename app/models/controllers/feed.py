"""The controllers' services as the window's feed."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from app.control.clock_settings import LinkMode
from app.control.intents import Intent, NameMacro, SendClock, SetLink, SetMacroSpan, ToggleMacroPart
from app.control.service import ControlService
from app.control.slots import Slot
from app.control.spans import Span
from app.control.state import ControlState
from app.control.store import ControlStore
from app.dmx.core import DmxLearn, DmxState, LearnDmx, UnlearnDmx
from app.dmx.service import DmxService
from app.link.service import LinkService, LinkState
from app.midi.bindings import Resolution
from app.midi.learning.learn import LearnPhase, LearnState
from app.midi.learning.learner import BindingCommand, Learn, Resolve, StopLearning, Unlearn, summary
from app.midi.ports.port import PortState
from app.midi.service import MidiService
from app.midi.state import MidiState
from app.models.controllers.api import ControllerStatus, LearnSnapshot, MidiSnapshot
from app.models.controllers.clocks import clock_snapshot
from app.models.controllers.devices import ControllerView, ControllerViews
from app.models.controllers.dmx import dmx_learning, dmx_learnt, dmx_ports
from app.osc.service import OscService, OscState
from app.sound.service import SoundService, SoundState
from app.streamdeck.system import DecksState, DeckState
from engine.messages.commands import Origin

_DECK_STATES: Final = {
    DeckState.OPEN: PortState.OPEN,
    DeckState.BUSY: PortState.BUSY,
    DeckState.DENIED: PortState.BUSY,
    DeckState.GONE: PortState.GONE,
}

_OFF: Final = MidiState(trouble="MIDI is off (--midi none): nothing can be learnt.")


class ControllerFeed:
    """Shows the window how the controllers stand, and hands on what it asks of them.

    Args:
        store: what lies in front, macros and clock settings.
        midi: the MIDI service, or None.
        osc: the OSC service, or None.
        decks: the Stream Decks, or None; the window shows them among the controllers.
        link: Ableton Link, or None: its extra is not installed.
        dmx: the DMX service, or None: it is not asked for.
        sound: what follows the beat that is heard, or None.
    """

    def __init__(
        self,
        store: ControlStore,
        midi: MidiService | None = None,
        osc: OscService | None = None,
        decks: ControlService[Any, DecksState] | None = None,
        link: LinkService | None = None,
        dmx: DmxService | None = None,
        sound: SoundService | None = None,
    ) -> None:
        self._store = store
        self._midi = midi
        self._osc = osc
        self._decks = decks
        self._link = link
        self._dmx = dmx
        self._sound = sound
        self._both_learn = False
        self._shown: _Sources | None = None
        self._snapshot = MidiSnapshot()
        self._views = ControllerViews()

    def snapshot(self) -> MidiSnapshot:
        """The controllers now; the same object as long as nothing of it changes."""
        now = _Sources(
            self._store.state,
            self._midi.state() if self._midi is not None else _OFF if self._dmx is None else MidiState(),
            self._osc.state() if self._osc is not None else None,
            self._decks.state() if self._decks is not None else None,
            self._link.state() if self._link is not None else None,
            self._dmx.state() if self._dmx is not None else None,
            self._sound.state() if self._sound is not None else None,
        )
        if now != self._shown:
            self._shown = now
            clocks = clock_snapshot(now.front, now.midi if self._midi is not None else None, now.link, now.sound)
            shown = midi_snapshot(now.midi)
            front = now.front
            osc_trouble = now.osc.trouble if now.osc is not None else ""
            dmx_trouble = now.dmx.trouble if now.dmx is not None else ""
            troubles = (shown.trouble, front.macros_trouble, front.clock_trouble, osc_trouble, dmx_trouble)
            learnt = dict(shown.learnt)
            for slot, words in dmx_learnt(now.dmx).items():
                learnt[slot] = (*learnt.get(slot, ()), *words)
            self._snapshot = replace(
                shown,
                ports=shown.ports + dmx_ports(now.dmx) + _deck_ports(now.decks),
                learn=self._learning(shown.learn, now.dmx),
                learnt=MappingProxyType(learnt),
                dmx=bool(now.dmx and now.dmx.place),
                trouble=" ".join(dict.fromkeys(filter(None, troubles))),
                clocks=clocks,
                osc=_osc_words(now.osc),
                osc_failed=bool(now.osc and now.osc.fault),
            )
        return self._snapshot

    def _learning(self, midi: LearnSnapshot, dmx: DmxState | None) -> LearnSnapshot:
        """How learning stands where it is heard first; the other no longer listens then."""
        if dmx is None or dmx.learn is DmxLearn.OFF:
            return midi
        first_midi = midi.phase not in (LearnPhase.OFF, LearnPhase.WAITING)
        if self._both_learn and (first_midi or dmx.learn is DmxLearn.LEARNT):
            self._both_learn = False
            if first_midi:
                self._learn_dmx(None)
            else:
                self.give(StopLearning())
        return midi if first_midi else dmx_learning(dmx)

    def _learn_dmx(self, slot: Slot | None) -> None:
        if self._dmx is not None:
            self._dmx.learn(LearnDmx(slot))

    def learn(self, targets: tuple[Slot, ...]) -> None:
        """Learn controls for these, one after another; for a single one a channel of DMX will do as well."""
        self.give(Learn(targets))
        self._both_learn = len(targets) == 1
        self._learn_dmx(targets[0] if self._both_learn else None)

    def stop_learning(self) -> None:
        """Leave it; what was learnt so far stays."""
        self.give(StopLearning())
        self._learn_dmx(None)

    def resolve(self, answer: Resolution) -> None:
        """Answer the question about a control that does something already."""
        self.give(Resolve(answer))

    def unlearn(self, target: Slot) -> None:
        """Forget the controls that the user has bound to this."""
        self.give(Unlearn(target))
        if self._dmx is not None:
            self._dmx.learn(UnlearnDmx(target))

    def toggle_macro(self, macro: int, parameter: str) -> None:
        """Put a parameter under a macro, or take it away."""
        self._send(ToggleMacroPart(macro, parameter))

    def span_macro(self, macro: int, parameter: str, span: Span) -> None:
        """Let a macro drive another part of a parameter's travel."""
        self._send(SetMacroSpan(macro, parameter, span))

    def name_macro(self, macro: int, name: str) -> None:
        """Call a macro something; "" takes it back to its number."""
        self._send(NameMacro(macro, name))

    def send_clock(self, output: str, send: bool) -> None:
        """Send our clock to an output, or no longer."""
        present = tuple(port.name for port in self._midi.state().clock.ports) if self._midi is not None else ()
        self._send(SendClock(output, send, present))

    def set_link(self, mode: LinkMode) -> None:
        """Follow or lead a Link session, or leave it, also where the command line had said something else."""
        self._send(SetLink(mode))

    def controllers(self) -> tuple[ControllerView, ...]:
        """Every controller with its picture and all that its controls do."""
        return self._views.of(self._midi.state()) if self._midi is not None else ()

    def give(self, command: BindingCommand) -> None:
        """Bind a control, restore it, import or export."""
        if self._midi is not None:
            self._midi.give(command)

    def _send(self, intent: Intent) -> None:
        self._store.send(intent, Origin.WINDOW)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What a snapshot is made of."""

    front: ControlState
    midi: MidiState
    osc: OscState | None
    decks: DecksState | None
    link: LinkState | None
    dmx: DmxState | None
    sound: SoundState | None


def _deck_ports(decks: DecksState | None) -> tuple[ControllerStatus, ...]:
    if decks is None:
        return ()
    if decks.fault:
        return (ControllerStatus("Stream Deck", PortState.BUSY, decks.fault),)
    return tuple(ControllerStatus(deck.name, _DECK_STATES[deck.state], deck.sentence) for deck in decks.decks)


def _osc_words(osc: OscState | None) -> str:
    if osc is None:
        return "OSC is off (--osc)."
    if osc.fault:
        return osc.fault
    told = f" Told: {', '.join(osc.subscribers)}." if osc.subscribers else ""
    refused = f" {osc.refused} messages could not be used." if osc.refused else ""
    unread = f" {osc.unread} datagrams were not read: not allowed, or too many." if osc.unread else ""
    note = " ".join(("", *filter(None, (osc.note, osc.trouble))))
    return f"OSC listens on {osc.place}.{note}{told}{refused}{unread}"


def _learn_snapshot(learn: LearnState) -> LearnSnapshot:
    words = summary(learn.binding, learn.certain) if learn.binding is not None else ""
    existing: tuple[Slot, ...] = ()
    if learn.conflict is not None:
        words = str(learn.conflict.wanted.source)
        existing = tuple(binding.slot for binding in learn.conflict.existing)
    return LearnSnapshot(learn.phase, learn.slot, learn.left, words, existing)


def midi_snapshot(state: MidiState) -> MidiSnapshot:
    """A MidiState as the window shows it."""
    learnt: dict[Slot, tuple[str, ...]] = {}
    for port, bindings in state.learnt.items():
        for binding in bindings:
            learnt[binding.slot] = (*learnt.get(binding.slot, ()), f"{port}, {summary(binding)}")
    knobs = [*state.knobs.values(), *state.others.values(), *([state.level] if state.level is not None else [])]
    return MidiSnapshot(
        ports=tuple(ControllerStatus(port.name, port.state, port.sentence) for port in state.ports),
        fault=state.fault,
        last_message=state.last_message,
        ghosts=MappingProxyType({knob.parameter: knob.ghost for knob in knobs}),
        waiting=frozenset(knob.parameter for knob in knobs if knob.waiting),
        learn=_learn_snapshot(state.learn),
        learnt=MappingProxyType(learnt),
        trouble=state.trouble,
        done=state.done,
    )
