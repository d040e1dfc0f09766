"""Edits that can be taken back and done again, in the order in which hands made them. Cuts are never among them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.clock import NS_PER_MS

DEPTH: Final = 100
MERGE_NS: Final = 1500 * NS_PER_MS
"""Moves of one control that follow each other this closely are one gesture."""


def _free() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit.

    Attributes:
        what: it, in words that fit after "took back".
        ended: what has ended it, so that nothing of it is left; "" while there is.
        undo_blocked, redo_blocked: why it cannot be taken back, or done again, now; "" while it can.
        key: edits of one key that follow each other closely are one; None: this one stands alone.
        at_ns: when it was made; needed with a key.
    """

    what: str
    undo: Callable[[], None]
    redo: Callable[[], None]
    undo_blocked: Callable[[], str] = _free
    redo_blocked: Callable[[], str] = _free
    ended: Callable[[], str] = _free
    key: object = None
    at_ns: int = 0

    def continues(self, earlier: "Edit") -> bool:
        """It belongs to the same gesture as an earlier one."""
        return self.key is not None and self.key == earlier.key and self.at_ns - earlier.at_ns <= MERGE_NS


class UndoStack:
    """The last edits, the newest first to go back; a new edit forgets those that were taken back."""

    def __init__(self) -> None:
        self._done: list[Edit] = []
        self._undone: list[Edit] = []
        self._growing = False

    def remember(self, edit: Edit) -> None:
        """Take an edit that was made."""
        if self._growing and self._done and edit.continues(self._done[-1]):
            edit = replace(edit, undo=self._done.pop().undo)
        self._done.append(edit)
        self._growing = True
        del self._done[:-DEPTH]
        self._undone.clear()

    def forget(self, gone: Callable[[object], bool]) -> None:
        """Drop the edits with a key for which this is true: what they changed is no longer there."""
        for edits in (self._done, self._undone):
            edits[:] = [edit for edit in edits if edit.key is None or not gone(edit.key)]

    def drop_ended(self, *, undone: bool = False) -> str:
        """Forget the edits in front of which nothing is left; the first and what has ended it, "" for none.

        Args:
            undone: of those that were taken back.
        """
        edits, dropped = self._undone if undone else self._done, list[Edit]()
        while edits and edits[-1].ended():
            dropped.append(edits.pop())
        if not dropped:
            return ""
        self._growing = False
        more = f" and {len(dropped) - 1} more" if len(dropped) > 1 else ""
        return f"{dropped[0].what}{more} ended with {dropped[0].ended()}"

    @property
    def undo_blocked(self) -> str:
        """Why the last edit cannot be taken back now; "" while it can, or there is none."""
        return self._done[-1].undo_blocked() if self._done else ""

    @property
    def redo_blocked(self) -> str:
        """Why the edit that was taken back last cannot be done again now; "" while it can, or there is none."""
        return self._undone[-1].redo_blocked() if self._undone else ""

    def undo(self) -> str:
        """Take back the last edit; what it was, "" if there is none."""
        self._growing = False
        if not self._done:
            return ""
        edit = self._done.pop()
        edit.undo()
        self._undone.append(edit)
        return edit.what

    def redo(self) -> str:
        """Do the edit that was taken back last again; what it was, "" if there is none."""
        self._growing = False
        if not self._undone:
            return ""
        edit = self._undone.pop()
        edit.redo()
        self._done.append(edit)
        return edit.what
