"""Edits that can be taken back and done again. Gestures of the show are never among them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit.

    Attributes:
        what: it, in words that fit after "took back".
    """

    what: str
    undo: Callable[[], None]
    redo: Callable[[], None]


class UndoStack:
    """The last edits, the newest first to go back; a new edit forgets those that were taken back."""

    def __init__(self) -> None:
        self._done: list[Edit] = []
        self._undone: list[Edit] = []

    def remember(self, edit: Edit) -> None:
        """An edit was made."""
        self._done.append(edit)
        del self._done[:-DEPTH]
        self._undone.clear()

    def undo(self) -> str:
        """Take back the last edit; what it was, "" if there is none."""
        if not self._done:
            return ""
        edit = self._done.pop()
        edit.undo()
        self._undone.append(edit)
        return edit.what

    def redo(self) -> str:
        """Do the edit that was taken back last again; what it was, "" if there is none."""
        if not self._undone:
            return ""
        edit = self._undone.pop()
        edit.redo()
        self._done.append(edit)
        return edit.what
