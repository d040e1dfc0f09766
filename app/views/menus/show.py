"""What the mark opens: the show as one thing to save and open, what a start begins with, the first steps."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QWidget

from app.bridge import Finder
from app.models.choices import ChoiceBook
from app.models.console import Console
from app.settings import AfterEnd
from app.show.asked import Opening
from app.show.desk import Saved, ShowDesk
from app.show.file import SUFFIX
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover

WIDTH: Final = 420
SHOW_FILES: Final = f"Shows (*{SUFFIX});;All files (*)"


class ShowMenu(PopoverMenu):
    """Saves and opens on a worker, and says what came of it.

    Args:
        desk: None where there is no show to save.
        first_steps: opens them.
    """

    def __init__(
        self,
        popover: Popover,
        console: Console,
        choices: ChoiceBook,
        desk: ShowDesk | None,
        first_steps: Callable[[], None],
    ) -> None:
        super().__init__(popover)
        self._console = console
        self._choices = choices
        self._desk = desk
        self._first_steps = first_steps
        self._path = Path.home() / f"show{SUFFIX}"
        self._saving = Finder(self._save, "show-saver")
        self._opening = Finder(self._open, "show-opener")
        self._saving.found.connect(lambda done: console.note(done[0].told))
        self._opening.found.connect(lambda done: console.use_show(done[0], self._path.name))
        self._saving.failed.connect(console.warn)
        self._opening.failed.connect(console.warn)
        self._dialog: QFileDialog | None = None

    def fill(self, owner: QWidget) -> None:
        popover, possible = self.popover, self._desk is not None
        popover.begin("Show", owner)
        fault = self._desk.fault if self._desk is not None else ""
        if fault:
            popover.add_words(fault, strong=True)
        kept = "All of it, in one file that plays on another machine too"
        save = popover.add_choice(Choice("Save show as…", remark="CTRL S", detail=kept, inert=not possible))
        save.chosen.connect(self.pick(self.ask_where_to_save, owner))
        opened = popover.add_choice(Choice("Open show…", remark="CTRL O", inert=not possible))
        opened.chosen.connect(self.pick(self.ask_what_to_open, owner))
        popover.add_heading("When Hardcut starts")
        after = self._choices.now.after_end
        for one, title in (
            (AfterEnd.RESUME, "Go on where the last show ended"),
            (AfterEnd.HOME, "Begin with the home scene"),
        ):
            choice = popover.add_choice(Choice(title, current=one is after))
            choice.chosen.connect(self.pick(self._choices.begin_with, one))
        popover.add_words("After a crash or a power cut the show goes on by itself, whatever is chosen here.")
        popover.add_heading("Help")
        popover.add_choice(Choice("First steps")).chosen.connect(self.pick(self._first_steps))
        popover.open_beside(owner, WIDTH)

    def ask_where_to_save(self, owner: QWidget) -> None:
        """A dialog for the file; the window stays playable."""
        if self._desk is not None:
            dialog = self._ask(owner, "Save the show as", QFileDialog.AcceptMode.AcceptSave)
            dialog.fileSelected.connect(lambda path: self._go(self._saving, Path(path)))

    def ask_what_to_open(self, owner: QWidget) -> None:
        """A dialog for the file; the window stays playable."""
        if self._desk is not None:
            dialog = self._ask(owner, "Open a show", QFileDialog.AcceptMode.AcceptOpen)
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.fileSelected.connect(lambda path: self.open_file(Path(path)))

    def open_file(self, path: Path) -> None:
        """Open a show from its file."""
        self._go(self._opening, path)

    def close(self) -> None:
        """Wait for what is being saved or opened."""
        self._saving.close()
        self._opening.close()

    def _ask(self, owner: QWidget, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        self._drop_dialog()
        dialog = QFileDialog(owner.window(), title, str(self._path.parent), SHOW_FILES)
        dialog.setAcceptMode(mode)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        if mode is QFileDialog.AcceptMode.AcceptSave:
            dialog.selectFile(self._path.name)
        dialog.setModal(False)
        dialog.finished.connect(self._drop_dialog)
        self._dialog = dialog
        dialog.show()
        return dialog

    def _drop_dialog(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def _go(self, worker: Finder, path: Path) -> None:
        self._path = path
        worker.search()

    def _save(self) -> tuple[Saved, ...]:
        return (self._desk.save(self._path),) if self._desk is not None else ()

    def _open(self) -> tuple[Opening, ...]:
        return (self._desk.open(self._path),) if self._desk is not None else ()
