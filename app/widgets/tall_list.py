"""The base of lists whose lines are as tall as their words need: where each lies, and which is under the mouse."""

from collections.abc import Iterable
from itertools import accumulate

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter

from app import theme
from app.widgets.control import Control, box


class TallList(Control):
    """All lines one below the other; it lies in a scroll area. Who derives from it paints and presses one line."""

    def __init__(self, *, name: str, help_text: str) -> None:
        super().__init__(None, name=name, help_text=help_text)
        self.setMouseTracking(True)
        self._tops: list[int] = [0]
        self._under = -1

    def ground(self) -> QColor:
        return theme.PANEL

    def lay_out(self, width: int, heights: Iterable[int]) -> None:
        """Take these heights, in pixels, and be as tall as all of them."""
        self._tops = list(accumulate(heights, initial=0))
        self.setFixedSize(width, max(1, self._tops[-1]))

    def line_rect(self, index: int) -> QRect:
        """Where a line lies."""
        return QRect(0, self._tops[index], self.width(), self._tops[index + 1] - self._tops[index])

    def can_be_pressed(self, _index: int) -> bool:
        """Whether a press on a line does something."""
        return True

    def press(self, index: int) -> None:
        """A line was pressed."""
        raise NotImplementedError

    def paint_line(self, painter: QPainter, index: int, rect: QRect) -> None:
        """Paint one line into its place."""
        raise NotImplementedError

    def _index_at(self, event: QMouseEvent) -> int:
        place = event.position().toPoint()
        return next((index for index in range(len(self._tops) - 1) if self.line_rect(index).contains(place)), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0 and self.can_be_pressed(index):
            self.press(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._index_at(event)
        if under != self._under:
            self._under = under
            self.update()

    def paint(self, painter: QPainter) -> None:
        seen = self.visibleRegion().boundingRect()
        for index in range(len(self._tops) - 1):
            rect = self.line_rect(index)
            if not rect.intersects(seen):
                continue
            if self.hovered and index == self._under and self.can_be_pressed(index):
                box(painter, QRectF(rect).adjusted(0, 1, 0, -1), theme.HOVER, radius=4)
            self.paint_line(painter, index, rect)
