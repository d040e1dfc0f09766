"""A pad: the scene's picture, its name, and what it is doing, told by shape as well as colour."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from app import theme
from app.control.show import PadState
from app.models.pads import Pad
from app.widgets.control import LEFT, RADIUS, Control, box, line, two_lines
from app.widgets.pictures import ScenePictures

LEAST_MARGIN: Final = 2
"""Pixels left and right of a name."""

STATE_WORDS = {
    PadState.EMPTY: "Empty pad. Right-click puts a scene here.",
    PadState.LOADED: "Press to play this scene.",
    PadState.ARMED: "Armed: its opening is ready.",
    PadState.QUEUED: "On its way.",
    PadState.PLAYING: "Playing. Press to start it again.",
}


def state_words(pad: Pad) -> str:
    """What a pad is doing, and, where it is not armed, why not."""
    words = STATE_WORDS[pad.state]
    if pad.state is PadState.LOADED and pad.arming:
        return f"{words} Its opening is being prepared."
    if pad.why and pad.state in (PadState.LOADED, PadState.PLAYING):
        return f"{words} Not armed: {pad.why}."
    return words


class PadWidget(Control):
    """One pad of the grid, at a fixed place."""

    struck = Signal(int)
    menu_asked = Signal(int)

    def __init__(self, parent: QWidget | None, place: int, key: str, pictures: ScenePictures) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.place = place
        self._key = key
        self._pictures = pictures
        self._pad = Pad(place, "", "", PadState.EMPTY)
        self._progress = 0.0
        self._down = False
        self._face: QPixmap | None = None

    def show_pad(self, pad: Pad) -> None:
        """Show another scene or state."""
        if pad == self._pad:
            return
        if pad.scene != self._pad.scene:
            self._face = None
        told = (self._pad.state, self._pad.scene, self._pad.arming, self._pad.why)
        if (pad.state, pad.scene, pad.arming, pad.why) != told:
            words = state_words(pad)
            self.setToolTip(f"{pad.scene}\n{pad.prompt}\n{words}" if pad.scene else words)
            self.setAccessibleName(f"Pad {self._key.upper()}: {pad.scene or 'empty'}, {pad.state.value}")
        self._pad = pad
        self._progress = 0.0
        self.update()

    @property
    def pad(self) -> Pad:
        """What it shows."""
        return self._pad

    def show_progress(self, progress: float) -> None:
        """How much of a queued cut's wait has passed."""
        if abs(progress - self._progress) * self.width() >= 1.0:
            self._progress = progress
            self.update(0, self.height() - self.px(8), self.width(), self.px(8))

    def forget_face(self) -> None:
        """The scene has a new picture."""
        self._face = None
        self.update()

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self._face = None

    # -- painting -----------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        state = self._pad.state
        whole = QRectF(self.rect())
        if state is PadState.EMPTY:
            box(painter, whole, theme.HOVER if self._down else theme.PANEL, edge=theme.LINE)
            self._paint_key(painter, theme.OFF)
            self.paint_focus(painter)
            return
        shape = QPainterPath()
        shape.addRoundedRect(whole, RADIUS, RADIUS)
        if self._face is None:
            self._face = self._make_face()
        bright = state is not PadState.LOADED or self.hovered
        painter.save()
        painter.setClipPath(shape)
        painter.drawPixmap(0, 0, self._face)
        if not bright:
            painter.fillRect(whole, theme.faded(theme.GROUND, 0.28))
        if self._down:
            painter.fillRect(whole, theme.faded(theme.TEXT, 0.25))
        painter.restore()
        self._paint_name(painter, bright)
        self._paint_key(painter, theme.TEXT if bright else theme.DIM)
        match state:
            case PadState.PLAYING:
                self._edge(painter, theme.ACCENT)
                self._badge(painter, theme.ACCENT, triangle=True)
            case PadState.QUEUED:
                self._edge(painter, theme.AMBER)
                self._badge(painter, theme.AMBER, triangle=False)
                bar = QRectF(3, whole.height() - 6, (whole.width() - 6) * self._progress, 3)
                painter.fillRect(bar, theme.AMBER)
            case PadState.ARMED:
                self._badge(painter, theme.AMBER, triangle=False)
            case _ if self._pad.arming:
                self._ring(painter)
            case _:
                pass
        self.paint_focus(painter)

    def _make_face(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        face = QPixmap(self.size() * ratio)
        face.setDevicePixelRatio(ratio)
        painter = QPainter(face)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._pictures.paint(painter, QRectF(self.rect()), self._pad.scene, self._pad.prompt)
        painter.end()
        return face

    def _paint_name(self, painter: QPainter, bright: bool) -> None:
        font = theme.font(self.px(theme.CAPTION), theme.SEMIBOLD)
        metrics = QFontMetrics(font)
        widest = max((metrics.horizontalAdvance(word) for word in self._pad.scene.split()), default=0)
        margin = min(self.px(8), max((self.width() - widest) // 2, LEAST_MARGIN))  # a long word is shown whole
        height = round(font.pixelSize() * 1.2)
        rows = two_lines(self._pad.scene, font, self.width() - 2 * margin)
        top = self.height() - self.px(8) - height * len(rows) + self.px(1)
        for number, row in enumerate(rows):
            rect = QRect(margin, top + number * height, self.width() - 2 * margin, height)
            # A dark twin under the letters keeps them legible on any picture.
            line(painter, rect.translated(0, 1), row, font, theme.faded(theme.GROUND, 0.85), LEFT)
            line(painter, rect, row, font, theme.TEXT if bright else theme.mixed(theme.TEXT, theme.GROUND, 0.1), LEFT)

    def _paint_key(self, painter: QPainter, colour: QColor) -> None:
        rect = QRect(self.px(8), self.px(5), self.px(20), self.px(16))
        font = theme.font(self.px(theme.CAPTION), theme.SEMIBOLD)
        if self._pad.scene:
            line(painter, rect.translated(0, 1), self._key.upper(), font, theme.faded(theme.GROUND, 0.8), LEFT)
        line(painter, rect, self._key.upper(), font, colour, LEFT)

    def _edge(self, painter: QPainter, colour: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 2.5))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.25, 1.25, -1.25, -1.25), RADIUS, RADIUS)

    def _ring(self, painter: QPainter) -> None:
        """Where the badge of an armed pad will be: its opening is being prepared."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.AMBER, 1.5))
        size = self.px(5) * 0.9
        painter.drawEllipse(QPointF(self.width() - self.px(14), self.px(13)), size, size)

    def _badge(self, painter: QPainter, colour: QColor, *, triangle: bool) -> None:
        middle = QPointF(self.width() - self.px(14), self.px(13))
        painter.setPen(QPen(theme.faded(theme.GROUND, 0.7), 2.0))
        painter.setBrush(colour)
        size = self.px(5)
        if triangle:
            painter.drawPolygon(
                [
                    QPointF(middle.x() - size * 0.8, middle.y() - size),
                    QPointF(middle.x() + size, middle.y()),
                    QPointF(middle.x() - size * 0.8, middle.y() + size),
                ]
            )
        else:
            painter.drawEllipse(middle, size * 0.9, size * 0.9)

    # -- gestures -----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.flash(True)
            self.struck.emit(self.place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.flash(False)

    def flash(self, down: bool) -> None:
        """Show it pressed, by mouse or key."""
        if down != self._down:
            self._down = down
            self.update()

    def contextMenuEvent(self, _event: QContextMenuEvent) -> None:
        self.menu_asked.emit(self.place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.struck.emit(self.place)
        else:
            event.ignore()
