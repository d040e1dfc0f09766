"""Lines of the log with their times, each in full; a press copies one."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication

from app import theme
from app.widgets.control import broken, line, paragraph
from app.widgets.tall_list import TallList


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line: when, in words, what, and the colour of its lamp (None: no lamp)."""

    when: str
    text: str
    lamp: QColor | None = None

    def __str__(self) -> str:
        return f"{self.when}  {self.text}"


class EventList(TallList):
    """All lines, as tall as they need.

    Signals:
        copied: the line that lies on the clipboard now.
    """

    copied = Signal(str)

    def __init__(self, lines: tuple[EventLine, ...]) -> None:
        super().__init__(name="Events", help_text="Click a line to copy it.")
        self.lines = lines
        self._rows: list[list[str]] = []

    def fit(self, width: int) -> None:
        """Break the lines for a width in pixels, and be as tall as they are."""
        font, row, left = theme.font(self.px(14)), self.px(20), self.px(98)
        self._rows = [broken(one.text, font, width - left - self.px(10)) for one in self.lines]
        self.lay_out(width, (max(1, len(rows)) * row + self.px(14) for rows in self._rows))

    def rows_of(self, index: int) -> list[str]:
        """A line as it is broken."""
        return self._rows[index]

    def press(self, index: int) -> None:
        QApplication.clipboard().setText(str(self.lines[index]))
        self.copied.emit(self.lines[index].text)

    def paint_line(self, painter: QPainter, index: int, rect: QRect) -> None:
        one = self.lines[index]
        inner = rect.adjusted(self.px(8), self.px(7), -self.px(2), 0)
        row = self.px(20)
        when = QRect(inner.left() + self.px(12), inner.top(), self.px(76), row)
        line(painter, when, one.when, theme.font(self.px(theme.SMALL)), theme.FAINT)
        if one.lamp is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(one.lamp)
            painter.drawEllipse(QPointF(inner.left() + self.px(3), inner.top() + row / 2), self.px(4), self.px(4))
        ink = theme.DIM if one.lamp is None else theme.TEXT
        paragraph(painter, inner.adjusted(self.px(90), 0, 0, 0), self._rows[index], theme.font(self.px(14)), ink, row)
