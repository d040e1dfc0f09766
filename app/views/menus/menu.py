"""The base of the menus, which share the window's one popover."""

from collections.abc import Callable
from typing import ParamSpec

from PySide6.QtWidgets import QWidget

from app.widgets.popover import Popover

P = ParamSpec("P")


class PopoverMenu:
    """Fills the popover each time it is opened, and again while it is open and its models change."""

    def __init__(self, popover: Popover) -> None:
        self.popover = popover
        self._owner: QWidget | None = None
        popover.closed.connect(self.leave)

    @property
    def is_open(self) -> bool:
        """It is what the popover shows."""
        return self._owner is not None

    def open(self, owner: QWidget) -> None:
        """Open beside the part that asked for it, in place of what was open."""
        self.popover.dismiss()
        self._owner = owner
        self.fill(owner)

    def refill(self) -> None:
        """Show what has changed, if it is open and nobody types in it."""
        if self._owner is not None and self.popover.isVisible() and not self.popover.typing:
            self.fill(self._owner)

    def leave(self) -> None:
        """The popover was closed, or shows another menu."""
        self._owner = None

    def fill(self, owner: QWidget) -> None:
        """Put the lines into the popover and show it."""
        raise NotImplementedError

    def pick(self, action: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Callable[[], None]:
        """Close the popover, then act."""

        def act() -> None:
            self.popover.dismiss()
            action(*args, **kwargs)

        return act
