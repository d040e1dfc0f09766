"""The four corners of a picture on a display, to be dragged."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import CENTER, Control, box, line

NUDGE: Final = 0.002
COARSE: Final = 0.02
"""One step of the arrow keys, in widths and heights of the picture; with Shift the coarse one."""

MARGIN: Final = 0.14
"""Room around the picture's usual place, as a share of it."""

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
_EDGES: Final = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


class CornerPad(Control):
    """Drag a corner, or choose it with 1 to 4 and move it with the arrows; a double click puts it back.

    Signals:
        moved: the four corners as a hand has them, each moved by so many widths and heights; they may be refused.
        chosen: another corner is under the keys.

    Attributes:
        corner: the one under the keys, from 0.
    """

    moved = Signal(object)
    chosen = Signal()

    def __init__(self, parent: QWidget | None, corners: Corners, corner: int = 0) -> None:
        super().__init__(parent, name="Corners", help_text="Drag a corner; 1 to 4 and the arrows move it finely.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.corners = corners
        self.corner = corner
        self.held = False

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(self.px(190))

    def show_corners(self, corners: Corners) -> None:
        """Show where they are."""
        if corners != self.corners:
            self.corners = corners
            self.update()

    @property
    def _frame(self) -> QRectF:
        """The picture's usual place."""
        x, y = self.width() * MARGIN, self.height() * MARGIN
        return QRectF(x, y, self.width() - 2 * x, self.height() - 2 * y)

    def place(self, number: int) -> QPointF:
        """Where a corner lies."""
        frame, (u, v), (dx, dy) = self._frame, _EDGES[number], self.corners[number]
        return QPointF(frame.left() + (u + dx) * frame.width(), frame.top() + (v + dy) * frame.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            at = event.position()
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.held = True
            self._choose(min(range(4), key=lambda one: (self.place(one) - at).manhattanLength()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            frame, (u, v), at = self._frame, _EDGES[self.corner], event.position()
            self._move_to((at.x() - frame.left()) / frame.width() - u, (at.y() - frame.top()) / frame.height() - v)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.held = False

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._move_to(0.0, 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = COARSE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else NUDGE
        ways = {
            Qt.Key.Key_Left: (-step, 0.0),
            Qt.Key.Key_Right: (step, 0.0),
            Qt.Key.Key_Up: (0.0, -step),
            Qt.Key.Key_Down: (0.0, step),
        }
        if event.key() in ways:
            dx, dy = self.corners[self.corner]
            x, y = ways[Qt.Key(event.key())]
            self._move_to(dx + x, dy + y)
        elif Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_4:
            self._choose(event.key() - Qt.Key.Key_1)
        else:
            event.ignore()

    def _choose(self, corner: int) -> None:
        if corner != self.corner:
            self.corner = corner
            self.update()
            self.chosen.emit()

    def _move_to(self, dx: float, dy: float) -> None:
        moved = tuple(
            (round(dx, 4), round(dy, 4)) if number == self.corner else one for number, one in enumerate(self.corners)
        )
        self.moved.emit(moved)

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.RAISED)
        painter.setPen(QPen(theme.LINE, 1, Qt.PenStyle.DashLine))
        painter.drawRect(self._frame)
        outline = QPainterPath(self.place(0))
        for number in (1, 2, 3):
            outline.lineTo(self.place(number))
        outline.closeSubpath()
        painter.fillPath(outline, theme.faded(theme.ACCENT, 0.15))
        painter.strokePath(outline, QPen(theme.ACCENT, 1.5))
        for number in range(4):
            at, edge = self.place(number), self.px(22)
            handle = QRectF(at.x() - edge / 2, at.y() - edge / 2, edge, edge)
            mine = number == self.corner
            box(painter, handle, theme.ACCENT if mine else theme.PRESSED, radius=edge / 2)
            font = theme.font(self.px(theme.CAPTION), theme.SEMIBOLD)
            line(painter, handle.toRect(), str(number + 1), font, theme.INK if mine else theme.TEXT, CENTER)
        self.paint_focus(painter)
