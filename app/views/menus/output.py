"""What the output's chip opens: canvas, rate, what is shown in an emergency, full screen, the NDI name."""

from fractions import Fraction
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.models.console import Console
from app.models.window_models import WindowModels
from app.views.file_chooser import PICTURE_FILES, FileChooser
from app.views.labels import NDI_NOTICE, receivers
from app.views.menus.menu import PopoverMenu
from app.views.windows.displays import OutputDisplays
from app.widgets.popover import Choice, Popover
from engine.messages.emergency import EmergencyKind
from engine.messages.rates import USUAL_RATES, rate_text

KINDS: Final = {
    EmergencyKind.HOLD: "Last picture",
    EmergencyKind.BREATHE: "It breathes",
    EmergencyKind.BLACK: "Fade to black",
    EmergencyKind.LOOP: "Clip …",
}

CANVASES: Final = ((896, 896), (1080, 1080), (1280, 720), (1920, 1080))


class OutputMenu(PopoverMenu):
    """Reads the chain and the displays when it is opened."""

    def __init__(self, popover: Popover, models: WindowModels, console: Console, displays: OutputDisplays) -> None:
        super().__init__(popover)
        self._chain = models.chain
        self._transport = models.transport
        self._console = console
        self._clips = FileChooser(
            "Choose a clip or picture for emergencies",
            PICTURE_FILES,
            lambda path: console.choose_emergency(EmergencyKind.LOOP, path),
        )
        self._displays = displays

    def _add_emergency(self, owner: QWidget) -> None:
        chosen = self._chain.output.emergency if self._chain.output is not None else ""
        kind, _, file = chosen.partition(":")
        self.popover.add_heading("While no pictures come")
        choices = []
        for one, words in KINDS.items():
            choice = Choice(words, current=one.value == kind)
            choice.chosen.connect(
                self.pick(self._clips.choose, owner)
                if one is EmergencyKind.LOOP
                else self.pick(self._console.choose_emergency, one)
            )
            choices.append(choice)
        self.popover.add_grid(choices, 2)
        on = self._transport.emergency.shown
        detail = Path(file).name if kind == EmergencyKind.LOOP.value else ""
        words, remark = ("Back to the show", "ON AIR") if on else ("Show it now", "")
        now = self.popover.add_choice(Choice(words, remark=remark, detail=detail, tint=theme.AMBER))
        now.chosen.connect(self.pick(self._console.toggle_emergency))

    def fill(self, owner: QWidget) -> None:
        output, popover, screens = self._chain.output, self.popover, self._displays.screens
        popover.begin("Output", owner)
        if output is not None:
            detail = output.detail or f"{receivers(output.connections).lower()}{', on air' if output.tally else ''}"
            popover.add_choice(Choice(output.name or "NDI", remark="NDI", detail=detail, inert=True))
        popover.add_heading("Canvas")
        canvases = []
        for width, height in CANVASES:
            current = output is not None and (output.width, output.height) == (width, height)
            choice = Choice(f"{width} × {height}", current=current)
            choice.chosen.connect(self.pick(self._console.set_canvas, width, height))
            canvases.append(choice)
        popover.add_grid(canvases, 2)
        popover.add_heading("Frames a second")
        rates = []
        for rate in USUAL_RATES:
            current = output is not None and Fraction(output.fps_numerator, output.fps_denominator) == rate
            choice = Choice(rate_text(rate), current=current)
            choice.chosen.connect(self.pick(self._console.set_output_rate, rate))
            rates.append(choice)
        popover.add_grid(rates, 3)
        self._add_emergency(owner)
        popover.add_heading("Full screen")
        for number, screen in enumerate(screens.present):
            shown = screen == screens.shown_on
            remark = "F11" if screen == screens.second else ""
            detail = "This window is here; Esc leaves" if number == 0 else ""
            choice = popover.add_choice(Choice(screen, remark=remark, detail=detail, current=shown))
            choice.chosen.connect(self.pick(self._displays.show_on, screen))
        if screens.wanted:
            remark = "waiting for its display" if screens.waiting else ""
            off = popover.add_choice(Choice("Leave full screen", remark=remark, tint=theme.AMBER))
            off.chosen.connect(self.pick(self._displays.show_on, ""))
        popover.add_words(NDI_NOTICE, links=True)
        popover.open_beside(owner, 380)
