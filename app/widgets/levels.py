"""Levels side by side that a hand draws: the steps of a sequence, the shape of an oscillator."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import Control, box


class LevelsField(Control):
    """Drawn over with the mouse; told when the hand lets go.

    Args:
        joined: a line leads from level to level and from the last to the first; else each is a bar.

    Signals:
        drawn: other levels, a tuple of 0..1.
    """

    drawn = Signal(tuple)

    def __init__(self, parent: QWidget | None, levels: tuple[float, ...], *, joined: bool) -> None:
        super().__init__(parent, name="Draw the levels")
        self._levels = list(levels)
        self._joined = joined
        self.held = False
        self._before: tuple[int, float] | None = None

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(self.px(120))

    def ground(self) -> QColor:
        return theme.PANEL

    @property
    def area(self) -> QRectF:
        """Where levels lie, 0 at its bottom."""
        return QRectF(self.rect()).adjusted(self.px(8), self.px(10), -self.px(8), -self.px(10))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.held, self._before = True, None
            self._draw_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self._draw_to(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self.held:
            self.held = False
            self.drawn.emit(tuple(self._levels))

    def _draw_to(self, point: QPointF) -> None:
        area, count = self.area, len(self._levels)
        share = (point.x() - area.left()) / max(area.width(), 1.0)
        place = min(max(int(share * count), 0), count - 1)
        level = round(min(max(1.0 - (point.y() - area.top()) / max(area.height(), 1.0), 0.0), 1.0), 2)
        first, begin = self._before or (place, level)
        steps = abs(place - first)  # a quick hand leaves none out
        for step in range(steps + 1):
            at = first + (step if place > first else -step)
            self._levels[at] = round(begin + (level - begin) * (step / steps if steps else 1.0), 2)
        self._before = place, level
        self.update()

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.HOVER if self.hovered else theme.RAISED)
        area, count = self.area, len(self._levels)
        wide = area.width() / count
        painter.setPen(QPen(theme.TRACK, 1.0))
        for quarter in range(5):
            x = area.left() + area.width() * quarter / 4
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        if not self._joined:
            for place, level in enumerate(self._levels):
                tall = max(level * area.height(), 2.0)
                bar = QRectF(area.left() + place * wide + 1, area.bottom() - tall, wide - 2, tall)
                box(painter, bar, theme.ACCENT, radius=2.0)
            return
        path = QPainterPath()
        for place in range(count + 1):
            point = QPointF(area.left() + place * wide, area.bottom() - self._levels[place % count] * area.height())
            path.lineTo(point) if place else path.moveTo(point)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.ACCENT, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(path)
