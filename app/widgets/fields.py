"""Places to type in."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from app import theme


class Field(QLineEdit):
    """A line of text. Enter hands it over, Esc leaves it and gives the keys back to the pads."""

    entered = Signal(str)
    left = Signal()
    menu_made = Signal(QMenu)
    """Its menu of copy and paste is about to open; more may be added."""

    def __init__(self, parent: QWidget | None, *, name: str, placeholder: str, help_text: str) -> None:
        super().__init__(parent)
        self.unit = 1.0
        self._size = 15
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setToolTip(help_text)
        self.setFrame(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAcceptDrops(False)  # a dropped file belongs to the window, which makes it the source
        self.set_unit(1.0)

    def set_unit(self, unit: float) -> None:
        """Draw at another scale."""
        self.unit = unit
        self.setFont(theme.font(round(self._size * unit)))
        margin = round(14 * unit)
        self.setTextMargins(margin, 0, margin, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(self.text())
            self.clearFocus()
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_made.emit(menu)
        menu.popup(event.globalPos())

    def leave(self) -> None:
        """Give the keyboard back."""
        self.clearFocus()
        self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = self.hasFocus()
        painter.setPen(QPen(theme.ACCENT if focused else theme.LINE, 1.5 if focused else 1.0))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.75, 0.75, -0.75, -0.75), 5, 5)
        painter.end()


class InlineEditor(QLineEdit):
    """A short editor laid over a value; says done once, with "" where it was left."""

    done = Signal(str)

    def __init__(self, parent: QWidget, text: str, pixels: int) -> None:
        super().__init__(text, parent)
        self._finished = False
        self.setFrame(False)
        self.setFont(theme.font(pixels, theme.SEMIBOLD))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def begin(self) -> None:
        """Show and take the keyboard."""
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish(self.text())
        elif event.key() == Qt.Key.Key_Escape:
            self._finish("")
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._finish("")

    def _finish(self, text: str) -> None:
        if not self._finished:
            self._finished = True
            self.hide()
            self.deleteLater()
            self.done.emit(text)
