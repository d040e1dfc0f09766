"""The bases of pages: one that lies over the whole window until it is pressed, one that covers the pictures alone."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.views.performance_view import PerformanceView
from app.widgets import icons
from app.widgets.control import Control
from app.widgets.keys import PushKey


class Cover(Control):
    """Lies over the window, also when its size changes; a press on it or Esc puts it away, and the pads keep playing.

    Signals:
        closed: it is gone.
    """

    closed = Signal()

    def __init__(self, parent: QWidget, *, name: str) -> None:
        super().__init__(parent, name=name)
        self.area = parent
        parent.installEventFilter(self)
        self.hide()

    def place(self) -> None:
        """Lie where it belongs: over all of the window."""
        self.setGeometry(self.area.rect())

    def open(self) -> None:
        """Lie over the window."""
        self._cover()
        self.raise_()
        self.show()

    def dismiss(self) -> None:
        """Go away."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        self.dismiss()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.area and event.type() == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return False

    def _cover(self) -> None:
        self.set_unit(theme.unit_for(self.area.width(), self.area.height()))
        self.place()


class SidePage(QWidget):
    """It covers the pictures, not the knobs and pads, which keep playing; Esc or its cross closes it.

    Attributes:
        close_key: its cross. rows: its parts, from top to bottom.

    Signals:
        closed: it is gone.
    """

    closed = Signal()

    def __init__(self, surface: PerformanceView, *, name: str) -> None:
        super().__init__(surface)
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.surface = surface
        self.close_key = PushKey(self, "Close", help_text="Close this page (Esc).", icon=icons.cross)
        self.close_key.pressed.connect(self.dismiss)
        self.rows = QVBoxLayout(self)
        surface.installEventFilter(self)
        self.hide()

    def arrange(self, unit: float) -> None:
        """Give the parts their sizes, at a scale that is 1 at 1280x800."""
        raise NotImplementedError

    def cover(self) -> None:
        """Cover the pictures, and take the keys that are nobody's."""
        self._cover()
        self.raise_()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def dismiss(self) -> None:
        """Close it."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the keys are the pads', also here

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.surface and event.type() == QEvent.Type.Resize and self.isVisible():
            QTimer.singleShot(0, self, self._cover)  # once the surface has placed its parts
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.PANEL)
        painter.setPen(theme.mixed(theme.LINE, theme.TEXT, 0.18))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _cover(self) -> None:
        unit = self.surface.unit
        self.setGeometry(self.surface.pictures_area)
        self.rows.setContentsMargins(round(16 * unit), round(12 * unit), round(16 * unit), round(12 * unit))
        self.rows.setSpacing(round(8 * unit))
        key = max(theme.TARGET, round(44 * unit))
        self.close_key.set_unit(unit)
        self.close_key.setFixedSize(key, key)
        self.arrange(unit)


def scrolled(parent: QWidget, content: QWidget) -> QScrollArea:
    """Return a list in an area that scrolls up and down, on the ground of a page."""
    area = QScrollArea(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    palette = area.viewport().palette()
    palette.setColor(area.viewport().backgroundRole(), theme.PANEL)
    area.viewport().setPalette(palette)
    return area


def inked(label: QLabel, ink: QColor) -> QLabel:
    """Return a label whose words have this colour and break where they must."""
    label.setWordWrap(True)
    palette = label.palette()
    palette.setColor(label.foregroundRole(), ink)
    label.setPalette(palette)
    return label
