"""Learning a control: the panel that asks for a hand on the controller, and says what it learnt."""

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.limits import MACROS
from app.control.slots import Slot, SlotKind
from app.midi.bindings import Resolution
from app.midi.learning.learn import LearnPhase
from app.models.binding_edits import LearningEdit, MacroEdits
from app.models.controllers.api import MidiFeed
from app.models.targets import Targets
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover

TITLE: Final = "Learn MIDI"
TOLD_MS: Final = 300
"""By then the controllers have told what learning left behind."""
_ANSWERS: Final = ((Resolution.REPLACE, "Replace"), (Resolution.KEEP_BOTH, "Keep both"), (Resolution.CANCEL, "Cancel"))


class LearnMenu(PopoverMenu):
    """Observes the controllers while something is learnt. Closing it ends learning; nothing waits for an answer."""

    def __init__(
        self, popover: Popover, models: WindowModels, midi: MidiFeed, macros: MacroEdits, learning: LearningEdit
    ) -> None:
        super().__init__(popover)
        self._models = models
        self._midi = midi
        self._macros = macros
        self._learning = learning
        self._targets: tuple[Slot, ...] = ()
        models.midi_changed.connect(self.refill)
        models.macros.changed.connect(self.refill)

    def learn(self, targets: tuple[Slot, ...], owner: QWidget) -> None:
        """Learn controls for these, one after another, beside a part of the window."""
        self.popover.dismiss()
        self._targets = targets
        self._learning.begin(Targets(self._models).label(targets[0]))
        self._begin()
        self.open(owner)

    def _begin(self) -> None:
        self._midi.learn(self._targets)

    def leave(self) -> None:
        if self.is_open:
            super().leave()
            self._midi.stop_learning()
            QTimer.singleShot(TOLD_MS, self.popover, self._learning.end)

    def fill(self, owner: QWidget) -> None:
        popover, midi = self.popover, self._models.midi
        learn = midi.learn
        target = learn.target or self._targets[0]
        popover.begin(f"{TITLE}: {Targets(self._models).label(target)}", owner)
        match learn.phase:
            case LearnPhase.ASKING:
                popover.add_choice(Choice("It does something already", inert=True))
                targets = Targets(self._models)
                does = " and ".join(targets.in_full(slot) for slot in learn.existing)
                popover.add_words(f"{learn.words} does {does}. Replace that, keep both, or cancel?")
                choices = [Choice(label) for _, label in _ANSWERS]
                for choice, (answer, _) in zip(choices, _ANSWERS, strict=True):
                    choice.chosen.connect(lambda answer=answer: self._midi.resolve(answer))
                popover.add_grid(choices, len(choices))
            case LearnPhase.LEARNT:
                popover.add_choice(Choice("Learnt", detail=learn.words, remark="✓", tint=theme.ACCENT, inert=True))
                again = popover.add_choice(Choice("Learn another", detail="A second control for the same"))
                again.chosen.connect(self._begin)
            case _:
                self._add_waiting()
        self._add_bound(target)
        if target.kind is SlotKind.PARAMETER:
            self._add_macros(target.name)
        if midi.trouble:
            popover.add_words(midi.trouble)
        popover.open_beside(owner, 380)

    def _add_waiting(self) -> None:
        popover, midi = self.popover, self._models.midi
        learn = midi.learn
        if not midi.dmx and (midi.fault or not midi.ports):
            popover.add_words(midi.fault or "No MIDI controller is connected. Plug one in: it is found by itself.")
            return
        heard = learn.phase is LearnPhase.LISTENING
        title = "Listening…" if heard else "Move a control"
        remark = f"{learn.left} MORE" if learn.left else ""
        wanted = "Turn or hit it, on MIDI or DMX." if midi.dmx else "Turn a knob, move a fader, or hit a pad."
        detail = "Keep moving" if heard else f"{wanted} Esc ends it."
        popover.add_choice(Choice(title, detail=detail, remark=remark, tint=theme.AMBER, inert=True))
        if learn.words:
            popover.add_words(f"Learnt: {learn.words}")

    def _add_bound(self, target: Slot) -> None:
        bound = self._models.midi.learnt.get(target, ())
        if not bound:
            return
        self.popover.add_heading("Learnt for it")
        for words in bound:
            self.popover.add_words(words)
        forget = self.popover.add_choice(Choice("Forget", detail="Back to what the controller's profile says"))
        forget.chosen.connect(lambda: self._midi.unlearn(target))

    def _add_macros(self, parameter: str) -> None:
        self.popover.add_heading("Moved by macro")
        macros = self._models.front.macros
        under = {number for number, one in macros.items() if any(part.parameter == parameter for part in one.parts)}
        choices = [Choice(str(number), current=number in under) for number in range(1, MACROS + 1)]
        for number, choice in enumerate(choices, 1):
            choice.chosen.connect(lambda number=number: self._macros.toggle(number, parameter))
        self.popover.add_grid(choices, MACROS)
