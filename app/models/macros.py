"""The eight macros as knobs: each stands where its first parameter would have it."""

from collections.abc import Callable
from typing import Final

from app.control.intents import Intent, ToggleMacros
from app.control.limits import MACROS
from app.control.macros import NO_MACRO, Macro, MacroPart, Macros
from app.control.slots import Slot, SlotKind
from app.control.state import ControlState
from app.models.controllers.api import MidiSnapshot
from app.models.knobs import Knob, KnobBank
from app.models.signal import Signal
from engine.messages.parameters import ParameterSpec

FULL: Final = 100.0
"""Macros are shown in percent, so that nobody takes one for a parameter."""


class MacroKnob(Knob):
    """A macro on the surface. It has no value of its own: it reads its first parameter, and moves all of them.

    Attributes:
        number: 1 to 8; slot: what a control is bound to that moves it.
        parts: what it moves of the parameters there are, each with the part of its travel.
    """

    def __init__(self, number: int, macro: Macro, parts: tuple[MacroPart, ...], labels: tuple[str, ...]) -> None:
        self.slot = Slot(SlotKind.MACRO, number)
        moves = f"Moves {', '.join(labels)}." if labels else "Moves nothing yet."
        super().__init__(
            ParameterSpec(
                id=str(self.slot),
                label=macro.name or f"Macro {number}",
                minimum=0.0,
                maximum=FULL,
                default=0.0,
                unit="%",
                help=f"{moves} Right-click to choose what.",
            )
        )
        self.number = number
        self.name = macro.name
        self.parts = parts

    @property
    def empty(self) -> bool:
        return not self.parts


class MacroBank:
    """The macros, in front of the parameters' pages or behind them.

    Attributes:
        in_front: the eight knobs are the macros.
        knobs: the eight of them.
    """

    def __init__(self, parameters: KnobBank, send: Callable[[Intent], None], front: ControlState) -> None:
        self.changed = Signal()
        self.in_front = front.macros_shown
        self._parameters = parameters
        self._send = send
        self._midi = MidiSnapshot()
        self._macros: Macros = front.macros
        self.knobs = self._made()
        parameters.changed.connect(self._rebuild)

    def find(self, key: str) -> MacroKnob | None:
        """The macro of this id, None if it is another's."""
        return next((knob for knob in self.knobs if knob.spec.id == key), None)

    def toggle(self) -> None:
        """Ask for the macros on the eight knobs, or for the parameters again."""
        self._send(ToggleMacros())

    def follow_front(self, front: ControlState) -> None:
        """Take in what the macros are, and whether they are in front."""
        if front.macros_shown != self.in_front:
            self.in_front = front.macros_shown
            self.changed.emit()
        if front.macros != self._macros:
            self._macros = front.macros
            self._rebuild()

    def follow(self, midi: MidiSnapshot) -> None:
        """Take in where the hardware stands."""
        self._midi = midi
        self._follow_hardware()

    def refresh(self, now_ns: int) -> None:
        """The parameters have moved."""
        for knob in self.knobs:
            if knob.parts:
                part = knob.parts[0]
                first = self._parameters.knobs[part.parameter]
                here, there = (
                    FULL * part.span.position(first.spec.to_travel(value)) for value in (first.value, first.target)
                )
                knob.commit(here, there, now_ns)

    def moves(self, knob: MacroKnob, value: float) -> tuple[tuple[str, float], ...]:
        """The parameters' values with a macro at a value in percent."""
        position = min(max(value / FULL, 0.0), 1.0)
        specs = self._parameters.knobs
        return tuple(
            (part.parameter, specs[part.parameter].spec.from_travel(part.span.travel(position))) for part in knob.parts
        )

    def _rebuild(self) -> None:
        self.knobs = self._made()
        self.refresh(0)
        self._follow_hardware()
        self.changed.emit()

    def _made(self) -> tuple[MacroKnob, ...]:
        known = self._parameters.knobs
        made = []
        for number in range(1, MACROS + 1):
            macro = self._macros.get(number, NO_MACRO)
            parts = tuple(part for part in macro.parts if part.parameter in known)
            labels = tuple(known[part.parameter].spec.label for part in parts)
            made.append(MacroKnob(number, macro, parts, labels))
        return tuple(made)

    def _follow_hardware(self) -> None:
        for knob in self.knobs:
            knob.follow(self._midi.ghosts.get(knob.spec.id), knob.spec.id in self._midi.waiting)
