"""What a macro moves: its name, its parameters with their ranges, and the controls that move it."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.control.slots import Slot
from app.control.spans import Span
from app.models.binding_edits import MacroEdits
from app.models.macros import MacroKnob
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.widgets.fields import Field
from app.widgets.popover import Choice, Popover
from app.widgets.span import SpanRow

COLUMNS = 3


class MacroMenu(PopoverMenu):
    """Observes the macros.

    Args:
        beside: where it opens: not at the macro's knob, so that knobs and pads stay in view.
        learn: learn controls for targets, beside a part.
    """

    def __init__(
        self,
        popover: Popover,
        models: WindowModels,
        edits: MacroEdits,
        beside: QWidget,
        learn: Callable[[tuple[Slot, ...], QWidget], None],
    ) -> None:
        super().__init__(popover)
        self._models = models
        self._edits = edits
        self._beside = beside
        self._learn = learn
        self._key = ""
        models.macros.changed.connect(self.refill)

    def open_for(self, macro: str, owner: QWidget) -> None:
        """Show what a macro (macro.1 …) moves; the owner is its knob."""
        self._key = macro
        self.open(owner)

    def fill(self, owner: QWidget) -> None:
        macro = self._models.macros.find(self._key)
        if macro is None:
            return
        popover, number = self.popover, macro.number
        popover.begin(macro.spec.label, owner)
        if self._models.midi.trouble:
            popover.add_words(self._models.midi.trouble, strong=True)
        name = popover.add_field(
            Field(None, name="Name", placeholder=f"A name for macro {number}", help_text="Enter keeps it.")
        )
        name.setText(macro.name)
        name.entered.connect(lambda text: self._edits.name(number, text))
        if not macro.empty:
            popover.add_heading("It moves")
        for part in macro.parts:
            row = SpanRow(None, self._models.knobs.knobs[part.parameter].spec, part.span)
            row.changed.connect(lambda span, key=part.parameter: self._span(number, key, span))
            row.removed.connect(lambda key=part.parameter: self._edits.toggle(number, key))
            row.set_unit(popover.unit)
            popover.add_part(row)
        self._add_parameters(macro)
        popover.add_heading("Moved by")
        for words in self._models.midi.learnt.get(macro.slot, ()):
            popover.add_words(words)
        learn = popover.add_choice(Choice("Learn MIDI", detail="Then turn a control: it moves this macro"))
        learn.chosen.connect(lambda: self._learn((macro.slot,), owner))
        popover.open_beside(self._beside, 460)

    def _span(self, number: int, parameter: str, span: Span) -> None:
        self._edits.span(number, parameter, span)

    def _add_parameters(self, macro: MacroKnob) -> None:
        """Every parameter of the generator; a press puts it under the macro or takes it away."""
        self.popover.add_heading("Put under it, or take away")
        moved = {part.parameter for part in macro.parts}
        choices = []
        for knob in self._models.knobs.playable:
            choice = Choice(knob.spec.label, current=knob.spec.id in moved)
            choice.chosen.connect(lambda key=knob.spec.id: self._edits.toggle(macro.number, key))
            choices.append(choice)
        self.popover.add_grid(choices, COLUMNS)
