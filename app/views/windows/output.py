"""What viewers see, alone on a display: black, frameless, no cursor."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QKeyEvent, QPainter, QPaintEvent, QScreen
from PySide6.QtWidgets import QWidget

from app.widgets.pictures import rgbx_image


def displays() -> dict[str, QScreen]:
    """The connected displays by name, in the system's order; one without a name is called by its number."""
    return {screen.name() or f"Display {number}": screen for number, screen in enumerate(QGuiApplication.screens(), 1)}


class OutputWindow(QWidget):
    """Covers one display, letterboxed; hidden whenever that display is not there."""

    left = Signal()
    key_pressed = Signal(QKeyEvent)

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self.setWindowTitle("Hardcut output")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._image = QImage()
        self._pixels: npt.NDArray[np.uint8] | None = None

    def cover(self, screen_name: str) -> None:
        """Cover the display of this name, or ("") hide."""
        screen = displays().get(screen_name)
        if screen is None:
            self.hide()
            return
        self._place(screen)

    def _place(self, screen: QScreen) -> None:
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self.showFullScreen()

    def show_pixels(self, pixels: npt.NDArray[np.uint8]) -> None:
        """Show the next picture."""
        self._image = rgbx_image(pixels)
        self._pixels = pixels
        self.update(self.picture_rect)

    @property
    def picture_rect(self) -> QRect:
        """The centred square."""
        edge = min(self.width(), self.height())
        return QRect((self.width() - edge) // 2, (self.height() - edge) // 2, edge, edge)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F11):
            self.left.emit()
        else:
            self.key_pressed.emit(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = self.picture_rect
        if not rect.contains(event.rect()):
            painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if not self._image.isNull():
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, self._image)
        painter.end()
