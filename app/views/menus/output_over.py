"""The pages of the output's menu for what is shown in place of the picture and over it: emergency and logo."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.models.console import Console
from app.models.window_models import WindowModels
from app.views.file_chooser import PICTURE_FILES, STILL_FILES, FileChooser
from app.views.menus.output_page import OutputPage
from app.widgets.popover import Choice, Popover
from engine.messages.emergency import EmergencyKind
from engine.messages.parameters import LOGO_OPACITY, LOGO_SIZE, LOGO_X, LOGO_Y

KINDS: Final = {
    EmergencyKind.HOLD: "Last picture",
    EmergencyKind.BREATHE: "It breathes",
    EmergencyKind.BLACK: "Fade to black",
    EmergencyKind.LOOP: "Clip …",
}
PLACES: Final = (
    ("Top left", 0.05, 0.05),
    ("Top right", 0.95, 0.05),
    ("Centre", 0.5, 0.5),
    ("Bottom left", 0.05, 0.95),
    ("Bottom right", 0.95, 0.95),
)


class EmergencyPage(OutputPage):
    """What is shown while no pictures come."""

    title = "Emergency"

    def __init__(self, popover: Popover, models: WindowModels, console: Console, again: Callable[[], None]) -> None:
        super().__init__(popover, models, console, again)
        self._clips = FileChooser("Choose a clip or picture for emergencies", PICTURE_FILES, self._loop)

    @property
    def words(self) -> str:
        kind, _, file = (self.output.emergency if self.output is not None else "").partition(":")
        found = next((one for one in EmergencyKind if one.value == kind), EmergencyKind.HOLD)
        return Path(file).name if found is EmergencyKind.LOOP else KINDS[found]

    def fill(self, owner: QWidget) -> None:
        kind, _, file = (self.output.emergency if self.output is not None else "").partition(":")
        console, clips = self.console, self._clips
        self.popover.add_heading("While no pictures come")
        choices = []
        for one, words in KINDS.items():
            choice = Choice(words, current=one.value == kind)
            act = (
                partial(clips.choose, owner)
                if one is EmergencyKind.LOOP
                else partial(console.output.choose_emergency, one)
            )
            choices.append(self.choice(choice, act))
        self.popover.add_grid(choices, 2)
        on = self.models.transport.emergency.shown
        detail = Path(file).name if kind == EmergencyKind.LOOP.value else ""
        words, remark = ("Back to the show", "ON AIR") if on else ("Show it now", "F10")
        tint = theme.AMBER if on else theme.FAINT
        now = Choice(words, remark=remark, detail=detail, tint=tint)
        self.popover.add_choice(self.choice(now, console.output.toggle_emergency))

    def _loop(self, path: str) -> None:
        self.console.output.choose_emergency(EmergencyKind.LOOP, path)


class LogoPage(OutputPage):
    """A picture with alpha over all."""

    title = "Logo"

    def __init__(self, popover: Popover, models: WindowModels, console: Console, again: Callable[[], None]) -> None:
        super().__init__(popover, models, console, again)
        self._files = FileChooser("Choose a logo", STILL_FILES, console.output.choose_logo)

    @property
    def words(self) -> str:
        output = self.output
        if output is None or not output.logo:
            return "None"
        return Path(output.logo).name if self.models.transport.logo.shown else f"{Path(output.logo).name}, off"

    def fill(self, owner: QWidget) -> None:
        console = self.console
        file = self.output.logo if self.output is not None else ""
        shown = self.models.transport.logo.shown
        choose = Choice("Choose a picture …", detail=Path(file).name)
        self.popover.add_choice(self.choice(choose, partial(self._files.choose, owner)))
        if not file:
            return
        self.popover.add_choice(self.choice(Choice("Shown", current=shown), console.output.toggle_logo))
        self.popover.add_grid(
            [self.choice(Choice(text), partial(self._place, x, y)) for text, x, y in PLACES],
            3,
        )
        self.add_tracks(LOGO_SIZE, LOGO_OPACITY, LOGO_X, LOGO_Y)

    def _place(self, x: float, y: float) -> None:
        self.console.output.turn_desk(LOGO_X, x)
        self.console.output.turn_desk(LOGO_Y, y)
