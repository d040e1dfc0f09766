"""Findings of the preflight, each in full: lamp, subject, what was found, what to do, and a press that does it."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter

from app import theme
from app.models.checkup import CheckLine, Lamp
from app.widgets.control import LEFT, RIGHT, Control, box, broken, line, paragraph

GREEN: Final = QColor(0x3F, 0xC3, 0x6B)
_LAMPS: Final = {Lamp.GOOD: GREEN, Lamp.WATCH: theme.AMBER, Lamp.BAD: theme.RED}


class CheckList(Control):
    """All lines, as tall as they need; it lies in a scroll area.

    Signals:
        mend_asked: the CheckLine whose words were pressed.
    """

    mend_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__(None, name="Preflight", help_text="Click an offer to have it done.")
        self.setMouseTracking(True)
        self.lines: tuple[CheckLine, ...] = ()
        self._rows: list[tuple[list[str], list[str]]] = []
        self._tops: list[int] = [0]
        self._under = -1

    def ground(self) -> QColor:
        return theme.PANEL

    def show_lines(self, lines: tuple[CheckLine, ...], width: int) -> None:
        """Show these, broken for a width in pixels."""
        self.lines = lines
        inner = width - self.px(148) - self.px(150)
        text, small = theme.font(self.px(15)), theme.font(self.px(theme.SMALL))
        self._rows = [(broken(one.text, text, inner), broken(one.remedy, small, inner)) for one in lines]
        self._tops = [0]
        for found, remedy in self._rows:
            rows = max(1, len(found)) * self.px(21) + (len(remedy) * self.px(20) if remedy != [""] else 0)
            self._tops.append(self._tops[-1] + max(rows + self.px(14), theme.TARGET))
        self.setFixedSize(width, max(1, self._tops[-1]))
        self.update()

    def line_rect(self, index: int) -> QRect:
        """Where a line lies."""
        return QRect(0, self._tops[index], self.width(), self._tops[index + 1] - self._tops[index])

    def _index_at(self, event: QMouseEvent) -> int:
        place = event.position().toPoint()
        return next((index for index in range(len(self.lines)) if self.line_rect(index).contains(place)), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0 and self.lines[index].mend:
            self.mend_asked.emit(self.lines[index])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._index_at(event)
        if under != self._under:
            self._under = under
            self.update()

    def paint(self, painter: QPainter) -> None:
        seen = self.visibleRegion().boundingRect()
        for index, one in enumerate(self.lines):
            rect = self.line_rect(index)
            if rect.intersects(seen):
                self._paint_line(painter, index, one, rect)

    def _paint_line(self, painter: QPainter, index: int, one: CheckLine, rect: QRect) -> None:
        if one.mend and self.hovered and index == self._under:
            box(painter, QRectF(rect).adjusted(0, 1, 0, -1), theme.HOVER, radius=4)
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
