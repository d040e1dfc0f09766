"""The controllers side by side: each with its name and its state, one of them in front."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, Control, box, line


@dataclass(frozen=True, slots=True)
class Tab:
    """One controller: its name, its state in a word, the colour of its lamp."""

    name: str
    remark: str
    lamp: QColor


class ControllerTabs(Control):
    """A row of tabs that share the width."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, name="Controllers", help_text="Every controller that was seen since the start.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs: tuple[Tab, ...] = ()
        self.current = 0

    def show_tabs(self, tabs: Sequence[Tab], current: int) -> None:
        """Show these, one of them in front."""
        if (tuple(tabs), current) != (self.tabs, self.current):
            self.tabs, self.current = tuple(tabs), current
            self.update()

    def tab_rect(self, index: int) -> QRect:
        """Where one lies; none is wider than is of use."""
        count = max(1, len(self.tabs))
        gap = self.px(6)
        width = min((self.width() + gap) // count, self.px(240))
        return QRect(index * width, 0, width - gap, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        for index in range(len(self.tabs)):
            if event.button() == Qt.MouseButton.LeftButton and self.tab_rect(index).contains(place):
                self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.tabs:
            event.ignore()
        else:
            self.chosen.emit(min(max(self.current + step, 0), len(self.tabs) - 1))

    def paint(self, painter: QPainter) -> None:
        for index, tab in enumerate(self.tabs):
            rect = self.tab_rect(index)
            front = index == self.current
            box(painter, QRectF(rect), theme.SELECTED if front else theme.RAISED)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tab.lamp)
            radius = self.px(4)
            painter.drawEllipse(QPointF(rect.left() + self.px(14), rect.center().y() + 0.5), radius, radius)
            inner = rect.adjusted(self.px(26), self.px(5), -self.px(8), -self.px(5))
            upper = QRect(inner.left(), inner.top(), inner.width(), inner.height() * 11 // 20)
            lower = QRect(inner.left(), upper.bottom(), inner.width(), inner.bottom() - upper.bottom())
            ink = theme.TEXT if front else theme.DIM
            line(painter, upper, tab.name, theme.font(self.px(theme.SMALL), theme.SEMIBOLD), ink, LEFT)
            line(painter, lower, tab.remark, theme.font(self.px(theme.CAPTION)), theme.FAINT, LEFT)
        self.paint_focus(painter)
