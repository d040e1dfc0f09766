"""Where a controller's bindings go to and come from: file dialogs that leave the window playable."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QWidget

OVERLAYS: Final = "Learnt controls (*.toml)"


class OverlayFiles:
    """One dialog at a time."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._dialog: QFileDialog | None = None

    def ask_import(self, take: Callable[[Path], None]) -> None:
        """Ask for a file to read."""
        self._ask("Import learnt controls", take, saving=False, name="")

    def ask_export(self, take: Callable[[Path], None], name: str) -> None:
        """Ask for a file to write, with a name to begin with."""
        self._ask("Export learnt controls", take, saving=True, name=name)

    def _ask(self, title: str, take: Callable[[Path], None], *, saving: bool, name: str) -> None:
        if self._dialog is not None:
            self._dialog.raise_()
            return
        dialog = QFileDialog(self._parent.window(), title, str(Path.home()), OVERLAYS)
        dialog.setModal(False)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile if saving else QFileDialog.FileMode.ExistingFile)
        if saving:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
            dialog.setDefaultSuffix("toml")
            dialog.selectFile(f"{name}.toml")
        dialog.fileSelected.connect(lambda path: take(Path(path)))
        dialog.finished.connect(self._done)
        self._dialog = dialog
        dialog.show()

    def _done(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None

    def close(self) -> None:
        """Take the dialog away, if one is open."""
        if self._dialog is not None:
            self._dialog.close()
