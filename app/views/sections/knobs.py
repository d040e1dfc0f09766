"""Eight knobs, and which page of parameters, or the macros, they are."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.control.slots import SlotKind
from app.models.console import Console
from app.models.window_models import WindowModels
from app.views.geometry import KNOBS, KnobBoxes
from app.views.learnables import Learnables
from app.views.sections.section import Section
from app.widgets.keys import KeyRow, PushKey
from app.widgets.knob import KnobWidget

MACROS_LABEL: Final = "Macro"


class KnobsView(Section):
    """Observes the knobs and the macros.

    Signals:
        macro_asked: show what this macro moves, beside its knob.
        menu_asked: show what moves this parameter or macro by itself, beside its knob.
    """

    macro_asked = Signal(str, QWidget)
    menu_asked = Signal(str, QWidget)

    def __init__(self, parent: QWidget, models: WindowModels, console: Console) -> None:
        super().__init__(parent)
        self._models = models
        self.knobs = tuple(KnobWidget(self) for _ in range(KNOBS))
        self.pages = KeyRow(
            self,
            (),
            name="Knob pages",
            help_text="Which eight parameters the knobs are, or the eight macros (K).",
            vertical=True,
        )
        for knob in self.knobs:
            knob.turned.connect(console.turn_knob)
            knob.reset.connect(console.reset_knob)
            knob.menu_asked.connect(lambda key, owner=knob: self.menu_asked.emit(key, owner))
            knob.macro_asked.connect(lambda macro, owner=knob: self.macro_asked.emit(macro, owner))
        self.modulation = PushKey(
            self,
            "Mod",
            help_text="Modulation: everything that moves by itself, or nothing. Right-click a knob.",
            size=14,
        )
        self.modulation.pressed.connect(console.toggle_modulation)
        models.modulation.changed.connect(self._show_modulation)
        self._show_modulation()
        self.pages.chosen.connect(models.turn_page)
        models.knobs.changed.connect(self._show)
        models.macros.changed.connect(self._show)
        self._show()

    def place(self, boxes: KnobBoxes, unit: float) -> None:
        """Place the parts."""
        self.put(
            (
                *zip(self.knobs, boxes.knobs, strict=True),
                (self.pages, boxes.pages),
                (self.modulation, boxes.modulation),
            ),
            unit,
        )

    def add_learnables(self, learnables: Learnables) -> None:
        """What can be learnt here; the knobs have menus of their own."""
        learnables.add_row(self.pages, SlotKind.KNOB_PAGE)
        learnables.add(self.modulation, SlotKind.MODULATION, SlotKind.TRIGGER)

    def _show_modulation(self) -> None:
        self.modulation.show_state(lit=self._models.modulation.on)

    def _show(self) -> None:
        bank, macros = self._models.knobs, self._models.macros
        shown = macros.knobs if macros.in_front else bank.shown
        for place, widget in enumerate(self.knobs):
            widget.show_knob(shown[place] if place < len(shown) else None)
        self.pages.show_labels([*(str(page + 1) for page in range(bank.pages)), MACROS_LABEL])
        self.pages.show_current(bank.pages if macros.in_front else bank.page)
        moved = any(not knob.empty for knob in macros.knobs)
        self.pages.show_marked(frozenset({bank.pages}) if moved else frozenset())
