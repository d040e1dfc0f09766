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
from app.widgets.control import RIGHT
from app.widgets.popover import Choice, Popover, anchor_of

TITLE: Final = "Tempo"
WIDTH: Final = 440
_MODES: Final = {LinkMode.OFF: "Off", LinkMode.FOLLOW: "Follow", LinkMode.JOIN: "Join"}


class ClockMenu:
    """Fills the window's popover, and keeps it true while it is open. It stays open: several outputs may be switched.

    Args:
        area: what the popover lies over.
        type_tempo: opens the line in which a tempo is typed.
    """

    def __init__(
        self, popover: Popover, area: QWidget, show: WindowModels, midi: MidiFeed, type_tempo: Callable[[], None]
    ) -> None:
        self._popover = popover
        self._area = area
        self._show = show
        self._midi = midi
        self._type_tempo = type_tempo
        self._shown = False
        show.clocks_changed.connect(self._refill)
        popover.closed.connect(self._closed)

    def open(self, owner: QWidget, unit: float) -> None:
        """Open beside the tempo."""
        self._shown = True
        self._fill(owner, unit)

    def _closed(self) -> None:
        self._shown = False

    def _refill(self) -> None:
        owner = self._popover.owner
        if self._shown and owner is not None and self._popover.isVisible():
            self._fill(owner, self._popover.unit)

    def _fill(self, owner: QWidget, unit: float) -> None:
        popover, clocks = self._popover, self._show.midi.clocks
        followed = clocks.followed
        popover.begin(TITLE, unit, owner)
        tint = theme.AMBER if followed.contested else theme.ACCENT
        remark = "CONTESTED" if followed.contested else "IN FORCE"
        popover.add_choice(Choice(followed.title, remark=remark, tint=tint, inert=True))
        popover.add_words(followed.sentence, strong=followed.contested)
        typed = popover.add_choice(Choice("Type a tempo", remark="DOUBLE-CLICK"))
        typed.chosen.connect(self._type)
        popover.add_heading("Send MIDI clock to")
        if clocks.hint:
            popover.add_words(clocks.hint)
        for output in clocks.outputs:
            self._add_output(output)
        popover.add_heading("Ableton Link")
        self._add_link(clocks.link)
        if clocks.trouble:
            popover.add_words(clocks.trouble, strong=True)
        popover.open_at(anchor_of(owner, self._area), round(WIDTH * unit), RIGHT)  # the pads stay in view

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
        self._popover.add_choice(choice)
        if output.hindered:
            self._popover.add_words(output.sentence)

    def _add_link(self, link: LinkView) -> None:
        choices = [Choice(_MODES[mode], current=mode is link.mode) for mode in link.modes]
        for choice, mode in zip(choices, link.modes, strict=True):
            choice.chosen.connect(partial(self._midi.set_link, mode))
        self._popover.add_grid(choices, len(_MODES))
        self._popover.add_words(link.sentence, strong=link.hindered)

    def _type(self) -> None:
        self._popover.dismiss()
        self._type_tempo()
