"""The program's mark, which opens what concerns the show as a whole."""

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, Control, box, line


class MarkKey(Control):
    """A picture cut in two by a hard edge, and the name where there is room for it."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, name="Show", help_text="The show: save, open, first steps.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.pressed.emit()
        else:
            event.ignore()

    def paint(self, painter: QPainter) -> None:
        if self.hovered or self.is_open:
            box(painter, QRectF(self.rect()), theme.HOVER)
        edge = self.px(26)
        top = (self.height() - edge) // 2
        narrow = self.width() < self.px(90)
        left = (self.width() - edge) // 2 if narrow else self.px(2)
        painter.fillRect(left, top, edge // 2, edge, theme.TEXT)
        painter.fillRect(left + edge // 2 + self.px(3), top, edge - edge // 2, edge, theme.ACCENT)
        if not narrow:
            words = QRect(left + edge + self.px(11), 0, self.width() - edge - self.px(13), self.height())
            line(painter, words, "Hardcut", theme.font(self.px(16), theme.SEMIBOLD), theme.TEXT, LEFT)
        self.paint_focus(painter)
