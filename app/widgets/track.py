"""A parameter as one row: its name, its value, and a track to drag along."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, RIGHT, Control, box, line
from engine.messages.parameters import ParameterSpec

STEP: Final = 0.02


class TrackRow(Control):
    """A track over a parameter's travel; a double click sets it back.

    Signals:
        changed: another value, in the parameter's unit, by hand.
    """

    changed = Signal(float)

    def __init__(self, parent: QWidget | None, spec: ParameterSpec, value: float) -> None:
        super().__init__(parent, name=spec.label, help_text=spec.help)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._spec, self._value = spec, value
        self._held = False

    @property
    def parameter(self) -> str:
        """The id of its parameter."""
        return self._spec.id

    def follow(self, value: float) -> None:
        """Show a value that came from elsewhere, unless a hand is on it."""
        if not self._held and value != self._value:
            self._value = value
            self.update()

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(max(theme.TARGET, self.px(44)))

    @property
    def track(self) -> QRectF:
        """The track."""
        return QRectF(self.px(14), self.height() - self.px(13), self.width() - self.px(28), self.px(5))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self._drag(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._held = False

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._held = False
        self._to(self._spec.default)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._step(STEP if event.angleDelta().y() > 0 else -STEP)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: STEP, Qt.Key.Key_Up: STEP, Qt.Key.Key_Left: -STEP, Qt.Key.Key_Down: -STEP}
        step = steps.get(Qt.Key(event.key()))
        if step is not None:
            self._step(step)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._to(self._spec.default)
        else:
            event.ignore()

    def _step(self, step: float) -> None:
        self._to(self._spec.from_travel(self._spec.to_travel(self._value) + step))

    def _drag(self, x: float) -> None:
        self._to(self._spec.from_travel((x - self.track.left()) / max(1.0, self.track.width())))

    def _to(self, value: float) -> None:
        if value != self._value:
            self._value = value
            self.update()
            self.changed.emit(value)

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.HOVER if self.hovered else theme.RAISED)
        track = self.track
        words = QRect(self.px(14), self.px(5), int(track.width()), self.px(20))
        font = theme.font(self.px(14), theme.SEMIBOLD)
        unit = f" {self._spec.unit}" if self._spec.unit else ""
        used = line(painter, words, f"{self._value:.2f}{unit}", font, theme.TEXT, RIGHT)
        line(painter, words.adjusted(0, 0, -used - self.px(8), 0), self._spec.label, font, theme.TEXT, LEFT)
        box(painter, track, theme.TRACK, radius=2.5)
        reach = track.width() * self._spec.to_travel(self._value)
        box(painter, QRectF(track.left(), track.top(), max(reach, 1.0), track.height()), theme.ACCENT, radius=2.5)
        self.paint_focus(painter)
