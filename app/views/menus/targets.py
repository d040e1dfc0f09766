"""The list of everything that a control can be bound to, kind by kind, in the window's popover."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.control.slots import Slot
from app.models.targets import TargetGroup, Targets, target_groups
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover

COLUMNS = 4
WIDTH = 640


class TargetMenu(PopoverMenu):
    """Fills the popover; what is chosen is handed to aim, and the popover closes."""

    def __init__(self, popover: Popover, models: WindowModels, aim: Callable[[Slot], None]) -> None:
        super().__init__(popover)
        self._models = models
        self._aim = aim
        self._current: Slot | None = None
        self._front = 0

    def open_at(self, owner: QWidget, current: Slot | None) -> None:
        """Open beside a part, at the kind of what is bound now."""
        self._current = current
        self._front = next((index for index, group in enumerate(self._groups()) if current in group.targets), 0)
        self.open(owner)

    def _groups(self) -> tuple[TargetGroup, ...]:
        return tuple(group for group in target_groups(self._models) if group.targets)

    def _turn_to(self, front: int) -> None:
        self._front = front
        self.refill()

    def fill(self, owner: QWidget) -> None:
        popover, targets, groups, front = self.popover, Targets(self._models), self._groups(), self._front
        popover.begin("What it does", owner)
        kinds = [Choice(group.title, current=index == front) for index, group in enumerate(groups)]
        for index, kind in enumerate(kinds):
            kind.chosen.connect(lambda index=index: self._turn_to(index))
        popover.add_grid(kinds, COLUMNS)
        popover.add_heading(groups[front].remark)
        choices = []
        for slot in groups[front].targets:
            choice = Choice(targets.label(slot), detail=targets.assigned_label(slot), current=slot == self._current)
            choice.chosen.connect(self.pick(self._aim, slot))
            choices.append(choice)
        popover.add_grid(choices, COLUMNS)
        popover.open_beside(owner, WIDTH)
