"""How far a long piece of work is: a line of words over a bar."""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, Control, line


class ProgressRow(Control):
    """Words and a share of 0..1."""

    def __init__(self, parent: QWidget | None, *, name: str) -> None:
        super().__init__(parent, name=name)
        self._words, self._share = "", 0.0

    @property
    def text(self) -> str:
        """What it says."""
        return self._words

    def show_progress(self, words: str, share: float) -> None:
        """Show how far it is."""
        if (words, share) != (self._words, self._share):
            self._words, self._share = words, share
            self.setToolTip(words)
            self.update()

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(self.px(40))

    def ground(self) -> QColor:
        return theme.PANEL

    def paint(self, painter: QPainter) -> None:
        words = QRect(2, 0, self.width() - 4, self.px(26))
        line(painter, words, self._words, theme.font(self.px(theme.SMALL)), theme.TEXT, LEFT)
        track = QRectF(2, self.px(30), self.width() - 4, self.px(4))
        painter.fillRect(track, theme.TRACK)
        painter.fillRect(QRectF(track.x(), track.y(), track.width() * self._share, track.height()), theme.ACCENT)
