"""The list of everything that a control can be bound to, kind by kind, in the window's popover."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.control.slots import Slot
from app.models.targets import TargetGroup, Targets, target_groups
from app.models.window_models import WindowModels
from app.views.performance_view import PerformanceView
from app.widgets.popover import Choice, Popover, anchor_of

COLUMNS = 4
WIDTH = 640


class TargetMenu:
    """Fills the popover; what is chosen is handed to aim, and the popover closes."""

    def __init__(
        self, popover: Popover, surface: PerformanceView, show: WindowModels, aim: Callable[[Slot], None]
    ) -> None:
        self._popover = popover
        self._surface = surface
        self._show = show
        self._aim = aim

    def open(self, owner: QWidget, now: Slot | None) -> None:
        """Open beside a part, at the kind of what is bound now."""
        groups = tuple(group for group in target_groups(self._show) if group.targets)
        front = next((index for index, group in enumerate(groups) if now in group.targets), 0)
        self._list(owner, groups, front, now)

    def _list(self, owner: QWidget, groups: tuple[TargetGroup, ...], front: int, now: Slot | None) -> None:
        popover, unit, targets = self._popover, self._surface.unit, Targets(self._show)
        popover.begin("What it does", unit, owner)
        kinds = [Choice(group.title, current=index == front) for index, group in enumerate(groups)]
        for index, kind in enumerate(kinds):
            kind.chosen.connect(lambda index=index: self._list(owner, groups, index, now))
        popover.add_grid(kinds, COLUMNS)
        popover.add_heading(groups[front].remark)
        choices = []
        for slot in groups[front].targets:
            choice = Choice(targets.label(slot), detail=targets.content(slot), current=slot == now)
            choice.chosen.connect(lambda slot=slot: self._take(slot))
            choices.append(choice)
        popover.add_grid(choices, COLUMNS)
        popover.open_at(anchor_of(owner, self._surface), round(WIDTH * unit))

    def _take(self, slot: Slot) -> None:
        self._popover.dismiss()
        self._aim(slot)
