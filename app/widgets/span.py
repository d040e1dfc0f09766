"""One parameter under a macro: which part of its travel is driven, which way, and a key that takes it away."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.spans import Span
from app.models import text as words
from app.widgets.control import LEFT, RIGHT, Control, box, line
from app.widgets.icons import cross
from engine.messages.parameters import ParameterSpec

STEP: Final = 0.05


class SpanRow(Control):
    """A track with two handles; the change is told when the hand lets go.

    Signals:
        changed: another part of the travel, or the other way round.
        removed: the parameter is to be left alone.
    """

    changed = Signal(object)
    removed = Signal()

    def __init__(self, parent: QWidget | None, spec: ParameterSpec, span: Span) -> None:
        super().__init__(parent, name=spec.label, help_text="Drag the ends of the range; ⇄ turns it round.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._spec = spec
        self._span = span
        self._held = ""

    @property
    def span(self) -> Span:
        """What it shows."""
        return self._span

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(max(theme.TARGET, self.px(56)))

    def ground(self) -> QColor:
        return theme.PANEL

    # -- geometry -----------------------------------------------------------------------------

    def key_rect(self, index: int) -> QRect:
        """Where a key lies: 0 turns the range round, 1 takes the parameter away."""
        side = max(theme.TARGET, self.px(44))
        left = self.width() - (2 - index) * (side + self.px(4)) + self.px(4)
        return QRect(left, (self.height() - side) // 2, side, side)

    @property
    def track(self) -> QRectF:
        """The track between the ends of the travel."""
        left, right = self.px(14), self.key_rect(0).left() - self.px(18)
        return QRectF(left, self.height() - self.px(18), right - left, self.px(5))

    def _x(self, travel: float) -> float:
        return self.track.left() + self.track.width() * travel

    # -- gestures -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position().toPoint()
        if self.key_rect(0).contains(place):
            self._set(replace(self._span, invert=not self._span.invert))
            self.changed.emit(self._span)
        elif self.key_rect(1).contains(place):
            self.removed.emit()
        else:
            x = event.position().x()
            middle = (self._x(self._span.low) + self._x(self._span.high)) / 2
            self._held = "low" if x < middle else "high"
            self._drag(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        if self._held:
            self._held = ""
            self.changed.emit(self._span)

    def _drag(self, x: float) -> None:
        travel = round(min(max((x - self.track.left()) / max(1.0, self.track.width()), 0.0), 1.0), 2)
        self._move(self._held, travel)

    def _move(self, end: str, travel: float) -> None:
        span = self._span
        if end == "low":
            self._set(replace(span, low=min(max(travel, 0.0), span.high)))
        else:
            self._set(replace(span, high=max(min(travel, 1.0), span.low)))

    def _set(self, span: Span) -> None:
        self._span = span
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        span = self._span
        match event.key():
            case Qt.Key.Key_Left:
                self._move("low", span.low - STEP)
            case Qt.Key.Key_Right:
                self._move("low", span.low + STEP)
            case Qt.Key.Key_Down:
                self._move("high", span.high - STEP)
            case Qt.Key.Key_Up:
                self._move("high", span.high + STEP)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._set(replace(span, invert=not span.invert))
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.removed.emit()
                return
            case _:
                event.ignore()
                return
        self.changed.emit(self._span)

    # -- painting -----------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        span, spec = self._span, self._spec
        box(painter, QRectF(self.rect()), theme.RAISED)
        track = self.track
        upper = QRect(self.px(14), self.px(7), round(track.width()), self.px(20))
        ends = [words.value(spec, spec.from_travel(travel)) for travel in (span.low, span.high)]
        if span.invert:
            ends.reverse()
        font = theme.font(self.px(theme.SMALL), theme.SEMIBOLD)
        used = line(painter, upper, f"{ends[0]} → {ends[1]}", font, theme.ACCENT, RIGHT)
        title = upper.adjusted(0, 0, -used - self.px(8), 0)
        line(painter, title, spec.label, theme.font(self.px(14), theme.SEMIBOLD), theme.TEXT, LEFT)
        box(painter, track, theme.TRACK, radius=2.5)
        low, high = self._x(span.low), self._x(span.high)
        box(painter, QRectF(low, track.top(), max(1.0, high - low), track.height()), theme.ACCENT, radius=2.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.TEXT)
        for x in (low, high):
            painter.drawEllipse(QPointF(x, track.center().y()), self.px(6), self.px(6))
        self._paint_turn(painter, QRectF(self.key_rect(0)))
        away = QRectF(self.key_rect(1))
        edge = self.px(16)
        cross(painter, QRectF(away.center().x() - edge / 2, away.center().y() - edge / 2, edge, edge), theme.DIM)
        self.paint_focus(painter)

    def _paint_turn(self, painter: QPainter, rect: QRectF) -> None:
        """Two arrows, one against the other; lit while the range runs backwards."""
        colour = theme.ACCENT if self._span.invert else theme.DIM
        painter.setPen(QPen(colour, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        arm, tip = self.px(8), self.px(4)
        for side in (-1, 1):
            y = rect.center().y() + side * self.px(4)
            head = QPointF(rect.center().x() - side * arm, y)
            painter.drawLine(QPointF(rect.center().x() + side * arm, y), head)
            painter.drawLine(head, QPointF(head.x() + side * tip, y + side * tip))
