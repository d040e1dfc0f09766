"""What a macro moves: its name, its parameters with their ranges, and the controls that move it."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.control.slots import Slot
from app.control.spans import Span
from app.models.controllers.api import MidiFeed
from app.models.macros import MacroKnob
from app.models.window_models import WindowModels
from app.widgets.fields import Field
from app.widgets.popover import Choice, Popover, anchor_of
from app.widgets.span import SpanRow

COLUMNS = 3


class MacroMenu:
    """Fills the window's popover for one macro, and keeps it true while it is open."""

    def __init__(
        self,
        popover: Popover,
        beside: QWidget,
        area: QWidget,
        show: WindowModels,
        midi: MidiFeed,
        learn: Callable[[tuple[Slot, ...], QWidget], None],
    ) -> None:
        """Open below another part than the macro's knob, so that knobs and pads stay in view."""
        self._popover = popover
        self._beside = beside
        self._area = area
        self._show = show
        self._midi = midi
        self._learn = learn
        self._key = ""
        self._owner: QWidget | None = None
        show.macros.changed.connect(self._refill)
        popover.closed.connect(self._closed)

    def open(self, macro: str, owner: QWidget, unit: float) -> None:
        """Show what a macro moves; the owner is its knob."""
        self._key, self._owner = macro, owner
        self._fill(owner, unit)

    def _closed(self) -> None:
        self._owner = None

    def _refill(self) -> None:
        typing = any(field.hasFocus() for field in self._popover.findChildren(Field))
        if self._owner is not None and self._popover.owner is self._owner and not typing:
            self._fill(self._owner, self._popover.unit)

    def _fill(self, owner: QWidget, unit: float) -> None:
        macro = self._show.macros.find(self._key)
        if macro is None:
            return
        popover, number = self._popover, macro.number
        popover.begin(macro.spec.label, unit, owner)
        if self._show.midi.trouble:
            popover.add_words(self._show.midi.trouble, strong=True)
        name = popover.add_field(
            Field(None, name="Name", placeholder=f"A name for macro {number}", help_text="Enter keeps it.")
        )
        name.setText(macro.name)
        name.entered.connect(lambda text: self._midi.name_macro(number, text))
        if not macro.empty:
            popover.add_heading("It moves")
        for part in macro.parts:
            row = SpanRow(None, self._show.knobs.knobs[part.parameter].spec, part.span)
            row.changed.connect(lambda span, key=part.parameter: self._span(number, key, span))
            row.removed.connect(lambda key=part.parameter: self._midi.toggle_macro(number, key))
            row.set_unit(unit)
            popover.add_part(row)
        self._add_parameters(macro)
        popover.add_heading("Moved by")
        for words in self._show.midi.learnt.get(macro.slot, ()):
            popover.add_words(words)
        learn = popover.add_choice(Choice("Learn MIDI", detail="Then turn a control: it moves this macro"))
        learn.chosen.connect(lambda: self._learn((macro.slot,), owner))
        popover.open_at(anchor_of(self._beside, self._area), round(460 * unit))

    def _span(self, number: int, parameter: str, span: Span) -> None:
        self._midi.span_macro(number, parameter, span)

    def _add_parameters(self, macro: MacroKnob) -> None:
        """Every parameter of the generator; a press puts it under the macro or takes it away."""
        self._popover.add_heading("Put under it, or take away")
        moved = {part.parameter for part in macro.parts}
        choices = []
        for knob in self._show.knobs.playable:
            choice = Choice(knob.spec.label, current=knob.spec.id in moved)
            choice.chosen.connect(lambda key=knob.spec.id: self._midi.toggle_macro(macro.number, key))
            choices.append(choice)
        self._popover.add_grid(choices, COLUMNS)
