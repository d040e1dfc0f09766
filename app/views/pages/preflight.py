"""The preflight: is all well for a show? Lines in three lamps, a dress rehearsal, and the file for a bug report."""

from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.bridge import Gatherer
from app.models.checkup import CheckLine, Checkup, Checkups
from app.models.console import Console
from app.views.performance_view import PerformanceView
from app.widgets import icons
from app.widgets.check_list import CheckList
from app.widgets.keys import PushKey

KEY_WIDTH: Final = 168


class PreflightPage(QWidget):
    """It covers the pictures, not the knobs and pads, which keep playing; Esc or its cross closes it.

    Args:
        checkups: looks, rehearses and writes; None: the page says that nothing can be looked at.

    Signals:
        closed: it is gone.
    """

    closed = Signal()

    def __init__(self, surface: PerformanceView, console: Console, checkups: Checkups | None) -> None:
        super().__init__(surface)
        self.setAccessibleName("Preflight")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._surface = surface
        self._console = console
        self._checkups = checkups
        self._looked = False
        self.model = Checkup()
        self.model.changed.connect(self._show)
        self._worker = Gatherer("preflight")
        self._worker.found.connect(self._take)
        self._worker.ended.connect(self._end)
        self._title = QLabel("Preflight")
        self._verdict = QLabel()
        self._verdict.setWordWrap(True)
        for label in (self._title, self._verdict):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), theme.TEXT)
            label.setPalette(palette)
        self.again = PushKey(self, "Look again", help_text="Check everything again.", size=15)
        self.rehearse = PushKey(self, "Rehearse 10 s", help_text="Play ten seconds into nothing.", size=15)
        self.report = PushKey(self, "Save report", help_text="What helps to find a fault, in one file.", size=15)
        self.close_key = PushKey(self, "Close", help_text="Close this page (Esc).", icon=icons.cross)
        self.again.pressed.connect(self.look)
        self.rehearse.pressed.connect(self._rehearse)
        self.report.pressed.connect(self.save_report)
        self.close_key.pressed.connect(self.dismiss)
        self.list = CheckList()
        self.list.mend_asked.connect(self._mend)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.list)
        palette = self._scroll.viewport().palette()
        palette.setColor(self._scroll.viewport().backgroundRole(), theme.PANEL)
        self._scroll.viewport().setPalette(palette)
        self._rows = QVBoxLayout(self)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        for key in (self.again, self.rehearse, self.report, self.close_key):
            head.addWidget(key)
        self._rows.addLayout(head)
        self._rows.addWidget(self._verdict)
        self._rows.addWidget(self._scroll, 1)
        surface.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show what was found, and look if nobody has yet."""
        self._cover()
        self.raise_()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self._looked:
            self.look()

    def look(self) -> None:
        """Check everything."""
        if self._checkups is not None and not self.model.running:
            self._looked = True
            self._gather(self._checkups.look)

    def _rehearse(self) -> None:
        if self._checkups is not None and not self.model.running:
            self._gather(self._checkups.rehearse, keep=True)

    def save_report(self) -> None:
        """Write the file for a bug report, and say where it is."""
        checkups = self._checkups
        if checkups is None or self.model.running:
            return
        self._console.note("The report is being written …")

        def write() -> Iterable[str]:
            yield f"Wrote {checkups.write_report()}. Look into it before you give it away."

        self._gather(write, keep=True)

    def _mend(self, one: CheckLine) -> None:
        act = one.act
        if act is None or self.model.running:
            return

        def mend() -> Iterable[str]:
            yield act()

        self._gather(mend, keep=True)

    def _gather(self, look: Callable[[], Iterable[object]], *, keep: bool = False) -> None:
        self.model.begin(keep=keep)
        self._worker.gather(look)

    def _take(self, found: object) -> None:
        if isinstance(found, CheckLine):
            self.model.take(found)
        else:
            self._console.note(str(found))

    def _end(self, trouble: str) -> None:
        self.model.end()
        if trouble:
            self._console.warn(trouble)

    def dismiss(self) -> None:
        """Close it."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def close_worker(self) -> None:
        """End a look under way."""
        self._worker.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the keys are the pads', also here

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._surface and event.type() == QEvent.Type.Resize and self.isVisible():
            QTimer.singleShot(0, self, self._cover)  # once the surface has placed its parts
        return False

    def _show(self) -> None:
        words = self.model.verdict if self._checkups is not None else "Nothing can be looked at here."
        self._verdict.setText(words)
        self.list.show_lines(self.model.lines, max(1, self._scroll.viewport().width()))

    def _cover(self) -> None:
        unit = self._surface.unit
        self.setGeometry(self._surface.pictures_area)
        self._rows.setContentsMargins(round(16 * unit), round(12 * unit), round(16 * unit), round(12 * unit))
        self._rows.setSpacing(round(8 * unit))
        height = max(theme.TARGET, round(44 * unit))
        for key in (self.again, self.rehearse, self.report):
            key.set_unit(unit)
            key.setFixedSize(round(KEY_WIDTH * unit), height)
        self.close_key.set_unit(unit)
        self.close_key.setFixedSize(height, height)
        self.list.set_unit(unit)
        self._title.setFont(theme.font(round(22 * unit), theme.SEMIBOLD))
        self._verdict.setFont(theme.font(round(17 * unit), theme.SEMIBOLD))
        self._rows.activate()
        self._show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.PANEL)
        painter.setPen(theme.mixed(theme.LINE, theme.TEXT, 0.18))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
