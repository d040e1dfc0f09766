"""A knob: value, target while gliding, ghost of the hardware; drag, wheel, keys, or type."""

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.models import text as words
from app.models.knobs import Knob
from app.widgets.control import CENTER, Control, line
from app.widgets.fields import InlineEditor

START_DEGREES: Final = 225.0
SWEEP_DEGREES: Final = 270.0
DRAG_PIXELS: Final = 180.0
"""Mouse travel for the whole range: a hand's width without lifting."""
FINE: Final = 0.1
WHEEL_STEP: Final = 0.02


class KnobWidget(Control):
    """One knob; an empty place where there is no parameter.

    Signals:
        turned: a parameter and the value asked for; reset: a parameter; menu_asked: a parameter or a macro;
        macro_asked: a macro that moves nothing yet.
    """

    turned = Signal(str, float)
    reset = Signal(str)
    menu_asked = Signal(str)
    macro_asked = Signal(str)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._knob: Knob | None = None
        self._unhook: Callable[[], None] = lambda: None
        self._grip: tuple[float, float] | None = None
        self._editor: InlineEditor | None = None

    def show_knob(self, knob: Knob | None) -> None:
        """Stand for another parameter."""
        self._unhook()
        self._knob = knob
        self._grip = None
        self._unhook = knob.changed.connect(self.update) if knob is not None else lambda: None
        self.setEnabled(knob is not None)
        if knob is not None:
            self.setAccessibleName(knob.spec.label)
            self.setToolTip(f"{knob.spec.label}: {knob.spec.help}")
        else:
            self.setAccessibleName("")
            self.setToolTip("")
        self.update()

    # -- geometry -----------------------------------------------------------------------------

    @property
    def dial(self) -> QRectF:
        """The square of the dial."""
        label = self.px(20)
        edge = min(self.width() - self.px(8), self.height() - label) - 2
        return QRectF((self.width() - edge) / 2, 1, edge, edge)

    @property
    def value_rect(self) -> QRect:
        """Where the number stands; a click here opens it for typing."""
        dial = self.dial
        middle = dial.center()
        half = dial.width() * 0.31
        return QRectF(middle.x() - half, middle.y() - half * 0.62, half * 2, half * 1.24).toRect()

    # -- painting -----------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        knob = self._knob
        dial = self.dial
        width = max(3.0, dial.width() * 0.085)
        arc = dial.adjusted(width, width, -width, -width)
        label_rect = QRect(0, self.height() - self.px(20), self.width(), self.px(18))
        if knob is None:
            self._arc(painter, arc, 0.0, 1.0, width, theme.PANEL)
            return
        spec = knob.spec
        if knob.empty:
            self._arc(painter, arc, 0.0, 1.0, width, theme.PANEL)
            ink = theme.DIM if self.hovered else theme.OFF
            line(painter, self.value_rect, "+", theme.font(self.px(18), theme.SEMIBOLD), ink, CENTER)
            line(painter, label_rect, spec.label, theme.font(self.px(theme.SMALL), theme.MEDIUM), theme.FAINT, CENTER)
            self.paint_focus(painter)
            return
        here, there = spec.to_travel(knob.value), spec.to_travel(knob.target)
        origin = spec.to_travel(0.0) if spec.minimum < 0.0 < spec.maximum else 0.0
        if self.hovered or self._grip is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.PANEL)
            painter.drawEllipse(dial)
        self._arc(painter, arc, 0.0, 1.0, width, theme.TRACK)
        self._arc(painter, arc, min(origin, here), max(origin, here), width, theme.ACCENT)
        if knob.gliding:
            low, high = sorted((here, there))
            self._arc(painter, arc, low, high, width * 0.35, theme.faded(theme.TEXT, 0.75))
        self._tick(painter, arc, there, width * 0.95, theme.TEXT)
        if knob.reach is not None:
            self._modulation(painter, arc.adjusted(-width * 0.8, -width * 0.8, width * 0.8, width * 0.8), knob, width)
        if knob.ghost is not None and (knob.pickup or abs(knob.ghost - there) > 0.01):
            self._ghost(painter, arc, knob.ghost, width, waiting=knob.pickup)
        shown = knob.target if self._grip is not None else knob.value
        size = self.px(16) if dial.width() >= 56 else self.px(14)
        text = words.value(spec, shown) + (spec.unit if len(spec.unit) == 1 else "")
        line(painter, self.value_rect.adjusted(-4, 0, 4, 0), text, theme.font(size, theme.SEMIBOLD), theme.TEXT, CENTER)
        ink = theme.AMBER if knob.pickup else theme.DIM
        line(painter, label_rect, spec.label, theme.font(self.px(theme.SMALL), theme.MEDIUM), ink, CENTER)
        self.paint_focus(painter)

    @staticmethod
    def _arc(painter: QPainter, rect: QRectF, start: float, end: float, width: float, colour: QColor) -> None:
        if end <= start:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        first = START_DEGREES - SWEEP_DEGREES * start
        painter.drawArc(rect, round(first * 16), round(-(end - start) * SWEEP_DEGREES * 16))

    @staticmethod
    def _at(rect: QRectF, travel: float, radius: float) -> QPointF:
        angle = math.radians(START_DEGREES - SWEEP_DEGREES * travel)
        middle = rect.center()
        return QPointF(middle.x() + radius * math.cos(angle), middle.y() - radius * math.sin(angle))

    def _tick(self, painter: QPainter, rect: QRectF, travel: float, width: float, colour: QColor) -> None:
        radius = rect.width() / 2
        pen = QPen(colour, max(2.0, width * 0.5), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(self._at(rect, travel, radius - width * 0.9), self._at(rect, travel, radius + width * 0.7))

    def _modulation(self, painter: QPainter, ring: QRectF, knob: Knob, width: float) -> None:
        """Around the dial: how far modulation may go, and where it has the value now."""
        base = knob.spec.to_travel(knob.value)
        low, high = knob.reach or (0.0, 0.0)
        self._arc(painter, ring, max(base + low, 0.0), min(base + high, 1.0), width * 0.4, theme.FAINT)
        now = base if knob.modulated is None else knob.spec.to_travel(knob.modulated)
        self._arc(painter, ring, min(base, now), max(base, now), width * 0.4, theme.ACCENT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.ACCENT if knob.modulated is not None else theme.FAINT)
        painter.drawEllipse(self._at(ring, now, ring.width() / 2), width * 0.5, width * 0.5)

    def _ghost(self, painter: QPainter, rect: QRectF, travel: float, width: float, *, waiting: bool) -> None:
        colour = theme.AMBER if waiting else theme.FAINT
        place = self._at(rect, travel, rect.width() / 2 + width * 0.1)
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(theme.AMBER_DEEP if waiting else theme.GROUND)
        painter.drawEllipse(place, width * 0.72, width * 0.72)

    # -- gestures -----------------------------------------------------------------------------

    def _ask(self, travel: float) -> None:
        if self._knob is not None:
            self.turned.emit(self._knob.spec.id, self._knob.spec.from_travel(travel))

    def _travel(self) -> float:
        return self._knob.spec.to_travel(self._knob.target) if self._knob is not None else 0.0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._knob is not None and self._knob.empty:
            self.macro_asked.emit(self._knob.spec.id)
        elif event.button() == Qt.MouseButton.LeftButton and self._knob is not None:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._grip = (event.position().y(), self._travel())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            return
        last, travel = self._grip
        fine = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        travel = min(max(travel + (last - event.position().y()) / DRAG_PIXELS * fine, 0.0), 1.0)
        self._grip = (event.position().y(), travel)
        self._ask(travel)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._grip = None
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._knob is not None:
            self._grip = None
            self.reset.emit(self._knob.spec.id)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._knob is None:
            return
        delta = event.angleDelta().y() or event.angleDelta().x()
        fine = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        self._ask(self._travel() + delta / 120 * WHEEL_STEP * fine)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_Left: -1,
        }
        fine = FINE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        key = Qt.Key(event.key())
        if key in steps:
            self._ask(self._travel() + steps[key] * WHEEL_STEP * fine)
        elif key == Qt.Key.Key_Home:
            self._ask(0.0)
        elif key == Qt.Key.Key_End:
            self._ask(1.0)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._knob is not None:
            self.reset.emit(self._knob.spec.id)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_editor()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()
        knob = self._knob
        if knob is not None and knob.empty:
            self.macro_asked.emit(knob.spec.id)
        elif knob is not None:
            self.menu_asked.emit(knob.spec.id)

    def open_editor(self) -> None:
        """Type a value; Enter takes it, Esc leaves it."""
        knob = self._knob
        if knob is None or self._editor is not None:
            return
        self._editor = InlineEditor(self, words.value(knob.spec, knob.target), self.px(15))
        self._editor.setGeometry(self.value_rect.adjusted(-8, -6, 8, 6))
        self._editor.done.connect(self._typed)
        self._editor.begin()

    def _typed(self, text: str) -> None:
        self._editor = None
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        number = words.parse_value(text)
        if number is not None and self._knob is not None:
            self.turned.emit(self._knob.spec.id, number)
