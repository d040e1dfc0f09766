"""The controllers in words: their states, what is to be learnt as a whole, and where OSC listens."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.control.limits import MACROS
from app.control.slots import Slot, SlotKind
from app.midi.ports.port import PortState
from app.models.window_models import WindowModels
from app.views.geometry import KNOBS, PADS
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover

WHOLE_DEVICE: Final = (
    *(Slot(SlotKind.KNOB, number) for number in range(1, KNOBS + 1)),
    *(Slot(SlotKind.PAD, number) for number in range(1, PADS + 1)),
)
ALL_MACROS: Final = tuple(Slot(SlotKind.MACRO, number) for number in range(1, MACROS + 1))


class ControllersMenu(PopoverMenu):
    """Reads the controllers when it is opened.

    Args:
        learn: learn controls for targets, beside a part.
        open_addresses: open the page of OSC addresses.
    """

    def __init__(
        self,
        popover: Popover,
        models: WindowModels,
        learn: Callable[[tuple[Slot, ...], QWidget], None],
        open_addresses: Callable[[], None],
    ) -> None:
        super().__init__(popover)
        self._models = models
        self._learn = learn
        self._open_addresses = open_addresses

    def fill(self, owner: QWidget) -> None:
        midi, popover = self._models.midi, self.popover
        popover.begin("Controllers", owner)
        if midi.fault:
            popover.add_words(midi.fault)
        elif not midi.ports:
            popover.add_words("No MIDI controller is connected. Plug one in at any time: it is found by name.")
        for port in midi.ports:
            tint = theme.ACCENT if port.state is PortState.OPEN else theme.AMBER
            choice = Choice(port.name, remark=port.state.value.upper(), tint=tint, detail=port.sentence, inert=True)
            popover.add_choice(choice)
        if midi.last_message:
            popover.add_words(f"Last message: {midi.last_message}")
        knobs = self._models.knobs.knobs
        labels = [knobs[key].spec.label for key in sorted(midi.waiting) if key in knobs]
        if labels:
            popover.add_words(f"Waiting to be picked up: {', '.join(labels)}. Turn each through its ghost.")
        self._add_learning(owner)
        popover.open_beside(owner, 380)

    def _add_learning(self, owner: QWidget) -> None:
        midi, popover = self._models.midi, self.popover
        if midi.ports and not midi.fault:
            popover.add_heading("Learn")
            device = Choice("A whole device", detail="Eight knobs, then sixteen pads, one after another")
            device.chosen.connect(lambda: self._learn(WHOLE_DEVICE, owner))
            popover.add_choice(device)
            macros = Choice("The macros", detail="Eight knobs that each move what was put under them")
            macros.chosen.connect(lambda: self._learn(ALL_MACROS, owner))
            popover.add_choice(macros)
            popover.add_words("A single one: right-click a knob, a pad or a key.")
        if midi.trouble:
            popover.add_words(midi.trouble)
        if midi.osc:
            popover.add_heading("OSC")
            popover.add_words(midi.osc)
            page = Choice("Addresses", remark="O", detail="What can be sent, with types and ranges; a click copies one")
            popover.add_choice(page).chosen.connect(self.pick(self._open_addresses))
