"""A chip of the chain: what the stage is, its state, and its one number."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, RIGHT, Control, box, line

LEGIBLE: Final = 34
"""The least room for a name, at 1280x800: some four letters."""


class Tone(Enum):
    """How a stage fares."""

    OFF = "off"
    WAITING = "waiting"
    LIVE = "live"
    ON_AIR = "on air"
    FAULT = "fault"

    @property
    def colour(self) -> QColor:
        """The colour of its lamp."""
        return {
            Tone.OFF: theme.OFF,
            Tone.WAITING: theme.AMBER,
            Tone.LIVE: theme.ACCENT,
            Tone.ON_AIR: theme.RED,
            Tone.FAULT: theme.RED,
        }[self]


@dataclass(frozen=True, slots=True)
class ChipFace:
    """What a chip shows; progress or a meter in 0..1 draws a bar at its foot, None draws none."""

    title: str
    name: str
    remark: str
    number: str
    unit: str
    tone: Tone
    progress: float | None = None
    meter: float | None = None


class Chip(Control):
    """One stage of the chain; a click opens its choices."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None, title: str, help_text: str) -> None:
        super().__init__(parent, name=title, help_text=help_text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._face = ChipFace(title, "", "", "", "", Tone.OFF)

    @property
    def face(self) -> ChipFace:
        """What it shows."""
        return self._face

    def show_face(self, face: ChipFace) -> None:
        """Show another state."""
        if face != self._face:
            self._face = face
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.pressed.emit()
        else:
            event.ignore()

    def paint(self, painter: QPainter) -> None:
        face = self._face
        colour = face.tone.colour
        alarm = face.tone is Tone.FAULT
        fill = theme.RED_DEEP if alarm else theme.HOVER if self.hovered or self.is_open else theme.PANEL
        edge = theme.RED if alarm else theme.ACCENT if self.is_open else theme.LINE
        box(painter, QRectF(self.rect()), fill, edge=edge)
        pad = self.px(10)
        radius = self.px(4)
        inner = self.rect().adjusted(pad, 0, -pad, 0)
        upper = QRect(inner.left(), self.px(8), inner.width(), self.px(18))
        lower = QRect(inner.left(), self.px(28), inner.width(), self.px(20))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(inner.left() + radius, upper.center().y() + 0.5), radius, radius)
        title = upper.adjusted(self.px(16), 0, 0, 0)
        caption = theme.caption(self.px(theme.CAPTION))
        line(painter, title, face.title, caption, theme.DIM, LEFT)
        room = title.width() - QFontMetrics(caption).horizontalAdvance(face.title) - self.px(4)
        if face.number:
            figure, unit_font = theme.font(self.px(18), theme.SEMIBOLD), theme.font(self.px(theme.CAPTION))
            number, unit = fitted(face.number, face.unit, figure, unit_font, room - self.px(4))
            place = upper.adjusted(0, 0, -line(painter, upper, unit, unit_font, theme.FAINT, RIGHT), 0)
            line(painter, place.adjusted(0, 0, -self.px(4) if unit else 0, 0), number, figure, theme.TEXT, RIGHT)
        if face.remark:
            ink = colour if face.tone in (Tone.WAITING, Tone.FAULT, Tone.ON_AIR) else theme.FAINT
            font = theme.font(self.px(theme.CAPTION), theme.SEMIBOLD, 3.0)
            below = bool(face.number) or QFontMetrics(font).horizontalAdvance(face.remark) > room
            width = line(painter, lower if below else upper, face.remark, font, ink, RIGHT)
            if below:
                lower = lower.adjusted(0, 0, -width - self.px(8), 0)
        if not face.remark or lower.width() >= self.px(LEGIBLE):  # less of a name tells nothing
            line(painter, lower, face.name, theme.font(self.px(14), theme.SEMIBOLD), theme.TEXT, LEFT)
        if face.progress is not None:
            track = QRectF(pad, self.height() - 4, self.width() - 2 * pad, 2)
            painter.fillRect(track, theme.TRACK)
            painter.fillRect(QRectF(track.x(), track.y(), track.width() * face.progress, 2), theme.AMBER)
        if face.meter is not None:
            track = QRectF(pad, self.height() - self.px(5), self.width() - 2 * pad, self.px(3))
            painter.fillRect(track, theme.TRACK)
            ink = theme.AMBER if face.tone is Tone.WAITING else theme.ACCENT
            painter.fillRect(QRectF(track.x(), track.y(), track.width() * face.meter, track.height()), ink)
        self.paint_focus(painter)


def fitted(number: str, unit: str, font: QFont, unit_font: QFont, room: int) -> tuple[str, str]:
    """A number and its unit in so many pixels: where there are fewer the unit goes, then what is past the point."""
    figures = QFontMetrics(font)
    if figures.horizontalAdvance(number) + QFontMetrics(unit_font).horizontalAdvance(unit) <= room:
        return number, unit
    return (number if figures.horizontalAdvance(number) <= room else number.partition(".")[0]), ""
