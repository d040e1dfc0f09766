"""The page of OSC addresses: where OSC listens, what it takes, each address to be copied by a press."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.models.addresses import AddressLine, address_lines, matching
from app.models.console import Console
from app.models.window_models import WindowModels
from app.views.performance_view import PerformanceView
from app.widgets import icons
from app.widgets.address_list import AddressList
from app.widgets.fields import Field
from app.widgets.keys import PushKey
from engine.messages.parameters import ParameterTable

CHANGE: Final = (
    "To listen elsewhere, start with --osc HOST:PORT: 127.0.0.1 is this machine alone, 0.0.0.0 lets the network play,"
    " --osc none is off. An address with ? behind it is answered with its value."
)


class OscPage(QWidget):
    """It covers the pictures, not the knobs and pads, which keep playing; Esc or its cross closes it.

    Args:
        parameters: tells those whose addresses are shown.

    Signals:
        closed: it is gone.
    """

    closed = Signal()

    def __init__(
        self, surface: PerformanceView, models: WindowModels, console: Console, parameters: Callable[[], ParameterTable]
    ) -> None:
        super().__init__(surface)
        self.setAccessibleName("OSC addresses")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._surface = surface
        self._models = models
        self._parameters = parameters
        self._all: tuple[AddressLine, ...] = ()
        self._title = QLabel("OSC")
        self._place = QLabel()
        self._place.setTextFormat(Qt.TextFormat.PlainText)
        self._place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._change = QLabel(CHANGE)
        for label, ink in ((self._title, theme.TEXT), (self._place, theme.TEXT), (self._change, theme.FAINT)):
            label.setWordWrap(True)
            palette = label.palette()
            palette.setColor(label.foregroundRole(), ink)
            label.setPalette(palette)
        self.close_key = PushKey(self, "Close", help_text="Close this page (Esc).", icon=icons.cross)
        self.close_key.pressed.connect(self.dismiss)
        self.filter = Field(
            self, name="Filter", placeholder="Filter: parts of addresses or of what they do", help_text="Esc leaves it."
        )
        self.filter.textChanged.connect(self._filter)
        self.list = AddressList(None)
        self.list.copied.connect(lambda address: console.note(f"Copied {address}"))
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self.list)
        palette = self._scroll.viewport().palette()
        palette.setColor(self._scroll.viewport().backgroundRole(), theme.PANEL)
        self._scroll.viewport().setPalette(palette)
        self._rows = QVBoxLayout(self)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.close_key)
        self._rows.addLayout(head)
        for widget in (self._place, self._change, self.filter):
            self._rows.addWidget(widget)
        self._rows.addWidget(self._scroll, 1)
        models.midi_changed.connect(self._show_place)
        models.knobs.changed.connect(self._follow_parameters)
        surface.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Show the addresses of the parameters there are."""
        self.filter.clear()
        self._load()
        self._show_place()
        self._cover()
        self.raise_()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _load(self) -> None:
        self._all = address_lines(self._parameters())
        self._filter(self.filter.text())

    def _follow_parameters(self) -> None:
        if self.isVisible():
            self._load()

    def dismiss(self) -> None:
        """Close it."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the keys are the pads', also here

    def _filter(self, text: str) -> None:
        self.list.show_lines(matching(self._all, text))

    def _show_place(self) -> None:
        self._place.setText(self._models.midi.osc or "OSC is off (--osc).")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._surface and event.type() == QEvent.Type.Resize and self.isVisible():
            QTimer.singleShot(0, self, self._cover)  # once the surface has placed its parts
        return False

    def _cover(self) -> None:
        unit = self._surface.unit
        self.setGeometry(self._surface.pictures_area)
        self._rows.setContentsMargins(round(16 * unit), round(12 * unit), round(16 * unit), round(12 * unit))
        self._rows.setSpacing(round(8 * unit))
        key = max(theme.TARGET, round(44 * unit))
        self.close_key.set_unit(unit)
        self.close_key.setFixedSize(key, key)
        self.filter.set_unit(unit)
        self.filter.setFixedHeight(key)
        self.list.set_unit(unit)
        self.list.fit()
        self._title.setFont(theme.font(round(22 * unit), theme.SEMIBOLD))
        self._place.setFont(theme.font(round(15 * unit), theme.SEMIBOLD))
        self._change.setFont(theme.font(round(theme.SMALL * unit)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.PANEL)
        painter.setPen(theme.mixed(theme.LINE, theme.TEXT, 0.18))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
