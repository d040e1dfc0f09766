"""One modulator of a knob: its name, how far it goes and which way, a key to set it and one that takes it away."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, RIGHT, box, line
from app.widgets.icons import cross, sliders
from app.widgets.track_row import DraggedRow

STEP: Final = 0.05


class DepthRow(DraggedRow):
    """A track from -1 to 1 with 0 in its middle; the depth is told while the hand moves.

    Signals:
        changed: another depth, -1..1.
        removed: the modulator is to go. opened: how it moves is to be set. learn_asked: a control is to turn it.
    """

    changed = Signal(float)
    removed = Signal()
    opened = Signal()
    learn_asked = Signal()

    def __init__(self, parent: QWidget | None, label: str, remark: str, depth: float) -> None:
        help_text = "Drag how far it goes; to the left it goes the other way."
        super().__init__(parent, name=label, help_text=help_text, step=STEP)
        self._label, self._remark, self._depth = label, remark, depth

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(max(theme.TARGET, self.px(56)))

    def ground(self) -> QColor:
        return theme.PANEL

    @property
    def key_rect(self) -> QRect:
        """Where the key lies that takes the modulator away."""
        side = max(theme.TARGET, self.px(44))
        return QRect(self.width() - side, (self.height() - side) // 2, side, side)

    @property
    def set_rect(self) -> QRect:
        """Where the key lies that opens how it moves."""
        return self.key_rect.translated(-self.key_rect.width(), 0)

    @property
    def track(self) -> QRectF:
        """The track from -1 to 1."""
        left, right = self.px(14), self.set_rect.left() - self.px(14)
        return QRectF(left, self.height() - self.px(18), right - left, self.px(5))

    def _x(self, depth: float) -> float:
        return self.track.left() + self.track.width() * (depth + 1.0) / 2.0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        left, place = event.button() == Qt.MouseButton.LeftButton, event.position().toPoint()
        if left and self.key_rect.contains(place):
            self.removed.emit()
        elif left and self.set_rect.contains(place):
            self.opened.emit()
        else:
            super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()
        self.learn_asked.emit()

    def drag_to(self, share: float) -> None:
        self._to(2.0 * share - 1.0)

    def step_by(self, step: float) -> None:
        self._to(self._depth + step)

    def clear(self) -> None:
        self.removed.emit()

    def _to(self, depth: float) -> None:
        depth = round(min(max(depth, -1.0), 1.0), 2)
        if depth != self._depth:
            self._depth = depth
            self.update()
            self.changed.emit(depth)

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.HOVER if self.hovered else theme.RAISED)
        track = self.track
        words = QRect(self.px(14), self.px(7), int(track.width()), self.px(20))
        percent = f"{self._depth * 100:+.0f} %".replace("-", "\N{MINUS SIGN}")
        font = theme.font(self.px(14), theme.SEMIBOLD)
        used = line(painter, words, percent, font, theme.TEXT, RIGHT)
        name = words.adjusted(0, 0, -used - self.px(8), 0)
        taken = line(painter, name, self._label, font, theme.TEXT, LEFT)
        rest = name.adjusted(min(taken, name.width()) + self.px(10), 0, 0, 0)
        if self._remark and rest.width() > self.px(30):
            line(painter, rest, self._remark, theme.font(self.px(theme.SMALL)), theme.FAINT, LEFT)
        box(painter, track, theme.TRACK, radius=2.5)
        low, high = sorted((self._x(0.0), self._x(self._depth)))
        box(painter, QRectF(low, track.top(), max(high - low, 1.0), track.height()), theme.ACCENT, radius=2.5)
        painter.setPen(QPen(theme.TEXT, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        middle, arm, x = track.center().y(), self.px(6), self._x(self._depth)
        painter.drawLine(int(x), int(middle - arm), int(x), int(middle + arm))
        edge = self.px(14)
        key = self.key_rect.center()
        cross(painter, QRectF(key.x() - edge / 2, key.y() - edge / 2, edge, edge), theme.DIM)
        key = self.set_rect.center()
        sliders(painter, QRectF(key.x() - edge / 2, key.y() - edge / 2, edge, edge), theme.DIM)
        self.paint_focus(painter)
