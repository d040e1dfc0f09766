"""Sixteen pads, their banks, and how a pad acts: cut or morph, and when."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.control.limits import LAUNCHES
from app.control.show import PadState
from app.control.slots import SlotKind
from app.models.console import Console
from app.models.keys import PAD_LETTERS
from app.models.pads import PadBank
from app.models.transport import Transport
from app.views.geometry import PADS, PadBoxes
from app.views.learnables import Learnables
from app.views.sections.section import Section
from app.widgets import icons
from app.widgets.keys import KeyRow, PushKey
from app.widgets.pad import PadWidget
from app.widgets.pictures import ScenePictures


class PadsView(Section):
    """Observes the pads, the transport for how they act, and the scenes' pictures.

    Signals:
        menu_asked: what can be done with the pad at this place, 0..15.
    """

    menu_asked = Signal(int, QWidget)

    def __init__(
        self, parent: QWidget, pads: PadBank, transport: Transport, console: Console, pictures: ScenePictures
    ) -> None:
        super().__init__(parent)
        self._pads = pads
        self._transport = transport
        self.pads = tuple(PadWidget(self, place, PAD_LETTERS[place], pictures) for place in range(PADS))
        self.banks = KeyRow(
            self, (), name="Banks", help_text="Which sixteen scenes the pads are (PgUp, PgDn).", vertical=True
        )
        self.mode = KeyRow(
            self,
            ("Cut", "Morph"),
            name="Cut or morph",
            help_text="Cut: a pad resets and cuts. Morph: it glides to its scene.",
        )
        self.launch = KeyRow(
            self,
            ("Now", "Beat", "Bar", "2", "4"),
            name="Quantise",
            help_text="When a pad acts: at once, on the beat, the bar, or every 2 or 4 bars.",
        )
        self.cancel = PushKey(self, "Cancel", help_text="Forget the cut that waits.", icon=icons.cross)
        for pad in self.pads:
            pad.struck.connect(console.press_pad)
            pad.menu_asked.connect(lambda place, owner=pad: self.menu_asked.emit(place, owner))
        self.banks.chosen.connect(pads.turn_bank)
        self.mode.chosen.connect(lambda index: transport.set_soft(index == 1))
        self.launch.chosen.connect(lambda index: console.set_launch(LAUNCHES[index]))
        self.cancel.pressed.connect(console.cancel_queued)
        pads.changed.connect(self._show_pads)
        transport.changed.connect(self._show_transport)
        pictures.changed.connect(self._show_picture)
        self._show_pads()
        self._show_transport()

    def place(self, boxes: PadBoxes, unit: float) -> None:
        """Place the parts."""
        single = (self.banks, self.mode, self.launch, self.cancel)
        self.put((*zip(self.pads, boxes.pads, strict=True), *zip(single, boxes[1:], strict=True)), unit)

    def add_learnables(self, learnables: Learnables) -> None:
        """What can be learnt here; the pads have menus of their own."""
        learnables.add(self.cancel, SlotKind.CANCEL)
        learnables.add(self.mode, SlotKind.CUT_MODE)
        learnables.add_row(self.launch, SlotKind.LAUNCH)
        learnables.add_row(self.banks, SlotKind.PAD_BANK)

    def flash(self, place: int, down: bool) -> None:
        """Show a pad pressed, by the key that plays it."""
        self.pads[place].flash(down)

    def tick(self, now_ns: int) -> None:
        """Move the bar of the cut that waits, and forget one that never came."""
        self._pads.expire(now_ns)
        if self._pads.queued:
            progress = self._pads.wait_progress(now_ns)
            for widget in self.pads:
                if widget.pad.state is PadState.QUEUED:
                    widget.show_progress(progress)

    def _show_pads(self) -> None:
        bank = self._pads
        for widget, pad in zip(self.pads, bank.shown, strict=True):
            widget.show_pad(pad)
        self.banks.show_labels([chr(ord("A") + number) for number in range(bank.banks)])
        self.banks.show_current(bank.bank)
        playing = bank.bank_of(bank.playing)
        self.banks.show_marked(frozenset() if playing is None else frozenset({playing}))
        self.cancel.setEnabled(bool(bank.queued))

    def _show_transport(self) -> None:
        self.mode.show_current(1 if self._transport.soft else 0)
        self.launch.show_current(LAUNCHES.index(self._transport.launch))

    def _show_picture(self, scene: str) -> None:
        for pad in self.pads:
            if pad.pad.scene == scene:
                pad.forget_face()
