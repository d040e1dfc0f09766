"""The page of the output's menu for one display: corners, crop, which way up, a pattern to align it by."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.models.console import Console
from app.models.window_models import WindowModels
from app.views.menus.output_page import OutputPage
from app.widgets.corners import CornerPad, Corners
from app.widgets.fields import Field
from app.widgets.popover import Choice, Popover
from engine.errors import EngineError
from engine.messages.shape import TURNS, DisplayShape

CROPS = ("left", "top", "right", "bottom")


class ShapePage(OutputPage):
    """How the picture lies on one display.

    Attributes:
        sink: the display, as it is written.
    """

    title = "Corners"

    def __init__(self, popover: Popover, models: WindowModels, console: Console, again: Callable[[], None]) -> None:
        super().__init__(popover, models, console, again)
        self.sink = ""
        self._corner = 0
        self._wanted: DisplayShape | None = None
        self._pad: CornerPad | None = None
        self._place: Field | None = None

    @property
    def words(self) -> str:
        return "" if self.shape.usual else "shaped"

    @property
    def shape(self) -> DisplayShape:
        """How it lies there: as it was asked for last, else as the output tells."""
        if self._wanted is not None:
            return self._wanted
        told = self.output.shapes if self.output is not None else {}
        return told.get(self.sink, DisplayShape())

    def hear(self) -> None:
        """Take in that the output tells something: what was asked for and is so now may be changed elsewhere next."""
        told = self.output.shapes if self.output is not None else {}
        if self._wanted is not None and str(self._wanted) == str(told.get(self.sink, DisplayShape())):
            self._wanted = None

    @property
    def held(self) -> bool:
        return self._pad is not None and (self._pad.held or self._pad.hasFocus())

    def begin(self, sink: str, name: str) -> None:
        """Show another display, of this name."""
        self.sink, self.title = sink, f"Corners of {name}"
        self._wanted, self._corner = None, 0

    def forget(self) -> None:
        super().forget()
        self._pad = self._place = None

    def fill(self, owner: QWidget) -> None:  # noqa: ARG002
        popover, shape = self.popover, self.shape
        self._pad = pad = CornerPad(None, shape.corners, self._corner)
        pad.set_unit(popover.unit)
        pad.moved.connect(self._move)
        pad.chosen.connect(self._choose)
        popover.add_part(pad)
        popover.add_heading("Corner: right and down, in percent")
        self._place = place = popover.add_field(
            Field(
                None, name="Corner", placeholder="Right and down in percent", help_text="Enter moves the corner there."
            )
        )
        place.entered.connect(self._type)
        self._tell_place()
        popover.add_grid(
            [
                self.choice(Choice("Pattern", current=shape.pattern), partial(self._with, pattern=not shape.pattern)),
                self.choice(Choice("Reset"), partial(self._ask, DisplayShape(pattern=shape.pattern))),
            ],
            2,
        )
        turns = [
            self.choice(Choice(f"{turn}°", current=shape.turn == turn), partial(self._with, turn=turn))
            for turn in TURNS
        ]
        flip = self.choice(Choice("Flip", current=shape.flip), partial(self._with, flip=not shape.flip))
        popover.add_grid((*turns, flip), 5)
        popover.add_heading("Cut off: left, top, right, bottom, in percent")
        crop = popover.add_field(Field(None, name="Crop", placeholder="0 0 0 0", help_text="Enter cuts off so much."))
        crop.setText(" ".join(f"{100 * one:.3g}" for one in shape.crop))
        crop.entered.connect(self._cut)

    def _choose(self) -> None:
        if self._pad is not None:
            self._corner = self._pad.corner
            self._tell_place()

    def _move(self, corners: Corners) -> None:
        self._with(corners=corners)
        if self._pad is not None:
            self._pad.show_corners(self.shape.corners)
            self._tell_place()

    def _type(self, text: str) -> None:
        numbers = _numbers(text, 2)
        if numbers is None:
            self.console.warn("Write how far right and down, in percent: 2.5 -1")
            return
        corners = list(self.shape.corners)
        corners[self._corner] = (numbers[0] / 100, numbers[1] / 100)
        first, second, third, fourth = corners
        self._move((first, second, third, fourth))

    def _cut(self, text: str) -> None:
        numbers = _numbers(text, 4)
        if numbers is None:
            self.console.warn("Write four numbers in percent: left, top, right, bottom")
            return
        self._with(crop=tuple(one / 100 for one in numbers))

    def _with(self, **changes: Any) -> None:
        try:
            shape = replace(self.shape, **changes)
        except EngineError as error:
            self.console.warn(str(error))
            return
        self._ask(shape)

    def _ask(self, shape: DisplayShape) -> None:
        self._wanted = shape
        self.console.output.shape_display(self.sink, shape)

    def _tell_place(self) -> None:
        if self._place is not None:
            dx, dy = self.shape.corners[self._corner]
            self._place.setText(f"{100 * dx:.4g} {100 * dy:.4g}")


def _numbers(text: str, count: int) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(one) for one in text.replace(",", " ").replace("%", " ").split())
    except ValueError:
        return None
    return numbers if len(numbers) == count else None
