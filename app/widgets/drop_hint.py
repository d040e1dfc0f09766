"""What a file would become, while it is dragged over the window."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import CENTER, box, line


class DropHint(QWidget):
    """A frame around the whole window, and words in its middle; the mouse passes through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._area = parent
        self.text = ""
        self._accepted = True
        self.hide()

    def show_text(self, text: str, accepted: bool) -> None:
        """Cover the window; accepted: the file can be dropped."""
        self.text, self._accepted = text, accepted
        self.setGeometry(self._area.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = theme.ACCENT if self._accepted else theme.RED
        painter.fillRect(self.rect(), theme.faded(theme.GROUND, 0.45))
        painter.setPen(QPen(ink, 4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(4, 4, -4, -4), 8, 8)
        unit = theme.unit_for(self.width(), self.height())
        place = QRect(0, 0, round(min(self.width() * 0.8, 760 * unit)), round(72 * unit))
        place.moveCenter(self.rect().center())
        box(painter, QRectF(place), theme.PANEL, edge=ink)
        inner = place.adjusted(round(16 * unit), 0, -round(16 * unit), 0)
        line(painter, inner, self.text, theme.font(round(20 * unit), theme.SEMIBOLD), theme.TEXT, CENTER)
        painter.end()
