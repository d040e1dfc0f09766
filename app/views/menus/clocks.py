"""The tempo's menu: whose tempo is played, who is sent ours, and Ableton Link."""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.control.clock_settings import LinkMode
from app.models.controllers.api import MidiFeed
from app.models.controllers.clocks import ClockOutput, LinkView
from app.models.window_models import WindowModels
from app.views.menus.menu import PopoverMenu
from app.widgets.control import RIGHT
from app.widgets.popover import Choice, Popover

TITLE: Final = "Tempo"
WIDTH: Final = 440
_MODES: Final = {LinkMode.OFF: "Off", LinkMode.FOLLOW: "Follow", LinkMode.JOIN: "Join"}


class ClockMenu(PopoverMenu):
    """Observes the clocks. It stays open while outputs are switched.

    Args:
        type_tempo: opens the line in which a tempo is typed.
    """

    def __init__(self, popover: Popover, models: WindowModels, midi: MidiFeed, type_tempo: Callable[[], None]) -> None:
        super().__init__(popover)
        self._models = models
        self._midi = midi
        self._type_tempo = type_tempo
        models.clocks_changed.connect(self.refill)

    def fill(self, owner: QWidget) -> None:
        popover, clocks = self.popover, self._models.midi.clocks
        followed = clocks.followed
        popover.begin(TITLE, owner)
        tint = theme.AMBER if followed.contested else theme.ACCENT
        remark = "CONTESTED" if followed.contested else "IN FORCE"
        popover.add_choice(Choice(followed.title, remark=remark, tint=tint, inert=True))
        popover.add_words(followed.sentence, strong=followed.contested)
        typed = popover.add_choice(Choice("Type a tempo", remark="DOUBLE-CLICK"))
        typed.chosen.connect(self.pick(self._type_tempo))
        popover.add_heading("Send MIDI clock to")
        if clocks.hint:
            popover.add_words(clocks.hint)
        for output in clocks.outputs:
            self._add_output(output)
        popover.add_heading("Ableton Link")
        self._add_link(clocks.link)
        if clocks.trouble:
            popover.add_words(clocks.trouble, strong=True)
        popover.open_beside(owner, WIDTH, RIGHT)  # the pads stay in view

    def _add_output(self, output: ClockOutput) -> None:
        tint = theme.AMBER if output.hindered else theme.ACCENT if output.sends else theme.FAINT
        choice = Choice(
            output.name,
            remark=output.remark,
            tint=tint,
            detail="" if output.hindered else output.sentence,
            current=output.chosen and output.possible,
            inert=not output.possible,
        )
        choice.chosen.connect(partial(self._midi.send_clock, output.name, not output.chosen))
        self.popover.add_choice(choice)
        if output.hindered:
            self.popover.add_words(output.sentence)

    def _add_link(self, link: LinkView) -> None:
        choices = [Choice(_MODES[mode], current=mode is link.mode) for mode in link.modes]
        for choice, mode in zip(choices, link.modes, strict=True):
            choice.chosen.connect(partial(self._midi.set_link, mode))
        self.popover.add_grid(choices, len(_MODES))
        self.popover.add_words(link.sentence, strong=link.hindered)
