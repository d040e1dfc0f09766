"""What stands on the screen while the program is being loaded: a bare window where the real one will be."""

import sys
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEventLoop, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPaintEvent, QScreen
from PySide6.QtWidgets import QApplication, QWidget

from app.settings import USUAL_SIZE, Area, SettingsError, load_place, placed

GROUND: Final = QColor(0x0B, 0x0B, 0x0C)
TEXT: Final = QColor(0xEE, 0xEE, 0xF0)
ACCENT: Final = QColor(0x4F, 0xDD, 0xE2)
DIM: Final = QColor(0xA3, 0xA3, 0xAB)
SMALLEST: Final = (1024, 700)
PATIENCE_MS: Final = 300
"""Until it is painted; nothing waits for a screen that does not answer."""


def displays() -> dict[str, QScreen]:
    """The connected displays by name, in the system's order; one without a name is called by its number."""
    return {screen.name() or f"Display {number}": screen for number, screen in enumerate(QGuiApplication.screens(), 1)}


class Shell(QWidget):
    """The mark, and a word. It goes once the real window has been painted over it.

    Args:
        place: the file that remembers where the window was, None: nowhere.

    Signals:
        seen: it has been painted.
    """

    seen = Signal()

    def __init__(self, application: QApplication, place: Path | None) -> None:
        super().__init__()
        self.application = application
        self.seen_ns: int | None = None
        """When it was painted for the first time, on the monotonic clock."""
        self.setWindowTitle("Hardcut")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.resize(*USUAL_SIZE)
        try:
            known = load_place(place) if place is not None else None
        except SettingsError:
            known = None  # the real window tells of it
        free = {name: screen.availableGeometry() for name, screen in displays().items()}
        screens = {name: Area(one.x(), one.y(), one.width(), one.height()) for name, one in free.items()}
        area = placed(known, screens, SMALLEST)
        if area is not None:
            self.setGeometry(*area)
        if known is not None and known.maximised and known.screen in screens:
            self.setWindowState(self.windowState() | Qt.WindowState.WindowMaximized)

    def open(self) -> None:
        """Show it, and let it be painted: nobody handles its events for a while."""
        loop = QEventLoop()
        QTimer.singleShot(PATIENCE_MS, loop.quit)
        self.seen.connect(loop.quit)
        self.show()
        loop.exec()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.seen_ns is None:
            self.seen_ns = time.monotonic_ns()
        QTimer.singleShot(0, self.seen.emit)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), GROUND)
        edge = 64
        left, top = (self.width() - edge) / 2, self.height() / 2 - edge
        painter.fillRect(QRectF(left - 3, top, edge / 2, edge), TEXT)
        painter.fillRect(QRectF(left + edge / 2 + 3, top, edge / 2, edge), ACCENT)
        font = QFont()
        font.setPixelSize(18)
        painter.setFont(font)
        painter.setPen(DIM)
        painter.drawText(
            self.rect().adjusted(0, int(top) + edge + 20, 0, 0),
            Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop,
            "Hardcut starts",
        )
        painter.end()


def open_shell(place: Path | None) -> Shell:
    """Show a bare window at once; the application is made if there is none."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Hardcut")
    shell = Shell(application, place)
    shell.open()
    return shell
