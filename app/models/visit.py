"""The visit to a scene, from one cut to the next: what hands change of a scene lasts as long.

A cut plays a scene as it is stored. Of a knob, prompt or modulator that was moved before it nothing is left to take
back; taken back all the same it would move what plays now by what was meant for another scene. Soft cuts, snapshots and
panic are cuts here.
"""

from dataclasses import replace

from app.models.pads import PadBank
from app.models.undo import Edit
from engine.messages.commands import Origin
from engine.messages.events import Committed


class SceneVisit:
    """Counts visits.

    Args:
        pads: know which cut is on its way.

    Attributes:
        number: of the visit.
    """

    def __init__(self, pads: PadBank) -> None:
        self.number = 0
        self._pads = pads
        self._scene = ""
        self._epoch: int | None = None

    def take(self, event: Committed) -> bool:
        """Take a boundary; returns whether a hard cut lies in it, which set every value to the scene's."""
        scene, epoch = self._scene, self._epoch
        self._scene, self._epoch = event.scene, event.epoch
        cut = epoch is not None and (scene != event.scene or Origin.ENGINE in event.origins.values())
        self.number += cut
        return cut and epoch != event.epoch

    def rename(self, name: str, new_name: str) -> None:
        """A scene has another name from now on."""
        if self._scene == name:
            self._scene = new_name

    def bound(self, edit: Edit) -> Edit:
        """The edit, which ends with this visit, and waits for a cut that is on its way."""
        number, scene = self.number, self._scene

        def ended() -> str:
            return "" if self.number == number else f"the cut from {scene}"

        return replace(edit, ended=ended, undo_blocked=self._blocked, redo_blocked=self._blocked)

    def _blocked(self) -> str:
        return f"{self._pads.asked} is about to play." if self._pads.asked else ""
