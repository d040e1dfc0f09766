"""Learning a control: the panel that asks for a hand on the controller, and says what it learnt."""

from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.control.limits import MACROS
from app.control.slots import Slot, SlotKind
from app.midi.bindings import Resolution
from app.midi.learning.learn import LearnPhase
from app.models.controllers.api import MidiFeed
from app.models.targets import Targets
from app.models.window_models import WindowModels
from app.widgets.popover import Choice, Popover, anchor_of

TITLE: Final = "Learn MIDI"
_ANSWERS: Final = ((Resolution.REPLACE, "Replace"), (Resolution.KEEP_BOTH, "Keep both"), (Resolution.CANCEL, "Cancel"))


class LearnMenu:
    """Fills the window's popover while something is learnt. Closing it ends learning; nothing waits for an answer."""

    def __init__(self, popover: Popover, area: QWidget, show: WindowModels, midi: MidiFeed) -> None:
        self._popover = popover
        self._area = area
        self._show = show
        self._midi = midi
        self._owner: QWidget | None = None
        self._targets: tuple[Slot, ...] = ()
        show.midi_changed.connect(self._refill)
        show.macros.changed.connect(self._refill)
        popover.closed.connect(self._closed)

    def open(self, targets: tuple[Slot, ...], owner: QWidget, unit: float) -> None:
        """Learn controls for these, one after another, beside a part of the window."""
        self._targets, self._owner = targets, owner
        self._midi.learn(targets)
        self._fill(owner, unit)

    def _closed(self) -> None:
        if self._owner is not None:
            self._owner = None
            self._midi.stop_learning()

    def _refill(self) -> None:
        if self._owner is not None and self._popover.isVisible():
            self._fill(self._owner, self._popover.unit)

    def _fill(self, owner: QWidget, unit: float) -> None:
        popover, midi = self._popover, self._show.midi
        learn = midi.learn
        target = learn.target or self._targets[0]
        popover.begin(f"{TITLE}: {self._label(target)}", unit, owner)
        match learn.phase:
            case LearnPhase.ASKING:
                popover.add_choice(Choice("It does something already", inert=True))
                targets = Targets(self._show)
                does = " and ".join(targets.in_full(slot) for slot in learn.existing)
                popover.add_words(f"{learn.words} does {does}. Replace that, keep both, or cancel?")
                choices = [Choice(label) for _, label in _ANSWERS]
                for choice, (answer, _) in zip(choices, _ANSWERS, strict=True):
                    choice.chosen.connect(lambda answer=answer: self._midi.resolve(answer))
                popover.add_grid(choices, len(choices))
            case LearnPhase.LEARNT:
                popover.add_choice(Choice("Learnt", detail=learn.words, remark="✓", tint=theme.ACCENT, inert=True))
                again = popover.add_choice(Choice("Learn another", detail="A second control for the same"))
                again.chosen.connect(lambda: self._midi.learn(self._targets))
            case _:
                self._add_waiting()
        self._add_bound(target)
        if target.kind is SlotKind.PARAMETER:
            self._add_macros(target.name)
        if midi.trouble:
            popover.add_words(midi.trouble)
        popover.open_at(anchor_of(owner, self._area), round(380 * unit))

    def _add_waiting(self) -> None:
        popover, midi = self._popover, self._show.midi
        learn = midi.learn
        if midi.fault or not midi.ports:
            popover.add_words(midi.fault or "No MIDI controller is connected. Plug one in: it is found by itself.")
            return
        heard = learn.phase is LearnPhase.LISTENING
        title = "Listening…" if heard else "Move a control"
        remark = f"{learn.left} MORE" if learn.left else ""
        detail = "Keep moving" if heard else "Turn a knob, move a fader, or hit a pad. Esc ends it."
        popover.add_choice(Choice(title, detail=detail, remark=remark, tint=theme.AMBER, inert=True))
        if learn.words:
            popover.add_words(f"Learnt: {learn.words}")

    def _add_bound(self, target: Slot) -> None:
        bound = self._show.midi.learnt.get(target, ())
        if not bound:
            return
        self._popover.add_heading("Learnt for it")
        for words in bound:
            self._popover.add_words(words)
        forget = self._popover.add_choice(Choice("Forget", detail="Back to what the controller's profile says"))
        forget.chosen.connect(lambda: self._midi.unlearn(target))

    def _add_macros(self, parameter: str) -> None:
        self._popover.add_heading("Moved by macro")
        macros = self._show.front.macros
        under = {number for number, one in macros.items() if any(part.parameter == parameter for part in one.parts)}
        choices = [Choice(str(number), current=number in under) for number in range(1, MACROS + 1)]
        for number, choice in enumerate(choices, 1):
            choice.chosen.connect(lambda number=number: self._midi.toggle_macro(number, parameter))
        self._popover.add_grid(choices, MACROS)

    def _label(self, target: Slot) -> str:
        return Targets(self._show).label(target)
