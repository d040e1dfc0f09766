"""Lines of the log with their times, each in full; a press copies one."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from app import theme
from app.widgets.control import Control, box, broken, line, paragraph


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line: when, in words, what, and the colour of its lamp (None: no lamp)."""

    when: str
    text: str
    lamp: QColor | None = None

    def __str__(self) -> str:
        return f"{self.when}  {self.text}"


class EventList(Control):
    """All lines, as tall as they need; it lies in a scroll area.

    Signals:
        copied: the line that lies on the clipboard now.
    """

    copied = Signal(str)

    def __init__(self, lines: tuple[EventLine, ...]) -> None:
        super().__init__(None, name="Events", help_text="Click a line to copy it.")
        self.setMouseTracking(True)
        self.lines = lines
        self._rows: list[list[str]] = []
        self._tops: list[int] = []
        self._under = -1

    def ground(self) -> QColor:
        return theme.PANEL

    def fit(self, width: int) -> None:
        """Break the lines for a width in pixels, and be as tall as they are."""
        font, row, left = theme.font(self.px(14)), self.px(20), self.px(98)
        self._rows = [broken(one.text, font, width - left - self.px(10)) for one in self.lines]
        self._tops = [0]
        for rows in self._rows:
            self._tops.append(self._tops[-1] + max(1, len(rows)) * row + self.px(14))
        self.setFixedSize(width, max(1, self._tops[-1]))

    def rows_of(self, index: int) -> list[str]:
        """A line as it is broken."""
        return self._rows[index]

    def line_rect(self, index: int) -> QRect:
        """Where a line lies."""
        return QRect(0, self._tops[index], self.width(), self._tops[index + 1] - self._tops[index])

    def _index_at(self, event: QMouseEvent) -> int:
        place = event.position().toPoint()
        return next((index for index in range(len(self.lines)) if self.line_rect(index).contains(place)), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            QApplication.clipboard().setText(str(self.lines[index]))
            self.copied.emit(self.lines[index].text)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._index_at(event)
        if under != self._under:
            self._under = under
            self.update()

    def paint(self, painter: QPainter) -> None:
        seen = self.visibleRegion().boundingRect()
        for index, one in enumerate(self.lines):
            rect = self.line_rect(index)
            if not rect.intersects(seen):
                continue
            if self.hovered and index == self._under:
                box(painter, QRectF(rect).adjusted(0, 1, 0, -1), theme.HOVER, radius=4)
            inner = rect.adjusted(self.px(8), self.px(7), -self.px(2), 0)
            row = self.px(20)
            when = QRect(inner.left() + self.px(12), inner.top(), self.px(76), row)
            line(painter, when, one.when, theme.font(self.px(theme.SMALL)), theme.FAINT)
            if one.lamp is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(one.lamp)
                painter.drawEllipse(QPointF(inner.left() + self.px(3), inner.top() + row / 2), self.px(4), self.px(4))
            ink = theme.DIM if one.lamp is None else theme.TEXT
            paragraph(
                painter, inner.adjusted(self.px(90), 0, 0, 0), self._rows[index], theme.font(self.px(14)), ink, row
            )
