"""What the auto-pilot's key opens on a right click: how it flies."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from app.control.intents import TuneAuto
from app.control.limits import AUTO_BARS
from app.control.slots import Slot, SlotKind
from app.models.autopilot import AutoPilotModel
from app.models.console import Console
from app.views.menus.menu import PopoverMenu
from app.widgets.popover import Choice, Popover
from engine.messages.autopilot import AutoPilotTime, AutoPilotWay

TIMES: Final = ((AutoPilotTime.BARS, "On the downbeat"), (AutoPilotTime.SECTIONS, "When the music changes"))
WAYS: Final = ((AutoPilotWay.CUT, "Cut"), (AutoPilotWay.MORPH, "Morph"), (AutoPilotWay.EITHER, "Either"))
THROUGH: Final = ((False, "The pads in front"), (True, "The playlist"))


class AutoMenu(PopoverMenu):
    """Observes the auto-pilot."""

    def __init__(
        self,
        popover: Popover,
        auto: AutoPilotModel,
        console: Console,
        learn: Callable[[tuple[Slot, ...], QWidget], None],
    ) -> None:
        super().__init__(popover)
        self._auto = auto
        self._console = console
        self._learn = learn
        auto.changed.connect(self.refill)

    def fill(self, owner: QWidget) -> None:
        settings, popover = self._auto.settings, self.popover
        popover.begin("Auto-pilot", owner)
        switches = []
        for text, on in (("On", True), ("Off", False)):
            switch = Choice(text, current=settings.on is on)
            switch.chosen.connect(lambda wanted=on: self._console.set_auto(wanted))
            switches.append(switch)
        popover.add_grid(switches, 2)
        popover.add_heading("Every so many bars")
        popover.add_grid([self._one(str(bars), settings.bars == bars, TuneAuto(bars=bars)) for bars in AUTO_BARS], 6)
        popover.add_grid([self._one(text, settings.time is time, TuneAuto(time=time)) for time, text in TIMES], 2)
        popover.add_heading("It goes by")
        popover.add_grid([self._one(text, settings.way is way, TuneAuto(way=way)) for way, text in WAYS], 3)
        popover.add_heading("Through")
        popover.add_grid(
            [self._one(text, settings.prompts is prompts, TuneAuto(prompts=prompts)) for prompts, text in THROUGH], 2
        )
        learn = popover.add_choice(Choice("Learn MIDI"))
        learn.chosen.connect(lambda: self._learn((Slot(SlotKind.AUTO),), owner))
        popover.open_beside(owner, 460)

    def _one(self, text: str, current: bool, asked: TuneAuto) -> Choice:
        choice = Choice(text, current=current)
        choice.chosen.connect(lambda: self._console.tune_auto(asked))
        return choice
