"""A parameter as one row: its name, its value, and a track to drag along."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, RIGHT, box, line
from app.widgets.track_row import DraggedRow
from engine.messages.parameters import ParameterSpec

STEP: Final = 0.02


class TrackRow(DraggedRow):
    """A track over a parameter's travel; a double click sets it back.

    Signals:
        changed: another value, in the parameter's unit, by hand.
    """

    changed = Signal(float)

    def __init__(self, parent: QWidget | None, spec: ParameterSpec, value: float) -> None:
        super().__init__(parent, name=spec.label, help_text=spec.help, step=STEP)
        self._spec, self._value = spec, value

    @property
    def parameter(self) -> str:
        """The id of its parameter."""
        return self._spec.id

    def follow(self, value: float) -> None:
        """Show a value that came from elsewhere, unless a hand is on it."""
        if not self.held and value != self._value:
            self._value = value
            self.update()

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(max(theme.TARGET, self.px(44)))

    @property
    def track(self) -> QRectF:
        """The track."""
        return QRectF(self.px(14), self.height() - self.px(13), self.width() - self.px(28), self.px(5))

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.held = False
        self.clear()

    def drag_to(self, share: float) -> None:
        self._to(self._spec.from_travel(share))

    def step_by(self, step: float) -> None:
        self._to(self._spec.from_travel(self._spec.to_travel(self._value) + step))

    def clear(self) -> None:
        self._to(self._spec.default)

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
