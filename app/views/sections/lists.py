"""The playlist and the cue list, in a line that is always there."""

from PySide6.QtWidgets import QWidget

from app.control.limits import MAX_SLOT
from app.control.slots import Slot, SlotKind
from app.models.console import Console
from app.models.lists import ListsModel
from app.views import labels
from app.views.geometry import ListBoxes
from app.views.learnables import Learnables
from app.views.sections.section import Section
from app.widgets.lists import ListCard


class ListsView(Section):
    """Observes the lists."""

    def __init__(self, parent: QWidget, lists: ListsModel, console: Console) -> None:
        super().__init__(parent)
        self._lists = lists
        self.playlist = ListCard(self, "Playlist", "The prompts, one after another (N; with Shift back).")
        self.cues = ListCard(self, "Cues", "The scenes in their order (M; with Shift back).")
        self.playlist.stepped.connect(console.step_playlist)
        self.cues.stepped.connect(console.step_cues)
        lists.changed.connect(self._show)
        self._show()

    def place(self, boxes: ListBoxes, unit: float) -> None:
        """Place the parts."""
        self.put(((self.playlist, boxes.playlist), (self.cues, boxes.cues)), unit)

    def add_learnables(self, learnables: Learnables) -> None:
        """What can be learnt here."""
        learnables.add_list(self.playlist, SlotKind.PROMPT_PREVIOUS, SlotKind.PROMPT_NEXT)
        learnables.add_list(self.cues, SlotKind.CUE_PREVIOUS, SlotKind.CUE_NEXT, self._current_cue)

    def tick(self, now_ns: int) -> None:
        """Count down to a cue that follows by itself, and let the timecode run."""
        self.cues.show_face(labels.cue_face(self._lists.cues, now_ns, self._lists.timecode))

    def _show(self) -> None:
        self.playlist.show_face(labels.playlist_face(self._lists.playlist))
        if self._lists.cues is None:
            self.cues.show_face(labels.cue_face(None, 0))

    def _current_cue(self) -> tuple[Slot, ...]:
        cues = self._lists.cues
        return (Slot(SlotKind.CUE, cues.number),) if cues is not None and 1 <= cues.number <= MAX_SLOT else ()
