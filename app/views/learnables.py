"""Which targets each part of the window stands for, so that a control can be learnt for it there."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QWidget

from app.control.limits import PAGES
from app.control.slots import Slot, SlotKind
from app.widgets.fields import Field
from app.widgets.keys import KeyRow
from app.widgets.lists import ListCard
from app.widgets.panels import Stepper

TargetsAt = Callable[[QPoint], tuple[Slot, ...]]
"""The targets under a point of a part."""

SNAPSHOT_KEYS: Final = 4
"""As many as the keyboard has."""


class Learnables:
    """The parts of the window and what is learnt from each: one target at once, several from a menu.

    Args:
        ask: learn controls for these targets, beside that part.
        label: a target in words.
    """

    def __init__(self, ask: Callable[[tuple[Slot, ...], QWidget], None], label: Callable[[Slot], str]) -> None:
        self._ask = ask
        self._label = label
        self._parts: dict[QWidget, TargetsAt] = {}

    def add(self, part: QWidget, *kinds: SlotKind) -> None:
        """A part that stands for the same wherever it is pressed."""
        slots = tuple(Slot(kind) for kind in kinds)
        self._parts[part] = lambda _: slots

    def add_slots(self, part: QWidget, slots: Sequence[Slot]) -> None:
        """The same for targets with a number."""
        fixed = tuple(slots)
        self._parts[part] = lambda _: fixed

    def add_row(self, row: KeyRow, kind: SlotKind, most: int = PAGES) -> None:
        """A row of keys of which each is a target with its number."""

        def at(place: QPoint) -> tuple[Slot, ...]:
            keys = range(min(len(row.labels), most))
            return tuple(Slot(kind, index + 1) for index in keys if row.key_rect(index).contains(place))

        self._parts[row] = at

    def add_stepper(self, stepper: Stepper, less: SlotKind, more: SlotKind) -> None:
        """A value between a minus and a plus."""
        self._parts[stepper] = lambda place: (Slot(less if place.x() < stepper.width() / 2 else more),)

    def add_list(
        self, card: ListCard, back: SlotKind, forth: SlotKind, here: Callable[[], Sequence[Slot]] = tuple
    ) -> None:
        """A list with a key back and a key forth, and perhaps what stands for the line that plays."""

        def at(place: QPoint) -> tuple[Slot, ...]:
            for step, kind in ((-1, back), (1, forth)):
                if card.key_rect(step).contains(place):
                    return (Slot(kind),)
            return (Slot(forth), Slot(back), *here())

        self._parts[card] = at

    def add_field(self, field: Field, *kinds: SlotKind) -> None:
        """A line to type in: it keeps its own menu, which is made longer."""
        field.menu_made.connect(lambda menu: self._fill(menu, field, [Slot(kind) for kind in kinds]))

    def of(self, part: QWidget, place: QPoint) -> tuple[Slot, ...]:
        """What is learnt from a part, at a point of it; nothing where it is no control."""
        at = self._parts.get(part)
        return at(place) if at is not None else ()

    def open(self, part: QWidget, place: QPoint) -> bool:
        """Learn, or offer what can be learnt there; False where nothing can."""
        slots = self.of(part, place)
        if len(slots) == 1:
            self._ask(slots, part)
        elif slots:
            menu = QMenu(part)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._fill(menu, part, slots)
            menu.popup(part.mapToGlobal(place))
        return bool(slots)

    def _fill(self, menu: QMenu, part: QWidget, slots: Sequence[Slot]) -> None:
        menu.addSeparator()
        for slot in slots:
            menu.addAction(f"Learn {self._label(slot)}", partial(self._ask, (slot,), part))


def snapshot_slots() -> tuple[Slot, ...]:
    """The snapshots that the keyboard has: back to each, and store each."""
    numbers = range(1, SNAPSHOT_KEYS + 1)
    return (
        *(Slot(SlotKind.SNAPSHOT, number) for number in numbers),
        *(Slot(SlotKind.STORE, number) for number in numbers),
    )
