"""What a knob's right click opens: what moves it by itself, its value, learning."""

from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget

from app.control.slots import Slot, SlotKind
from app.models import text as words
from app.models.console import Console
from app.models.knobs import Knob
from app.models.macros import MacroKnob
from app.models.modulation import STARTS, Held, label_of
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.views.menus.modulator import ModulatorParts
from app.widgets.depth import DepthRow
from app.widgets.popover import Choice, Popover
from engine.messages.audio import AudioFeatures

COLUMNS = 3


class KnobMenu(PopoverMenu):
    """Observes the modulation.

    Args:
        beside: where it opens: not at the knob itself, so that it is seen moving.
        learn: learn controls for targets, beside a part.
        parts: show what a macro moves, beside its knob.
    """

    def __init__(
        self,
        popover: Popover,
        models: WindowModels,
        console: Console,
        beside: QWidget,
        learn: Callable[[tuple[Slot, ...], QWidget], None],
        parts: Callable[[str, QWidget], None],
    ) -> None:
        super().__init__(popover)
        self._models = models
        self._console = console
        self._beside = beside
        self._learn = learn
        self._parts = parts
        self._key = ""
        self._rows: list[DepthRow] = []
        self._set: tuple[int, bool] | None = None  # the modulator whose settings are shown
        self._parts_shown: ModulatorParts | None = None
        self._edit: Callable[[], None] = lambda: None
        models.modulation.changed.connect(self._follow)

    def open_for(self, key: str, owner: QWidget, edit: Callable[[], None]) -> None:
        """Open for a parameter or a macro; edit: types its value."""
        self._key, self._edit, self._set = key, edit, None
        self.open(owner)

    def show_sound(self, heard: AudioFeatures | None) -> None:
        """Show what is heard where a threshold is set."""
        if self._parts_shown is not None:
            self._parts_shown.show_sound(heard)

    def _follow(self) -> None:
        held = any(row.held for row in self._rows) or (self._parts_shown is not None and self._parts_shown.held)
        if not (self.is_open and held):
            self.refill()

    def leave(self) -> None:
        super().leave()
        self._rows, self._set, self._parts_shown = [], None, None

    def fill(self, owner: QWidget) -> None:
        popover, modulation = self.popover, self._models.modulation
        knob = self._models.macros.find(self._key) or self._models.knobs.knobs.get(self._key)
        if knob is None:
            return
        chosen = [one for one in modulation.of(self._key) if (one.place, one.everywhere) == self._set]
        self._parts_shown = None
        if chosen:
            self._fill_settings(knob, chosen[0], owner)
            return
        popover.begin(f"Modulate {knob.spec.label}", owner)
        if not modulation.on:
            popover.add_words("Modulation is off", strong=True)
        self._rows = [self._row(held, owner) for held in modulation.of(self._key)]
        for row in self._rows:
            row.set_unit(popover.unit)
            popover.add_part(row)
        if self._console.modulation.has_room(self._key):
            choices = []
            for label in STARTS:
                choice = Choice(label)
                choice.chosen.connect(lambda one=label: self._console.modulation.start(self._key, one))
                choices.append(choice)
            popover.add_grid(choices, COLUMNS)
        scopes = []
        for label, stays in (("In this scene", False), ("In every scene", True)):
            scope = Choice(label, current=modulation.stays is stays)
            scope.chosen.connect(lambda one=stays: modulation.set_stays(one))
            scopes.append(scope)
        popover.add_grid(scopes, 2)
        self._add_value(knob, owner)
        popover.open_beside(self._beside, 460)

    def _fill_settings(self, knob: Knob, held: Held, owner: QWidget) -> None:
        """How one modulator moves."""
        popover = self.popover
        popover.begin(f"{knob.spec.label}: {label_of(held.modulator)}", owner)
        self._rows = [self._row(held, owner)]
        self._rows[0].set_unit(popover.unit)
        popover.add_part(self._rows[0])
        self._parts_shown = ModulatorParts(popover, lambda one: self._console.modulation.change(held, one))
        self._parts_shown.fill(held.modulator)
        back = popover.add_choice(Choice("Back"))
        back.chosen.connect(lambda: self._show_settings(None))
        popover.open_beside(self._beside, 460)

    def _show_settings(self, held: Held | None) -> None:
        seat = None if held is None else (held.place, held.everywhere)
        self._set = None if seat == self._set else seat
        self.refill()

    def _row(self, held: Held, owner: QWidget) -> DepthRow:
        row = DepthRow(None, label_of(held.modulator), "every scene" if held.everywhere else "", held.modulator.depth)
        row.changed.connect(lambda depth: self._console.modulation.deepen(held, depth))
        if not held.everywhere:
            slot = Slot(SlotKind.DEPTH, name=f"{held.target}/{held.place}")
            row.learn_asked.connect(lambda: self._learn((slot,), owner))
        row.opened.connect(lambda: self._show_settings(held))
        row.removed.connect(lambda: self._console.modulation.clear(held))
        return row

    def _add_value(self, knob: Knob, owner: QWidget) -> None:
        popover, console, key = self.popover, self._console, self._key
        popover.add_heading(knob.spec.label)
        type_it = Choice("Type a value")
        type_it.chosen.connect(self.pick(self._edit))
        reset = Choice(f"Reset to {words.value(knob.spec, knob.home)}")
        reset.chosen.connect(self.pick(console.reset_knob, key))
        copied = words.value(knob.spec, knob.target)
        copy = Choice("Copy value")
        copy.chosen.connect(self.pick(QApplication.clipboard().setText, copied))
        learn = Choice("Learn MIDI")
        macro = isinstance(knob, MacroKnob)
        slot = knob.slot if isinstance(knob, MacroKnob) else Slot(SlotKind.PARAMETER, name=key)
        learn.chosen.connect(lambda: self._learn((slot,), owner))
        choices = [type_it, reset, copy, learn]
        if macro:
            parts = Choice("What it moves")
            parts.chosen.connect(lambda: self._parts(key, owner))
            choices = [parts, learn, type_it, reset]
        popover.add_grid(choices, 2)
