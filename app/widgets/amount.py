"""A number of a modulator: its name, its value, and a track to drag it along."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRect, QRectF, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, RIGHT, box, line
from app.widgets.track_row import DraggedRow

STEP: Final = 0.02

FALL: Final = 0.8
"""Of a level from one look to the next, so that a stroke is seen."""


class AmountRow(DraggedRow):
    """A track from 0 to 1; what it is set to is told when the hand lets go.

    Args:
        words: a share in words.

    Signals:
        chosen: another share, 0..1.
    """

    chosen = Signal(float)

    def __init__(self, parent: QWidget | None, label: str, share: float, words: Callable[[float], str]) -> None:
        super().__init__(parent, name=label, help_text="", step=STEP)
        self._label, self._share, self._words = label, share, words
        self._level = 0.0

    @property
    def level(self) -> float:
        """What is shown as heard, 0..1."""
        return self._level

    def show_level(self, level: float) -> None:
        """Show below the track how far something reaches that is heard now, 0..1."""
        shown = min(max(level, self._level * FALL), 1.0)
        shown = shown if shown > 0.01 else 0.0
        if shown != self._level:
            self._level = shown
            self.update()

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(max(theme.TARGET, self.px(40)))

    def ground(self) -> QColor:
        return theme.PANEL

    @property
    def track(self) -> QRectF:
        """The track."""
        left, right = self.px(120), self.width() - self.px(88)
        return QRectF(left, (self.height() - self.px(5)) / 2, max(right - left, 1), self.px(5))

    def drag_to(self, share: float) -> None:
        self._share = min(max(share, 0.0), 1.0)
        self.update()

    def step_by(self, step: float) -> None:
        self.drag_to(self._share + step)
        self.chosen.emit(self._share)

    def clear(self) -> None:
        self.drag_to(0.0)
        self.chosen.emit(self._share)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.held:
            super().mouseReleaseEvent(event)
            self.chosen.emit(self._share)

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.HOVER if self.hovered else theme.RAISED)
        track, font = self.track, theme.font(self.px(14), theme.SEMIBOLD)
        name = QRect(self.px(14), 0, int(track.left()) - self.px(22), self.height())
        line(painter, name, self._label, font, theme.TEXT, LEFT)
        value = QRect(int(track.right()) + self.px(8), 0, self.px(68), self.height())
        line(painter, value, self._words(self._share), font, theme.DIM, RIGHT)
        box(painter, track, theme.TRACK, radius=2.5)
        reach = QRectF(track.left(), track.top(), max(track.width() * self._share, 1.0), track.height())
        box(painter, reach, theme.ACCENT, radius=2.5)
        if self._level:
            heard = QRectF(track.left(), track.bottom() + self.px(4), track.width() * self._level, self.px(3))
            box(painter, heard, theme.TEXT if self._level >= self._share else theme.DIM, radius=1.5)
        knob = self.px(14)
        box(
            painter,
            QRectF(reach.right() - knob / 2, track.center().y() - knob / 2, knob, knob),
            theme.TEXT,
            radius=knob / 2,
        )
        self.paint_focus(painter)
