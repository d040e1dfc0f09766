"""Edits of macros, and of what learning has bound; each can be taken back."""

from collections.abc import Callable

from app.control.spans import Span
from app.midi.learning.learner import BindingCommand
from app.models.controllers.api import MidiFeed
from app.models.controllers.panel import bringing_back
from app.models.macros import MacroBank
from app.models.undo import Edit


class MacroEdits:
    """Makes them; remember takes each."""

    def __init__(
        self, midi: MidiFeed, macros: MacroBank, remember: Callable[[Edit], None], now_ns: Callable[[], int]
    ) -> None:
        self._midi = midi
        self._macros = macros
        self._remember = remember
        self._now_ns = now_ns

    def toggle(self, macro: int, parameter: str) -> None:
        """Put a parameter under a macro (1 to 8), or take it away; its span comes back with it."""
        knob = self._macros.knobs[macro - 1]
        part = next((one for one in knob.parts if one.parameter == parameter), None)

        def again() -> None:
            self._midi.toggle_macro(macro, parameter)

        def back() -> None:
            self._midi.toggle_macro(macro, parameter)
            if part is not None and part.span != Span():
                self._midi.span_macro(macro, parameter, part.span)

        again()
        self._remember(Edit(f"the change of {knob.spec.label}", back, again))

    def span(self, macro: int, parameter: str, span: Span) -> None:
        """Let a macro drive another part of a parameter's travel."""
        knob = self._macros.knobs[macro - 1]
        part = next((one for one in knob.parts if one.parameter == parameter), None)
        self._midi.span_macro(macro, parameter, span)
        if part is not None and part.span != span:
            before = part.span
            self._remember(
                Edit(
                    f"the range of {knob.spec.label}",
                    lambda: self._midi.span_macro(macro, parameter, before),
                    lambda: self._midi.span_macro(macro, parameter, span),
                    key=("span", macro, parameter),
                    at_ns=self._now_ns(),
                )
            )

    def name(self, macro: int, name: str) -> None:
        """Name a macro; "" takes it back to its number."""
        before = self._macros.knobs[macro - 1].name
        self._midi.name_macro(macro, name)
        if name != before:
            what = f"naming macro {macro} {name}" if name else f"taking the name of macro {macro}"
            self._remember(
                Edit(
                    what,
                    lambda: self._midi.name_macro(macro, before),
                    lambda: self._midi.name_macro(macro, name),
                )
            )


class LearningEdit:
    """What learning changed on the controllers, from begin to end, as one edit."""

    def __init__(self, midi: MidiFeed, remember: Callable[[Edit], None]) -> None:
        self._midi = midi
        self._remember = remember
        self._what = ""
        self._before: tuple[BindingCommand, ...] | None = None

    def begin(self, label: str) -> None:
        """Note what is bound before a control is learnt for a target."""
        self.end()
        self._what = f"learning {label}"
        self._before = bringing_back(self._midi.controllers())

    def end(self) -> None:
        """Remember what is bound otherwise since."""
        before, self._before = self._before, None
        after = bringing_back(self._midi.controllers())
        if before is not None and before != after:
            self._remember(Edit(self._what, lambda: self._give(before), lambda: self._give(after)))

    def _give(self, commands: tuple[BindingCommand, ...]) -> None:
        for command in commands:
            self._midi.give(command)
