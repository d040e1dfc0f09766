"""The playlist and the cue list: where each is, and where the timecode that a cue list chases."""

from app.models.signal import Signal
from engine.messages.list_events import CueChanged, PlaylistChanged, TimecodeChanged


class ListsModel:
    """The last word of each list; None where none is loaded."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.playlist: PlaylistChanged | None = None
        self.cues: CueChanged | None = None
        self.timecode: TimecodeChanged | None = None

    @property
    def loaded(self) -> bool:
        """There is a list to step through."""
        return self.playlist is not None or self.cues is not None

    def take(self, event: PlaylistChanged | CueChanged | TimecodeChanged) -> None:
        """Take where a list or the timecode is."""
        match event:
            case PlaylistChanged():
                self.playlist = event if event.count else None
            case CueChanged():
                self.cues = event if event.count else None
            case TimecodeChanged():
                self.timecode = event
        self.changed.emit()
