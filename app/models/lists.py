"""The playlist and the cue list: where each is."""

from app.models.signal import Signal
from engine.messages.events import CueChanged, PlaylistChanged


class ListsModel:
    """The last word of each list; None where none is loaded."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.playlist: PlaylistChanged | None = None
        self.cues: CueChanged | None = None

    @property
    def loaded(self) -> bool:
        """There is a list to step through."""
        return self.playlist is not None or self.cues is not None

    def take(self, event: PlaylistChanged | CueChanged) -> None:
        """Take where a list is."""
        if isinstance(event, PlaylistChanged):
            self.playlist = event
        else:
            self.cues = event
        self.changed.emit()
