"""Findings of the preflight, each in full: lamp, subject, what was found, what to do, and a press that does it."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from app import theme
from app.models.checkup import CheckLine, Lamp
from app.widgets.control import LEFT, RIGHT, broken, line, paragraph
from app.widgets.tall_list import TallList

GREEN: Final = QColor(0x3F, 0xC3, 0x6B)
_LAMPS: Final = {Lamp.GOOD: GREEN, Lamp.WATCH: theme.AMBER, Lamp.BAD: theme.RED}


class CheckList(TallList):
    """All lines, as tall as they need.

    Signals:
        mend_asked: the CheckLine whose words were pressed.
    """

    mend_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__(name="Preflight", help_text="Click an offer to have it done.")
        self.lines: tuple[CheckLine, ...] = ()
        self._rows: list[tuple[list[str], list[str]]] = []

    def show_lines(self, lines: tuple[CheckLine, ...], width: int) -> None:
        """Show these, broken for a width in pixels."""
        self.lines = lines
        inner = width - self.px(148) - self.px(150)
        text, small = theme.font(self.px(15)), theme.font(self.px(theme.SMALL))
        self._rows = [(broken(one.text, text, inner), broken(one.remedy, small, inner)) for one in lines]
        self.lay_out(width, (self._height(found, remedy) for found, remedy in self._rows))
        self.update()

    def _height(self, found: list[str], remedy: list[str]) -> int:
        rows = max(1, len(found)) * self.px(21) + (len(remedy) * self.px(20) if remedy != [""] else 0)
        return max(rows + self.px(14), theme.TARGET)

    def can_be_pressed(self, index: int) -> bool:
        return bool(self.lines[index].mend)

    def press(self, index: int) -> None:
        self.mend_asked.emit(self.lines[index])

    def paint_line(self, painter: QPainter, index: int, rect: QRect) -> None:
        one = self.lines[index]
        top, row = rect.top() + self.px(7), self.px(21)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_LAMPS[one.lamp])
        painter.drawEllipse(QPointF(self.px(12), top + row / 2), self.px(6), self.px(6))
        subject = QRect(self.px(30), top, self.px(112), row)
        line(painter, subject, one.subject, theme.font(self.px(theme.SMALL), theme.SEMIBOLD), theme.DIM, LEFT)
        found, remedy = self._rows[index]
        ink = theme.DIM if one.lamp is Lamp.GOOD else theme.TEXT
        body = QRect(self.px(148), top, rect.width() - self.px(148), rect.height())
        paragraph(painter, body, found, theme.font(self.px(15)), ink, row)
        below = body.adjusted(0, max(1, len(found)) * row, 0, 0)
        paragraph(painter, below, remedy, theme.font(self.px(theme.SMALL)), theme.FAINT, self.px(20))
        if one.mend:
            offer = QRect(rect.right() - self.px(150), top, self.px(142), row)
            line(painter, offer, one.mend, theme.font(self.px(15), theme.SEMIBOLD), theme.ACCENT, RIGHT)
