"""What a pad's right click opens: its scene, learning, and the scenes of the user's own."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.control.limits import PADS_PER_BANK
from app.control.slots import Slot, SlotKind
from app.models.console import Console
from app.models.pads import PadBank
from app.views.menus.menu import PopoverMenu
from app.widgets.fields import Field
from app.widgets.pad import state_words
from app.widgets.popover import Choice, Popover


class PadMenu(PopoverMenu):
    """Reads the pads when it is opened.

    Args:
        beside: where it opens: not at the pad itself, so that the pads stay in view.
        learn: learn controls for targets, beside a part.
    """

    def __init__(
        self,
        popover: Popover,
        pads: PadBank,
        console: Console,
        beside: QWidget,
        learn: Callable[[tuple[Slot, ...], QWidget], None],
    ) -> None:
        super().__init__(popover)
        self._pads = pads
        self._console = console
        self._beside = beside
        self._learn = learn
        self._index = 0

    def open_for(self, place: int, owner: QWidget) -> None:
        """Open for the pad at a place, 0..15, of the bank in front."""
        self._index = self._pads.shown[place].index
        self.open(owner)

    def fill(self, owner: QWidget) -> None:
        pads, popover, index = self._pads, self.popover, self._index
        here = pads.scene_at(index)
        popover.begin(f"Scene of pad {pads.name_of(index)}", owner)
        pad = next((one for one in pads.shown if one.index == index), None)
        if pad is not None and pad.scene:
            popover.add_words(state_words(pad))
        choices = []
        for name in pads.scenes:
            choice = Choice(name, current=name == here)
            choice.chosen.connect(self.pick(self._console.scenes.assign, index, name))
            choices.append(choice)
        empty = Choice("Empty", current=not here)
        empty.chosen.connect(self.pick(self._console.scenes.assign, index, ""))
        popover.add_grid([*choices, empty], 4)
        learn = Choice("Learn MIDI", detail="Then hit a pad or key of the controller: it plays this pad")
        place = Slot(SlotKind.PAD, index - pads.bank * PADS_PER_BANK + 1)
        learn.chosen.connect(lambda: self._learn((place,), owner))
        popover.add_choice(learn)
        if here:
            scene = Choice(f"Learn MIDI for {here}", detail="It plays this scene, whichever pad that lies on")
            scene.chosen.connect(lambda: self._learn((Slot(SlotKind.SCENE, name=here),), owner))
            popover.add_choice(scene)
        popover.add_heading("Your own scenes")
        save = popover.add_field(
            Field(
                None,
                name="Save what plays",
                placeholder="Save what plays on this pad, under a name",
                help_text="Enter saves it.",
            )
        )
        save.entered.connect(lambda name: self.pick(self._console.scenes.save, name, index)())
        if here in pads.scenes.own:
            self._add_own_scene(here)
        popover.open_beside(self._beside, 600)

    def _add_own_scene(self, scene: str) -> None:
        rename = self.popover.add_field(
            Field(None, name="Rename", placeholder=f"Another name for {scene}", help_text="Enter renames it.")
        )
        rename.entered.connect(lambda name: self.pick(self._console.scenes.rename, scene, name)())
        delete = self.popover.add_choice(Choice(f"Delete {scene}", remark="CTRL Z BRINGS IT BACK"))
        delete.chosen.connect(self.pick(self._console.scenes.delete, scene))
