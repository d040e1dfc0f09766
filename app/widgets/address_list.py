"""OSC addresses, one a line; a press copies one."""

from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from app import theme
from app.models.addresses import AddressLine
from app.widgets.control import LEFT, RIGHT, Control, box, line

SHOWN_MS: Final = 1500
"""How long a line says that it was copied."""


class AddressList(Control):
    """All lines, as tall as they need; it lies in a scroll area.

    Signals:
        copied: the address that lies on the clipboard now.
    """

    copied = Signal(str)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, name="OSC addresses", help_text="Click an address to copy it.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.lines: tuple[AddressLine, ...] = ()
        self.current = 0
        self._under = -1
        self._copied = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self._forget_copied)

    def ground(self) -> QColor:
        return theme.PANEL

    @property
    def row(self) -> int:
        """The height of a line."""
        return max(theme.TARGET, self.px(48))

    def show_lines(self, lines: tuple[AddressLine, ...]) -> None:
        """Show these."""
        self.lines = lines
        self.current = min(self.current, max(0, len(lines) - 1))
        self.fit()
        self.update()

    def fit(self) -> None:
        """Be as tall as the lines."""
        self.setFixedHeight(max(1, len(self.lines)) * self.row)

    def copy(self, index: int) -> None:
        """Put an address on the clipboard, and say so."""
        if 0 <= index < len(self.lines):
            self.current = index
            self._copied = self.lines[index].path
            QApplication.clipboard().setText(self._copied)
            self._timer.start()
            self.copied.emit(self._copied)
            self.update()

    def _forget_copied(self) -> None:
        self._copied = ""
        self.update()

    def _index_at(self, event: QMouseEvent) -> int:
        return int(event.position().y()) // self.row

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.copy(self._index_at(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._index_at(event)
        if under != self._under:
            self._under = under
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step:
            self.current = min(max(self.current + step, 0), max(0, len(self.lines) - 1))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.copy(self.current)
        else:
            event.ignore()

    def paint(self, painter: QPainter) -> None:
        seen = self.visibleRegion().boundingRect()
        if not self.lines:
            nothing = QRect(self.px(14), 0, self.width(), self.row)
            line(painter, nothing, "No address has these words in it.", theme.font(self.px(14)), theme.FAINT)
            return
        first, last = seen.top() // self.row, min(seen.bottom() // self.row, len(self.lines) - 1)
        for index in range(first, last + 1):
            self._paint_line(painter, index, QRect(0, index * self.row, self.width(), self.row))

    def _paint_line(self, painter: QPainter, index: int, rect: QRect) -> None:
        one = self.lines[index]
        copied = one.path == self._copied
        inner = QRectF(rect).adjusted(0, 2, 0, -2)
        if copied:
            box(painter, inner, theme.ACCENT_DEEP, edge=theme.ACCENT)
        elif self.hovered and index == self._under:
            box(painter, inner, theme.HOVER)
        else:
            box(painter, inner, theme.RAISED)
        if self.hasFocus() and index == self.current:
            box(painter, inner, theme.faded(theme.RAISED, 0.0), edge=theme.TEXT)
        pad, half = self.px(14), rect.height() // 2
        upper = QRect(pad, rect.top() + half - self.px(19), rect.width() - 2 * pad, self.px(19))
        lower = QRect(pad, rect.top() + half, rect.width() - 2 * pad, self.px(18))
        takes = "COPIED" if copied else one.takes
        font = theme.font(self.px(theme.SMALL), theme.SEMIBOLD)
        used = line(painter, upper, takes, font, theme.ACCENT if copied else theme.DIM, RIGHT)
        path = upper.adjusted(0, 0, -used - self.px(12), 0)
        line(painter, path, one.path, theme.font(self.px(14), theme.SEMIBOLD), theme.TEXT, LEFT)
        line(painter, lower, one.help, theme.font(self.px(theme.SMALL)), theme.FAINT, LEFT)
