"""What the performer chose once, and keeps."""

from dataclasses import replace
from pathlib import Path

from app.models.signal import Signal
from app.settings import AfterEnd, Choices, SettingsError, load_choices, save_choices


class ChoiceBook:
    """The choices, kept in a file; None: for this run only.

    Attributes:
        now: what is chosen.
        trouble: why they could not be read or kept, a sentence; "" while all is well.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.changed = Signal()
        self.now = Choices()
        self.trouble = ""
        self._file = file
        if file is not None:
            try:
                self.now = load_choices(file)
            except SettingsError as error:
                self.trouble = str(error)

    def begin_with(self, after_end: AfterEnd) -> None:
        """Choose what a start begins with once the show before it was ended in order."""
        self._take(replace(self.now, after_end=after_end))

    def put_steps_away(self) -> None:
        """The first steps were seen: they come again only when they are asked for."""
        self._take(replace(self.now, steps_seen=True))

    def _take(self, choices: Choices) -> None:
        if choices == self.now:
            return
        self.now, self.trouble = choices, ""
        if self._file is not None:
            try:
                save_choices(self._file, choices)
            except SettingsError as error:
                self.trouble = str(error)
        self.changed.emit()
