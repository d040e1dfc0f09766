"""A file dialog that leaves the window playable, one at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QWidget

PICTURE_FILES: Final = (
    "Video and pictures (*.mp4 *.mov *.mkv *.avi *.webm *.m4v *.mpg *.gif *.png *.jpg *.jpeg *.webp);;All files (*)"
)
STILL_FILES: Final = "Pictures (*.png *.webp *.jpg *.jpeg *.bmp *.tif *.tiff)"


class FileChooser:
    """Asks for an existing file.

    Args:
        files: the filter, as Qt writes it; take: gets the path that was chosen.
    """

    def __init__(self, title: str, files: str, take: Callable[[str], None]) -> None:
        self._title = title
        self._files = files
        self._take = take
        self._dialog: QFileDialog | None = None

    def choose(self, owner: QWidget) -> None:
        """Open the dialog, or bring it to the front."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        dialog = QFileDialog(owner.window(), self._title, str(Path.home()), self._files)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setModal(False)
        dialog.fileSelected.connect(self._take)
        dialog.finished.connect(self._drop)
        self._dialog = dialog
        dialog.show()

    def _drop(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
