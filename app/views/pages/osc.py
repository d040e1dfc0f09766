"""The page of OSC addresses: where OSC listens, what it takes, each address to be copied by a press."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel

from app import theme
from app.models.addresses import AddressLine, address_lines, matching
from app.models.console import Console
from app.models.window_models import WindowModels
from app.views.pages.cover import SidePage, inked, scrolled
from app.views.performance_view import PerformanceView
from app.widgets.address_list import AddressList
from app.widgets.fields import Field
from engine.messages.parameters import ParameterTable

CHANGE: Final = (
    "To listen elsewhere, start with --osc HOST:PORT: 127.0.0.1 is this machine alone, 0.0.0.0 lets the network play,"
    " --osc none is off. An address with ? behind it is answered with its value."
)


class OscPage(SidePage):
    """Where OSC listens, and what it takes.

    Args:
        parameters: tells those whose addresses are shown.
    """

    def __init__(
        self, surface: PerformanceView, models: WindowModels, console: Console, parameters: Callable[[], ParameterTable]
    ) -> None:
        super().__init__(surface, name="OSC addresses")
        self._models = models
        self._parameters = parameters
        self._all: tuple[AddressLine, ...] = ()
        self._title = inked(QLabel("OSC"), theme.TEXT)
        self._place = inked(QLabel(), theme.TEXT)
        self._place.setTextFormat(Qt.TextFormat.PlainText)
        self._place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._change = inked(QLabel(CHANGE), theme.FAINT)
        self.filter = Field(
            self, name="Filter", placeholder="Filter: parts of addresses or of what they do", help_text="Esc leaves it."
        )
        self.filter.textChanged.connect(self._filter)
        self.list = AddressList(None)
        self.list.copied.connect(lambda address: console.note(f"Copied {address}"))
        scroll = scrolled(self, self.list)
        scroll.setWidgetResizable(True)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.close_key)
        self.rows.addLayout(head)
        for widget in (self._place, self._change, self.filter):
            self.rows.addWidget(widget)
        self.rows.addWidget(scroll, 1)
        models.midi_changed.connect(self._show_place)
        models.knobs.changed.connect(self._follow_parameters)

    def open(self) -> None:
        """Show the addresses of the parameters there are."""
        self.filter.clear()
        self._load()
        self._show_place()
        self.cover()

    def _load(self) -> None:
        self._all = address_lines(self._parameters())
        self._filter(self.filter.text())

    def _follow_parameters(self) -> None:
        if self.isVisible():
            self._load()

    def _filter(self, text: str) -> None:
        self.list.show_lines(matching(self._all, text))

    def _show_place(self) -> None:
        self._place.setText(self._models.midi.osc or "OSC is off (--osc).")

    def arrange(self, unit: float) -> None:
        self.filter.set_unit(unit)
        self.filter.setFixedHeight(self.close_key.height())
        self.list.set_unit(unit)
        self.list.fit()
        self._title.setFont(theme.font(round(22 * unit), theme.SEMIBOLD))
        self._place.setFont(theme.font(round(15 * unit), theme.SEMIBOLD))
        self._change.setFont(theme.font(round(theme.SMALL * unit)))
